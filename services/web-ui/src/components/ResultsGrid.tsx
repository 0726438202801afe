// biome-ignore-all lint/a11y/useSemanticElements: a table cannot leave out the rows and columns that are not in sight
import { type KeyboardEvent, type PointerEvent, useCallback, useEffect, useRef, useState } from "react";
import { notifyError } from "./notify";
import classes from "./ResultsGrid.module.css";
import { estimatedWidth } from "./ResultsGridCells";
import { useGridCopy } from "./ResultsGridCopy";
import { type Cursor, cursorAfter, cursorAt, extendedTo, type Place, withRows } from "./ResultsGridCursor";
import { GridHead, HEAD_HEIGHT, type Sorting } from "./ResultsGridHead";
import { useGridLayout } from "./ResultsGridLayout";
import { GridRow, ROW_HEIGHT } from "./ResultsGridRow";
import { useGridSorting } from "./ResultsGridSorting";
import { type RowSource, useRowPages } from "./ResultsGridSource";
import { GridStatus } from "./ResultsGridStatus";
import { type OpenValue, ValueDrawer } from "./ResultsGridValue";

/** Browsers do not scroll further than about 17 million pixels. */
export const MOST_ROWS = 500_000;

/**
 * Rows of any number in a grid of spreadsheet's manners: only what is in sight is in the page, pages of rows are
 * fetched as they come into sight. With `sort` the owner of the rows sorts them, else the grid does once all are there.
 */
export function ResultsGrid({
  source,
  label,
  height = "100%",
  sort,
}: {
  source: RowSource;
  /** What the grid shows, for screen readers. */
  label: string;
  height?: number | string;
  sort?: { sorting: Sorting | null; onSort: (sorting: Sorting | null) => void };
}) {
  const { columns } = source;
  const pages = useRowPages(source);
  const sorts = useGridSorting(source, pages, sort, notifyError);
  const scroller = useRef<HTMLDivElement>(null);
  const rowCount = Math.min(source.rowCount, MOST_ROWS);
  const [{ id, cursor }, setState] = useState({ id: source.id, cursor: cursorAt(0, 0) });
  const [value, setValue] = useState<OpenValue | null>(null);
  const focusNext = useRef(false);
  const dragging = useRef(false);
  const pressed = useRef<Place | null>(null);

  const current = id === source.id ? cursor : cursorAt(0, 0);
  const { active, range } = current;
  const move = useCallback(
    (next: Cursor, focus = true) => {
      focusNext.current = focus;
      setState({ id: source.id, cursor: next });
    },
    [source.id],
  );

  const { rowsInSight, columnsInSight, numberWidth, sizes, resize, grip } = useGridLayout(
    source,
    rowCount,
    active,
    scroller,
  );
  const { copy, onCopy } = useGridCopy(columns, range, pages, sorts);

  const items = columnsInSight.getVirtualItems();
  const rows = rowsInSight.getVirtualItems();
  const seen = rowsInSight.range;
  useEffect(() => {
    if (!seen || rowCount === 0) return;
    pages.want(Math.max(seen.startIndex - 20, 0), Math.min(seen.endIndex + 40, rowCount));
  });

  // biome-ignore lint/correctness/useExhaustiveDependencies: only when the cell with the focus is another one
  useEffect(() => {
    if (!focusNext.current) return;
    focusNext.current = false;
    if (active.row >= 0) rowsInSight.scrollToIndex(active.row);
    columnsInSight.scrollToIndex(active.column);
    scroller.current?.querySelector<HTMLElement>("[data-active]")?.focus({ preventScroll: true });
  }, [active]);

  const open = (row: number, column: number) => {
    const cell = pages.row(sorts.place(row))?.[column];
    const found = columns[column];
    if (cell !== undefined && found) setValue({ column: found, row, cell });
  };

  const fit = (index: number) => {
    const column = columns[index];
    const sample = rows.flatMap((item) => {
      const row = pages.row(sorts.place(item.index));
      return row ? [row] : [];
    });
    if (column) resize(index, estimatedWidth(column, index, sample));
  };

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.altKey && active.row < 0 && /^Arrow(Left|Right)$/.test(event.key)) {
      event.preventDefault();
      resize(active.column, (sizes[active.column] ?? 100) + (event.key === "ArrowRight" ? 20 : -20));
      return;
    }
    if (event.altKey) return;
    if (event.key === "Enter" || (event.key === " " && active.row < 0 && !event.shiftKey)) {
      event.preventDefault();
      if (active.row < 0) sorts.toggle(active.column);
      else open(active.row, active.column);
      return;
    }
    const page = Math.max(
      Math.floor(((scroller.current?.clientHeight ?? 0) - HEAD_HEIGHT) / ROW_HEIGHT) - 1,
      1,
    );
    const next = cursorAfter(current, event, { rows: rowCount, columns: columns.length, page });
    if (next === null) return;
    event.preventDefault();
    move(next);
  };

  const onPointerDown = (event: PointerEvent) => {
    const place = placeOf(event.target);
    pressed.current = place;
    if (!place || event.button !== 0) return;
    if ((event.target as Element).closest("[data-open]")) {
      open(place.row, place.column);
      return;
    }
    if (place.column < 0) {
      if (place.row < 0) move(withRows(current, 0, rowCount - 1, columns.length), false);
      else move(withRows(cursorAt(place.row, 0), place.row, place.row, columns.length));
      return;
    }
    if (place.row >= 0 && event.shiftKey) move(extendedTo(current, place));
    else move(cursorAt(place.row, place.column));
    dragging.current = place.row >= 0 && event.pointerType === "mouse";
  };

  const onPointerMove = (event: PointerEvent) => {
    if (!dragging.current) return;
    if (event.buttons === 0) {
      dragging.current = false;
      return;
    }
    const place = placeOf(event.target);
    if (!place || place.row < 0 || place.column < 0) return;
    if (place.row !== active.row || place.column !== active.column) move(extendedTo(current, place), false);
  };

  const onClick = (event: { target: EventTarget }) => {
    const place = placeOf(event.target);
    // Not where the grip of a column was let go.
    if (pressed.current && place && place.row < 0 && place.column >= 0 && sorts.possible)
      sorts.toggle(place.column);
  };

  const onDoubleClick = (event: { target: EventTarget }) => {
    const place = placeOf(event.target);
    if (place && place.row >= 0 && place.column >= 0) open(place.row, place.column);
  };

  const width = columnsInSight.getTotalSize();
  return (
    <div className={classes.frame} style={{ height }}>
      <div
        ref={scroller}
        role="grid"
        aria-label={label}
        aria-rowcount={source.complete ? rowCount + 1 : -1}
        aria-colcount={columns.length + 1}
        aria-multiselectable
        className={classes.grid}
        onKeyDown={onKeyDown}
        onPointerDown={onPointerDown}
        onPointerMove={onPointerMove}
        onClick={onClick}
        onDoubleClick={onDoubleClick}
        onCopy={onCopy}
      >
        <div
          role="presentation"
          className={classes.sheet}
          style={{ height: Math.max(rowsInSight.getTotalSize(), HEAD_HEIGHT), width }}
        >
          <GridHead
            width={width}
            numberWidth={numberWidth}
            columns={columns}
            items={items}
            active={active.row < 0 || rowCount === 0 ? active.column : -1}
            sorting={sorts.sorting}
            sorts={sorts.possible}
            grip={grip}
            onFit={fit}
          />
          {rows.map((item) => {
            const selected = item.index >= range.top && item.index <= range.bottom;
            return (
              <GridRow
                key={slotOf(item.index, active.row, rows.length)}
                place={item.index}
                top={item.start}
                width={width}
                numberWidth={numberWidth}
                row={pages.row(sorts.place(item.index))}
                columns={columns}
                items={items}
                active={item.index === active.row ? active.column : -1}
                from={selected ? range.left : 0}
                to={selected ? range.right + 1 : 0}
              />
            );
          })}
        </div>
        {source.complete && rowCount === 0 && <div className={classes.empty}>No rows</div>}
      </div>
      <GridStatus
        cursor={current}
        rowCount={source.rowCount}
        complete={source.complete}
        note={
          source.rowCount > MOST_ROWS ? `The first ${MOST_ROWS.toLocaleString("en-US")} rows` : sorts.note
        }
        error={pages.error}
        onRetry={() => pages.retry()}
        onCopy={(withNames) => void copy(withNames)}
      />
      <ValueDrawer value={value} onClose={() => setValue(null)} />
    </div>
  );
}

/** A row that comes into sight takes the elements of one that left it; the row with the focus keeps its own. */
function slotOf(index: number, active: number, shown: number): number {
  return index === active ? -1 : index % Math.max(128, 2 ** Math.ceil(Math.log2(shown + 1)));
}

function placeOf(target: EventTarget): Place | null {
  const element = target instanceof Element ? target : null;
  if (element?.closest("[data-grip]")) return null;
  const cell = element?.closest<HTMLElement>("[data-column]");
  return cell ? { row: Number(cell.dataset.row), column: Number(cell.dataset.column) } : null;
}
