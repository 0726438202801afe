import { Button, Checkbox, Group, Modal, Select, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { useNavigate } from "react-router";
import { type ExperimentSummary, useLoad, useRuns } from "~/api/experiments";
import type { Warehouse } from "~/api/jobs";
import { counted, moment } from "~/format";
import { useConfirmed } from "./useConfirmed";

export const WAREHOUSES: Warehouse[] = ["redshift", "snowflake", "sqlite"];

/** Which run to load, and where; leads to the page of the job. */
export function LoadDialog({ summary, onClose }: { summary: ExperimentSummary; onClose: () => void }) {
  const [warehouses, setWarehouses] = useState<string[]>(summary.target_warehouse);
  const [chosen, setChosen] = useState<string | null>(null);
  const runs = useRuns(summary.name);
  const load = useLoad();
  const confirmed = useConfirmed();
  const navigate = useNavigate();
  const usable = (runs.data ?? []).filter((run) => run.status === "COMPLETED" && run.staged);
  const newest = usable[0];
  const run = chosen ?? (newest ? String(newest.id) : null);

  const submit = () =>
    confirmed(
      (allowRemote) =>
        load.mutateAsync({
          name: summary.name,
          warehouses: WAREHOUSES.filter((warehouse) => warehouses.includes(warehouse)),
          run_id: run === null ? null : Number(run),
          allowRemote,
        }),
      (job) => {
        onClose();
        void navigate(`/jobs/${job.id}`);
      },
      "The load did not start",
    );

  return (
    <Modal opened onClose={onClose} title={`Load ${summary.name}`}>
      <Stack>
        {runs.isSuccess && newest === undefined ? (
          <Text size="sm">There is no finished run with its files staged yet: generate first.</Text>
        ) : (
          <Select
            label="Run"
            data={usable.map((each) => ({
              value: String(each.id),
              label: `Run ${each.id}: ${counted(sum(each.row_counts), "row")}, ${moment(each.started_at)}`,
            }))}
            value={run}
            onChange={setChosen}
            allowDeselect={false}
            disabled={runs.isPending}
          />
        )}
        <Checkbox.Group
          label="Where"
          description="Creates the tables there and replaces what they hold."
          value={warehouses}
          onChange={setWarehouses}
          error={warehouses.length === 0 ? "Choose at least one warehouse" : undefined}
        >
          <Group mt="xs">
            {WAREHOUSES.map((warehouse) => (
              <Checkbox key={warehouse} value={warehouse} label={warehouse} />
            ))}
          </Group>
        </Checkbox.Group>
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button
            onClick={() => void submit()}
            loading={load.isPending}
            disabled={warehouses.length === 0 || run === null}
          >
            Load
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

function sum(counts: Record<string, number>): number {
  return Object.values(counts).reduce((total, rows) => total + rows, 0);
}
