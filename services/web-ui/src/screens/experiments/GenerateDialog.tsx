import {
  Accordion,
  Button,
  Checkbox,
  Group,
  Modal,
  NumberInput,
  ScrollArea,
  SimpleGrid,
  Stack,
  Text,
  TextInput,
} from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useNavigate } from "react-router";
import { type ExperimentSummary, screenOf, useGenerate } from "~/api/experiments";
import { counted } from "~/format";
import {
  type GenerateForm,
  initialForm,
  MAX_ROWS,
  multiplied,
  problemsOf,
  requestOf,
  totalRows,
} from "./generateForm";
import { useConfirmed } from "./useConfirmed";

const LISTED = 200;

/** How much to generate and how; leads to the page of the run. */
export function GenerateDialog({ summary, onClose }: { summary: ExperimentSummary; onClose: () => void }) {
  const [form, setForm] = useState<GenerateForm>(() => initialForm(summary.tables));
  const [touched, setTouched] = useState(false);
  const [filter, setFilter] = useState("");
  const generate = useGenerate();
  const confirmed = useConfirmed();
  const navigate = useNavigate();
  const problems = problemsOf(form);
  const invalid = Object.keys(problems).length > 0;
  const listed = summary.tables.filter((table) => table.name.toLowerCase().includes(filter.toLowerCase()));
  const set = (part: Partial<GenerateForm>) => setForm((now) => ({ ...now, ...part }));
  const shown = (field: string) => (touched || field.startsWith("rows.") ? problems[field] : undefined);

  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTouched(true);
    if (invalid) return;
    void confirmed(
      (allowRemote) =>
        generate.mutateAsync({ name: summary.name, request: requestOf(form, summary.tables), allowRemote }),
      (run) => {
        onClose();
        void navigate(screenOf(summary.name, `/runs/${run.id}`));
      },
      "The generation did not start",
    );
  };

  return (
    <Modal opened onClose={onClose} title={`Generate ${summary.name}`} size="lg">
      <form onSubmit={submit} noValidate>
        <Stack gap="md">
          <Group justify="space-between" align="flex-end" gap="xs">
            <Text size="sm" fw={500}>
              Rows of each table · {counted(totalRows(form.rows), "row")} in all
            </Text>
            <Group gap={6} role="group" aria-label="Multiply all row counts">
              {[0.1, 2, 10].map((factor) => (
                <Button
                  key={factor}
                  size="compact-sm"
                  variant="default"
                  onClick={() => set({ rows: multiplied(form.rows, factor) })}
                  aria-label={`Multiply all rows by ${factor}`}
                >
                  × {factor}
                </Button>
              ))}
              <Button
                size="compact-sm"
                variant="subtle"
                onClick={() => set({ rows: initialForm(summary.tables).rows })}
              >
                As in the schema
              </Button>
            </Group>
          </Group>
          {summary.tables.length > 12 && (
            <TextInput
              label="Find a table"
              value={filter}
              onChange={(event) => setFilter(event.currentTarget.value)}
            />
          )}
          <ScrollArea.Autosize mah={300} type="auto" offsetScrollbars>
            <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm" verticalSpacing="xs" p={2}>
              {listed.slice(0, LISTED).map((table) => (
                <NumberInput
                  key={table.name}
                  label={table.name}
                  value={form.rows[table.name] ?? ""}
                  onChange={(value) => set({ rows: { ...form.rows, [table.name]: value } })}
                  min={0}
                  max={MAX_ROWS}
                  clampBehavior="none"
                  allowDecimal={false}
                  allowNegative={false}
                  thousandSeparator=","
                  error={shown(`rows.${table.name}`)}
                />
              ))}
            </SimpleGrid>
          </ScrollArea.Autosize>
          {listed.length > LISTED && (
            <Text size="sm" c="dimmed">
              The first {LISTED} of {counted(listed.length, "table")}; find the others by name.
            </Text>
          )}
          <Checkbox
            label={`Load afterwards into ${summary.target_warehouse.join(" and ")}`}
            description="Creates the tables there and replaces what they hold."
            checked={form.load}
            onChange={(event) => set({ load: event.currentTarget.checked })}
          />
          <Accordion variant="contained" chevronPosition="left">
            <Accordion.Item value="more">
              <Accordion.Control>Seed, batches and threads</Accordion.Control>
              <Accordion.Panel>
                <SimpleGrid cols={{ base: 1, xs: 3 }}>
                  <TextInput
                    label="Seed"
                    description="The same seed makes the same rows."
                    placeholder="the schema's"
                    inputMode="numeric"
                    value={form.seed}
                    onChange={(event) => set({ seed: event.currentTarget.value })}
                    error={problems.seed}
                  />
                  <NumberInput
                    label="Rows of a batch"
                    description="More is faster and takes more memory."
                    placeholder="automatic"
                    value={form.batchRows}
                    onChange={(value) => set({ batchRows: value })}
                    allowDecimal={false}
                    thousandSeparator=","
                    error={problems.batchRows}
                  />
                  <NumberInput
                    label="Threads"
                    description="0 is one for each CPU."
                    placeholder="as configured"
                    value={form.workers}
                    onChange={(value) => set({ workers: value })}
                    allowDecimal={false}
                    error={problems.workers}
                  />
                </SimpleGrid>
              </Accordion.Panel>
            </Accordion.Item>
          </Accordion>
          {touched && invalid && (
            <Text size="sm" c="red" role="alert">
              {counted(Object.keys(problems).length, "field")} cannot be used as written.
            </Text>
          )}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={generate.isPending} data-autofocus>
              Generate
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
