import { Checkbox, Group, NumberInput, Select, SimpleGrid, TextInput } from "@mantine/core";
import type { Warehouse } from "~/api/jobs";
import type { Draft } from "./draft";

const DIALECTS = [
  { value: "redshift", label: "Redshift" },
  { value: "snowflake", label: "Snowflake" },
  { value: "ansi", label: "standard SQL" },
] as const;

const WAREHOUSES: Warehouse[] = ["redshift", "snowflake", "sqlite"];

/** What a script of CREATE TABLE statements does not say itself. */
export function SqlOptions({
  draft,
  problems,
  onChange,
}: {
  draft: Draft;
  problems: Record<string, string>;
  onChange: (part: Partial<Draft>) => void;
}) {
  return (
    <>
      <SimpleGrid cols={{ base: 1, xs: 3 }} mb="sm">
        <TextInput
          label="Name"
          required
          value={draft.name}
          onChange={(event) => onChange({ name: event.currentTarget.value })}
          error={problems.name}
          maxLength={63}
        />
        <Select
          label="Dialect"
          data={[...DIALECTS]}
          value={draft.dialect}
          onChange={(value) => {
            const found = DIALECTS.find((dialect) => dialect.value === value);
            if (found) onChange({ dialect: found.value });
          }}
          allowDeselect={false}
        />
        <NumberInput
          label="Rows of each table"
          value={draft.rows}
          onChange={(rows) => onChange({ rows })}
          min={0}
          allowDecimal={false}
          allowNegative={false}
          thousandSeparator=","
        />
      </SimpleGrid>
      <Group mb="sm" gap="xl" align="flex-start">
        <Checkbox.Group
          label="Load into"
          value={draft.warehouses}
          onChange={(chosen) =>
            onChange({ warehouses: WAREHOUSES.filter((warehouse) => chosen.includes(warehouse)) })
          }
          error={problems.warehouses}
        >
          <Group mt={4}>
            {WAREHOUSES.map((warehouse) => (
              <Checkbox key={warehouse} value={warehouse} label={warehouse} />
            ))}
          </Group>
        </Checkbox.Group>
        <Checkbox
          mt={26}
          label="Surrogate key for composite keys"
          description="A table whose primary key has several columns gets a column _row_id."
          checked={draft.surrogate}
          onChange={(event) => onChange({ surrogate: event.currentTarget.checked })}
        />
      </Group>
    </>
  );
}
