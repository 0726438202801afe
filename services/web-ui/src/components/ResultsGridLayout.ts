import { columnResizingFeature, columnSizingFeature, tableFeatures, useTable } from "@tanstack/react-table";
import { defaultRangeExtractor, type Range, useVirtualizer } from "@tanstack/react-virtual";
import { type RefObject, useCallback, useLayoutEffect, useMemo } from "react";
import { estimatedWidth } from "./ResultsGridCells";
import type { Place } from "./ResultsGridCursor";
import { type Grip, HEAD_HEIGHT } from "./ResultsGridHead";
import { ROW_HEIGHT } from "./ResultsGridRow";
import type { Row, RowSource } from "./ResultsGridSource";

const features = tableFeatures({ columnSizingFeature, columnResizingFeature });
const NO_ROWS: Row[] = [];
const LEAST_WIDTH = 48;
const MOST_WIDTH = 2_000;

/** Widths of columns, and which rows and columns are in sight. */
export function useGridLayout(
  source: RowSource,
  rowCount: number,
  active: Place,
  scroller: RefObject<HTMLDivElement | null>,
) {
  const { columns } = source;
  const numberWidth = 26 + String(rowCount).length * 8;

  // biome-ignore lint/correctness/useExhaustiveDependencies: the columns of a source do not change while its id stays
  const definitions = useMemo(() => {
    const sample = source.firstPage ?? [];
    return columns.map((column, index) => ({
      id: String(index),
      header: column.name,
      size: estimatedWidth(column, index, sample),
      minSize: LEAST_WIDTH,
    }));
  }, [source.id, columns.length]);
  const table = useTable({ features, columns: definitions, data: NO_ROWS, columnResizeMode: "onChange" });
  const { columnSizing, columnResizing } = table.state;
  const sizes = useMemo(
    () => definitions.map((each) => columnSizing[each.id] ?? each.size),
    [definitions, columnSizing],
  );

  const rowsInSight = useVirtualizer({
    count: rowCount,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    paddingStart: HEAD_HEIGHT,
    scrollPaddingStart: HEAD_HEIGHT,
    overscan: 8,
    rangeExtractor: useCallback((seen: Range) => withPlace(seen, active.row), [active.row]),
  });
  const columnsInSight = useVirtualizer({
    horizontal: true,
    count: columns.length,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => sizes[index] ?? 100,
    paddingStart: numberWidth,
    scrollPaddingStart: numberWidth,
    overscan: 3,
    rangeExtractor: useCallback((seen: Range) => withPlace(seen, active.column), [active.column]),
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: other sizes are measured anew
  useLayoutEffect(() => columnsInSight.measure(), [columnsInSight, sizes, numberWidth]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: other rows are shown from their start
  useLayoutEffect(() => {
    scroller.current?.scrollTo?.({ top: 0, left: 0 });
    table.resetColumnSizing();
  }, [source.id]);

  const resize = (index: number, width: number) =>
    table.setColumnSizing((old) => ({
      ...old,
      [String(index)]: Math.min(Math.max(width, LEAST_WIDTH), MOST_WIDTH),
    }));
  const headers = table.getHeaderGroups()[0]?.headers;
  const grip = (index: number): Grip | undefined => {
    const header = headers?.[index];
    return (
      header && {
        start: header.getResizeHandler(),
        moving: columnResizing.isResizingColumn === String(index),
      }
    );
  };
  return { rowsInSight, columnsInSight, numberWidth, sizes, resize, grip };
}

/** What is in sight, and the cell that has the focus wherever it is: it would lose the focus if it left the page. */
function withPlace(seen: Range, place: number): number[] {
  const found = defaultRangeExtractor(seen);
  if (place < 0 || place >= seen.count) return found;
  const [first, last] = [found[0] ?? 0, found[found.length - 1] ?? -1];
  if (place < first) found.unshift(place);
  else if (place > last) found.push(place);
  return found;
}
