import { Badge, ScrollArea, Table, Text, VisuallyHidden } from "@mantine/core";
import { Fragment } from "react";
import type { Comparison, Difference } from "~/api/queries";
import { type Cell, shownText } from "~/components/ResultsGridCells";
import { count } from "~/format";
import { type ColumnPlace, columnPlaces } from "./comparison";
import classes from "./Sql.module.css";

/** Columns whose types are not the same by name. */
export function TypeDifferences({ comparison }: { comparison: Comparison }) {
  const other = comparison.columns.filter(
    (column) => column.left_type !== column.right_type || !column.comparable,
  );
  if (other.length === 0) return null;
  return (
    <ScrollArea type="auto">
      <Table withTableBorder captionSide="top" verticalSpacing={4} fz="sm">
        <Table.Caption>Columns of other types</Table.Caption>
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">Column</Table.Th>
            <Table.Th scope="col">Left</Table.Th>
            <Table.Th scope="col">Right</Table.Th>
            <Table.Th scope="col">Compared</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {other.map((column) => (
            <Table.Tr key={column.name}>
              <Table.Th scope="row">{column.name}</Table.Th>
              <Table.Td>{column.left_type ?? "missing"}</Table.Td>
              <Table.Td>{column.right_type ?? "missing"}</Table.Td>
              <Table.Td>
                {column.comparable ? (
                  "by value"
                ) : (
                  <Badge color="orange" variant="light" tt="none">
                    not comparable
                  </Badge>
                )}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </ScrollArea>
  );
}

const KINDS: Record<Difference["kind"], string> = {
  only_left: "only left",
  only_right: "only right",
  different: "different",
};

/** The rows that differ, the sides of one row below each other, with the cells that differ marked. */
export function Differences({ comparison }: { comparison: Comparison }) {
  const { differences } = comparison;
  const total = comparison.different + comparison.only_left + comparison.only_right;
  const columns = columnPlaces(comparison);
  return (
    <ScrollArea type="auto" viewportProps={{ tabIndex: 0, role: "region", "aria-label": "Rows that differ" }}>
      <Table withTableBorder withColumnBorders captionSide="top" verticalSpacing={3} fz="sm">
        <Table.Caption>
          {differences.length < total
            ? `The first ${count(differences.length)} of ${count(total)} rows that differ`
            : "Rows that differ"}
        </Table.Caption>
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">Side</Table.Th>
            {columns.map(({ name, key }) => (
              <Table.Th scope="col" key={key}>
                {name}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {differences.map((difference, place) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: rows have no other name, and do not move
            <Fragment key={place}>
              {difference.left && (
                <DifferenceRow side="left" difference={difference} row={difference.left} columns={columns} />
              )}
              {difference.right && (
                <DifferenceRow
                  side="right"
                  difference={difference}
                  row={difference.right}
                  columns={columns}
                />
              )}
            </Fragment>
          ))}
        </Table.Tbody>
      </Table>
    </ScrollArea>
  );
}

function DifferenceRow({
  side,
  difference,
  row,
  columns,
}: {
  side: "left" | "right";
  difference: Difference;
  row: Cell[];
  columns: readonly ColumnPlace[];
}) {
  const marked = new Set(difference.kind === "different" ? difference.columns : []);
  return (
    <Table.Tr>
      <Table.Th scope="row">
        {side === "left" ? "Left" : "Right"}
        <Text span size="xs" c="dimmed" ml={6}>
          {KINDS[difference.kind]}
        </Text>
      </Table.Th>
      {columns.map((column) => {
        const place = column[side];
        const cell = place === null ? null : (row[place] ?? null);
        const differs = marked.has(column.name);
        return (
          <Table.Td key={column.key} className={differs ? classes.differs : undefined}>
            {differs && <VisuallyHidden>differs: </VisuallyHidden>}
            {place === null ? "" : cell === null ? <i>NULL</i> : shownText(cell)}
          </Table.Td>
        );
      })}
    </Table.Tr>
  );
}
