import {
  Accordion,
  Badge,
  Table as Grid,
  Group,
  ScrollArea,
  Stack,
  Text,
  TextInput,
  Tooltip,
} from "@mantine/core";
import { IconCheck, IconKey } from "@tabler/icons-react";
import { useState } from "react";
import type { Experiment, Table } from "~/api/experiments";
import { counted } from "~/format";
import { type ColumnFacts, factsOf } from "./columns";

const LISTED = 200;

/** The tables of a schema, each with its columns; small schemas are open at once. */
export function SchemaTables({ experiment, order = 2 }: { experiment: Experiment; order?: 2 | 3 }) {
  const { tables } = experiment;
  const [filter, setFilter] = useState("");
  const [open, setOpen] = useState<string[]>(() => tables.slice(0, tables.length <= 3 ? 3 : 1).map(idOf));
  const found = tables.filter((table) => table.name.toLowerCase().includes(filter.trim().toLowerCase()));
  return (
    <Stack gap="sm">
      {tables.length > 8 && (
        <TextInput
          label="Find a table"
          value={filter}
          onChange={(event) => setFilter(event.currentTarget.value)}
          maw={320}
        />
      )}
      <Accordion
        multiple
        variant="contained"
        chevronPosition="left"
        value={open}
        onChange={setOpen}
        order={order}
      >
        {found.slice(0, LISTED).map((table) => (
          <Accordion.Item key={table.name} value={idOf(table)}>
            <Accordion.Control>
              <Group gap="xs">
                <Text fw={600} style={{ overflowWrap: "anywhere" }}>
                  {table.name}
                </Text>
                <Text size="sm" c="dimmed" className="dw-numeric">
                  {counted(table.columns.length, "column")} · {counted(table.target_rows, "row")}
                </Text>
                <KeyBadges table={table} />
              </Group>
            </Accordion.Control>
            <Accordion.Panel>{open.includes(idOf(table)) && <Columns table={table} />}</Accordion.Panel>
          </Accordion.Item>
        ))}
      </Accordion>
      {found.length > LISTED && (
        <Text size="sm" c="dimmed">
          The first {LISTED} of {counted(found.length, "table")}; find the others by name.
        </Text>
      )}
      {found.length === 0 && <Text size="sm">No table has “{filter}” in its name.</Text>}
    </Stack>
  );
}

/** The name as part of an element's id, which must have no spaces. */
function idOf(table: Table): string {
  return encodeURIComponent(table.name);
}

function KeyBadges({ table }: { table: Table }) {
  return (
    <>
      {table.composite_keys.map((key) => (
        <Tooltip
          key={key.join()}
          label={`The script's primary key (${key.join(", ")}) has several columns; the surrogate column stands in for it.`}
          multiline
          maw={320}
        >
          <Badge variant="light" color="orange" tt="none">
            composite key ({key.join(", ")})
          </Badge>
        </Tooltip>
      ))}
    </>
  );
}

function Columns({ table }: { table: Table }) {
  return (
    <ScrollArea
      type="auto"
      offsetScrollbars="x"
      viewportProps={{ tabIndex: 0, role: "region", "aria-label": `Columns of ${table.name}` }}
    >
      <Grid striped withRowBorders={false} fz="sm" verticalSpacing={4} miw={760}>
        <Grid.Thead>
          <Grid.Tr>
            {["Column", "Type", "Length", "Precision", "Null", "Unique", "Key", "Refers to", "Rule"].map(
              (title) => (
                <Grid.Th key={title}>{title}</Grid.Th>
              ),
            )}
          </Grid.Tr>
        </Grid.Thead>
        <Grid.Tbody>
          {table.columns.map((column) => (
            <ColumnRow key={column.name} facts={factsOf(table, column)} />
          ))}
        </Grid.Tbody>
      </Grid>
    </ScrollArea>
  );
}

function ColumnRow({ facts }: { facts: ColumnFacts }) {
  return (
    <Grid.Tr>
      <Grid.Th scope="row" fw={500} style={{ whiteSpace: "nowrap" }}>
        {facts.name}
      </Grid.Th>
      <Grid.Td ff="monospace" style={{ whiteSpace: "nowrap" }}>
        {facts.type}
      </Grid.Td>
      <Grid.Td className="dw-numeric">{facts.length ?? ""}</Grid.Td>
      <Grid.Td className="dw-numeric" style={{ whiteSpace: "nowrap" }}>
        {facts.precision}
      </Grid.Td>
      <Grid.Td>{facts.nullable ? "null" : "not null"}</Grid.Td>
      <Grid.Td>{facts.unique && <IconCheck size={16} role="img" aria-label="unique" />}</Grid.Td>
      <Grid.Td>{facts.primaryKey && <IconKey size={16} role="img" aria-label="primary key" />}</Grid.Td>
      <Grid.Td style={{ whiteSpace: "nowrap" }}>{facts.foreignKey}</Grid.Td>
      <Grid.Td maw={260}>{facts.rule}</Grid.Td>
    </Grid.Tr>
  );
}
