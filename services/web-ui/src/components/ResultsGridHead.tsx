// biome-ignore-all lint/a11y/useSemanticElements: a table cannot leave out the rows and columns that are not in sight
import { IconArrowDown, IconArrowUp } from "@tabler/icons-react";
import type { VirtualItem } from "@tanstack/react-virtual";
import classes from "./ResultsGrid.module.css";
import type { Column } from "./ResultsGridCells";

export const HEAD_HEIGHT = 46;

export interface Sorting {
  column: number;
  descending: boolean;
}

export interface Grip {
  start: (event: unknown) => void;
  moving: boolean;
}

export function GridHead({
  width,
  numberWidth,
  columns,
  items,
  active,
  sorting,
  sorts,
  grip,
  onFit,
}: {
  width: number;
  numberWidth: number;
  columns: readonly Column[];
  items: VirtualItem[];
  active: number;
  sorting: Sorting | null;
  sorts: boolean;
  grip: (index: number) => Grip | undefined;
  onFit: (index: number) => void;
}) {
  return (
    // biome-ignore lint/a11y/useFocusableInteractive: the cells have the focus
    <div role="row" aria-rowindex={1} className={classes.head} style={{ width, height: HEAD_HEIGHT }}>
      {/* biome-ignore lint/a11y/useFocusableInteractive: Ctrl+A does the same from any cell */}
      <div
        role="columnheader"
        aria-colindex={1}
        aria-label="Row number"
        className={classes.corner}
        style={{ width: numberWidth }}
        data-row={-1}
        data-column={-1}
        title="Select all"
      >
        #
      </div>
      {items.map((item) => {
        const column = columns[item.index];
        if (!column) return null;
        const sorted = sorting?.column === item.index;
        const resize = grip(item.index);
        return (
          <div
            key={item.key}
            role="columnheader"
            aria-colindex={item.index + 2}
            aria-sort={sorted ? (sorting.descending ? "descending" : "ascending") : undefined}
            tabIndex={item.index === active ? 0 : -1}
            className={classes.column}
            style={{ left: item.start, width: item.size }}
            data-row={-1}
            data-column={item.index}
            data-active={item.index === active || undefined}
            data-sorts={sorts || undefined}
            title={`${column.name}\n${column.type}`}
          >
            <div className={classes.name}>
              <span>{column.name}</span>
              {sorted &&
                (sorting.descending ? (
                  <IconArrowDown size={14} aria-hidden />
                ) : (
                  <IconArrowUp size={14} aria-hidden />
                ))}
            </div>
            <div className={classes.type}>{column.type}</div>
            {resize && (
              // biome-ignore lint/a11y/noStaticElementInteractions: Alt and the arrow keys do it on the header
              <div
                className={classes.grip}
                data-grip
                data-moving={resize.moving || undefined}
                onMouseDown={resize.start}
                onTouchStart={resize.start}
                onDoubleClick={() => onFit(item.index)}
              />
            )}
          </div>
        );
      })}
    </div>
  );
}
