import { Button, Checkbox, Group, Modal, NumberInput, SegmentedControl, Stack, Text } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useNavigate } from "react-router";
import { type ExperimentSummary, screenOf, useAppend } from "~/api/experiments";
import { MAX_ROWS, within } from "./generateForm";
import { useConfirmed } from "./useConfirmed";

type Unit = "days" | "rows";

const MAX_DAYS = 36_525;
const UNITS: Record<Unit, { label: string; tab: string; max: number; first: number; explained: string }> = {
  days: {
    label: "How many days",
    tab: "Days",
    max: MAX_DAYS,
    first: 1,
    explained: "The days after those that are there.",
  },
  rows: {
    label: "How many new rows",
    tab: "New rows",
    max: MAX_ROWS,
    first: 1_000,
    explained: "As many whole days as bring so many rows, all tables together.",
  },
};

/** How much to add to the newest completed run; leads to the page of the run that extends it. */
export function AppendDialog({ summary, onClose }: { summary: ExperimentSummary; onClose: () => void }) {
  const [unit, setUnit] = useState<Unit>("days");
  const [amounts, setAmounts] = useState<Record<Unit, string | number>>({
    days: UNITS.days.first,
    rows: UNITS.rows.first,
  });
  const [load, setLoad] = useState(true);
  const append = useAppend();
  const confirmed = useConfirmed();
  const navigate = useNavigate();
  const { label, max, explained } = UNITS[unit];
  const amount = within(amounts[unit], 1, max);

  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (amount === null) return;
    void confirmed(
      (allowRemote) =>
        append.mutateAsync({ name: summary.name, request: { [unit]: amount, load }, allowRemote }),
      (run) => {
        onClose();
        void navigate(screenOf(summary.name, `/runs/${run.id}`));
      },
      "Nothing was added",
    );
  };

  return (
    <Modal opened onClose={onClose} title={`Append to ${summary.name}`}>
      <form onSubmit={submit} noValidate>
        <Stack>
          <Text size="sm">
            Adds the next days of the tables that grow to the newest completed run. The rows that are there
            stay as they are.
          </Text>
          <SegmentedControl
            aria-label="How much to add is said in"
            value={unit}
            onChange={(value) => setUnit(value as Unit)}
            data={(Object.keys(UNITS) as Unit[]).map((value) => ({ value, label: UNITS[value].tab }))}
          />
          <NumberInput
            label={label}
            description={explained}
            value={amounts[unit]}
            onChange={(value) => setAmounts((now) => ({ ...now, [unit]: value }))}
            min={1}
            max={max}
            clampBehavior="none"
            allowDecimal={false}
            allowNegative={false}
            thousandSeparator=","
            error={amount === null ? `A whole number from 1 to ${max.toLocaleString("en")}` : undefined}
            data-autofocus
          />
          <Checkbox
            label={`Load afterwards into ${summary.target_warehouse.join(" and ")}`}
            description="Adds the new rows to what is loaded there."
            checked={load}
            onChange={(event) => setLoad(event.currentTarget.checked)}
          />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={append.isPending} disabled={amount === null}>
              Append
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
