import { ScrollArea, Table, Text } from "@mantine/core";
import type { RowsPreview } from "~/api/rules";
import { counted } from "~/format";

/** The rows that a table would begin with; `mark` is the column that the rules are about. */
export function FirstRows({ preview, mark }: { preview: RowsPreview; mark: string | null }) {
  return (
    <>
      <Text size="sm" c="dimmed" mt="sm" role="status">
        The first {preview.rows.length} of {counted(preview.total_rows, "row")} of {preview.table}.
      </Text>
      <ScrollArea
        type="auto"
        offsetScrollbars="x"
        viewportProps={{ tabIndex: 0, role: "region", "aria-label": `First rows of ${preview.table}` }}
      >
        <Table striped withRowBorders={false} fz="sm" verticalSpacing={4}>
          <Table.Thead>
            <Table.Tr>
              {preview.columns.map((column) => (
                <Table.Th key={column.name} style={{ whiteSpace: "nowrap" }}>
                  {column.name === mark ? <mark>{column.name}</mark> : column.name}
                </Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {preview.rows.map((row, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: rows have no other name and do not move
              <Table.Tr key={index}>
                {row.map((cell, place) => (
                  <Table.Td
                    key={preview.columns[place]?.name}
                    className="dw-numeric"
                    style={{ whiteSpace: "nowrap" }}
                  >
                    {cell === null ? (
                      <Text span c="dimmed" size="sm">
                        null
                      </Text>
                    ) : (
                      shown(cell)
                    )}
                  </Table.Td>
                ))}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </ScrollArea>
    </>
  );
}

function shown(cell: unknown): string {
  const text = typeof cell === "object" ? JSON.stringify(cell) : String(cell);
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}
