import { ActionIcon, Button, Group, Text, Tooltip } from "@mantine/core";
import { IconCopy, IconTableColumn } from "@tabler/icons-react";
import { count, counted } from "~/format";
import { problemOf } from "./ProblemAlert";
import classes from "./ResultsGrid.module.css";
import type { Cursor } from "./ResultsGridCursor";

/** Under the grid: where one is, what is selected, and what goes wrong. */
export function GridStatus({
  cursor,
  rowCount,
  complete,
  note,
  error,
  onRetry,
  onCopy,
}: {
  cursor: Cursor;
  rowCount: number;
  complete: boolean;
  note: string | null;
  error: unknown;
  onRetry: () => void;
  onCopy: (withNames: boolean) => void;
}) {
  const { range, active } = cursor;
  const rows = range.bottom - Math.max(range.top, 0) + 1;
  const columns = range.right - range.left + 1;
  const total = `${count(rowCount)}${complete ? "" : "+"}`;
  return (
    <Group className={classes.status} px="xs" gap="xs" justify="space-between" wrap="nowrap">
      <Text size="xs" c="dimmed" className="dw-numeric" truncate>
        {rows > 1 || columns > 1
          ? `${counted(rows * columns, "cell")} selected (${count(rows)} × ${count(columns)})`
          : active.row >= 0 && rowCount > 0
            ? `Row ${count(active.row + 1)} of ${total}`
            : counted(rowCount, "row")}
      </Text>
      <Text size="xs" c={error ? "red" : "dimmed"} role="status" truncate>
        {error ? problemOf(error).detail : note}
      </Text>
      <Group gap={4} wrap="nowrap">
        {error !== null && (
          <Button size="compact-xs" variant="default" onClick={onRetry}>
            Try again
          </Button>
        )}
        <Tooltip label="Copy what is selected (Ctrl+C)">
          <ActionIcon
            size="sm"
            variant="subtle"
            color="gray"
            disabled={rowCount === 0}
            onClick={() => onCopy(false)}
            aria-label="Copy what is selected"
          >
            <IconCopy size={15} aria-hidden />
          </ActionIcon>
        </Tooltip>
        <Tooltip label="Copy with the names of the columns">
          <ActionIcon
            size="sm"
            variant="subtle"
            color="gray"
            disabled={rowCount === 0}
            onClick={() => onCopy(true)}
            aria-label="Copy with the names of the columns"
          >
            <IconTableColumn size={15} aria-hidden />
          </ActionIcon>
        </Tooltip>
      </Group>
    </Group>
  );
}
