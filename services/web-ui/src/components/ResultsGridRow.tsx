// biome-ignore-all lint/a11y/useSemanticElements: a table cannot leave out the rows and columns that are not in sight
import { ActionIcon } from "@mantine/core";
import { IconArrowsDiagonal } from "@tabler/icons-react";
import type { VirtualItem } from "@tanstack/react-virtual";
import { memo } from "react";
import classes from "./ResultsGrid.module.css";
import { type Cell, type Column, SHOWN_CHARACTERS, shownText } from "./ResultsGridCells";
import type { Row } from "./ResultsGridSource";

export const ROW_HEIGHT = 28;

export interface ShownRow {
  place: number;
  top: number;
  width: number;
  numberWidth: number;
  row: Row | undefined;
  columns: readonly Column[];
  /** The columns in sight. */
  items: VirtualItem[];
  /** The column of the one cell that has or would have the focus, or -1. */
  active: number;
  /** Selected columns of this row, the end exclusive; the same: none. */
  from: number;
  to: number;
}

export const GridRow = memo(function GridRow({
  place,
  top,
  width,
  numberWidth,
  row,
  columns,
  items,
  active,
  from,
  to,
}: ShownRow) {
  return (
    // biome-ignore lint/a11y/useFocusableInteractive: the cells have the focus
    <div
      role="row"
      aria-rowindex={place + 2}
      aria-busy={row === undefined}
      className={classes.row}
      style={{ width, transform: `translateY(${top}px)` }}
    >
      {/* biome-ignore lint/a11y/useFocusableInteractive: Shift+Space selects the row from any of its cells */}
      <div
        role="rowheader"
        aria-colindex={1}
        className={classes.number}
        style={{ width: numberWidth }}
        data-row={place}
        data-column={-1}
      >
        {place + 1}
      </div>
      {items.map((item) => {
        const column = columns[item.index];
        return (
          column && (
            <GridCell
              key={item.key}
              place={place}
              index={item.index}
              left={item.start}
              width={item.size}
              column={column}
              cell={row === undefined ? undefined : (row[item.index] ?? null)}
              active={item.index === active}
              selected={item.index >= from && item.index < to}
            />
          )
        );
      })}
    </div>
  );
});

function GridCell({
  place,
  index,
  left,
  width,
  column,
  cell,
  active,
  selected,
}: {
  place: number;
  index: number;
  left: number;
  width: number;
  column: Column;
  cell: Cell | undefined;
  active: boolean;
  selected: boolean;
}) {
  const opens = active && cell != null && isLong(cell, width);
  return (
    <div
      role="gridcell"
      aria-colindex={index + 2}
      aria-selected={selected}
      tabIndex={active ? 0 : -1}
      className={classes.cell}
      style={{ left, width }}
      data-row={place}
      data-column={index}
      data-active={active || undefined}
      data-right={column.kind === "number" || undefined}
      data-code={column.kind === "json" || column.kind === "binary" || undefined}
      data-opens={opens || undefined}
    >
      {cell === undefined ? (
        <span className={classes.waiting} />
      ) : cell === null ? (
        <span className={classes.null}>NULL</span>
      ) : (
        shownText(cell)
      )}
      {opens && (
        <ActionIcon
          className={classes.open}
          size={22}
          variant="default"
          tabIndex={-1}
          aria-label={`Show the whole value of ${column.name}`}
          data-open
        >
          <IconArrowsDiagonal size={13} aria-hidden />
        </ActionIcon>
      )}
    </div>
  );
}

/** Whether the grid shows but a part of it: about 7.4 pixels a character. */
function isLong(cell: Cell, width: number): boolean {
  if (typeof cell === "object") return true;
  if (typeof cell !== "string") return false;
  return cell.length > SHOWN_CHARACTERS || cell.length * 7.4 > width - 16 || /[\n\t]/.test(cell);
}
