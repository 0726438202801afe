import { Table, Text } from "@mantine/core";
import type { KeyGraphData } from "~/api/graph";
import { columnList, cyclesOf, inCycle, keyId } from "./model";

/** The keys in words: what the drawing shows. */
export function KeyList({ graph }: { graph: KeyGraphData }) {
  if (graph.keys.length === 0) return <Text c="dimmed">No table refers to another.</Text>;
  const cycles = cyclesOf(graph.keys);
  return (
    <Table.ScrollContainer minWidth={520} type="native" tabIndex={0} role="region" aria-label="Keys">
      <Table striped withTableBorder>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Table</Table.Th>
            <Table.Th>Columns</Table.Th>
            <Table.Th>Refers to</Table.Th>
            <Table.Th>Columns</Table.Th>
            <Table.Th>Remarks</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {graph.keys.map((key, index) => {
            const remarks = [
              key.composite && "composite",
              key.nullable && "may be null",
              key.from_table === key.to_table && "refers to itself",
              inCycle(key, cycles) && "part of a circle",
            ].filter(Boolean);
            return (
              <Table.Tr key={keyId(key, index)}>
                <Table.Td>{key.from_table}</Table.Td>
                <Table.Td>{columnList(key.from_columns)}</Table.Td>
                <Table.Td>{key.to_table}</Table.Td>
                <Table.Td>{columnList(key.to_columns)}</Table.Td>
                <Table.Td>{remarks.join(", ")}</Table.Td>
              </Table.Tr>
            );
          })}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
