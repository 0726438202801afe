import { Code, Drawer, Group, Text } from "@mantine/core";
import { counted } from "~/format";
import { CopyBlock } from "./CopyBlock";
import { type Cell, type Column, cellText } from "./ResultsGridCells";

/** Text of this length and more is not put into the page; it can still be copied from the grid. */
const LIMIT = 500_000;

export interface OpenValue {
  column: Column;
  row: number;
  cell: Cell;
}

/** One value as a whole; semi-structured ones with their structure. */
export function ValueDrawer({ value, onClose }: { value: OpenValue | null; onClose: () => void }) {
  const text = value === null ? "" : cellText(value.cell, 2);
  return (
    <Drawer
      opened={value !== null}
      onClose={onClose}
      position="right"
      size="lg"
      title={
        value && (
          <Group gap="xs">
            <Text fw={600} style={{ overflowWrap: "anywhere" }}>
              {value.column.name}
            </Text>
            <Code>{value.column.type}</Code>
          </Group>
        )
      }
    >
      {value && (
        <>
          <Text size="sm" c="dimmed" mb="xs">
            Row {value.row + 1} · {value.cell === null ? "NULL" : counted(text.length, "character")}
          </Text>
          {value.cell !== null && (
            <CopyBlock
              text={text.length > LIMIT ? `${text.slice(0, LIMIT)}…` : text}
              label={`the value of ${value.column.name}`}
            />
          )}
        </>
      )}
    </Drawer>
  );
}
