import { useCallback, useMemo, useState } from "react";
import { sortedPlaces } from "./ResultsGridCells";
import type { Sorting } from "./ResultsGridHead";
import { KEPT_ROWS, type RowPages, type RowSource } from "./ResultsGridSource";

export interface GridSorting {
  sorting: Sorting | null;
  /** Whether a click on a column's name may sort at all. */
  possible: boolean;
  /** What is said of the order, or why there is none. */
  note: string | null;
  toggle: (column: number) => void;
  /** Where the row that is shown at a place is in the source. */
  place: (shown: number) => number;
}

/** Sort rows here once all of them are loaded (the rest is fetched first), or leave it to the owner of the rows. */
export function useGridSorting(
  source: RowSource,
  pages: RowPages,
  outer: { sorting: Sorting | null; onSort: (sorting: Sorting | null) => void } | undefined,
  onError: (error: unknown) => void,
): GridSorting {
  const [inner, setInner] = useState<{ id: string; sorting: Sorting; order: Uint32Array } | null>(null);
  const [loaded, setLoaded] = useState<number | null>(null);
  const mine = inner?.id === source.id ? inner : null;
  const possible = outer !== undefined || (source.complete && source.rowCount <= KEPT_ROWS);
  const sorting = outer ? outer.sorting : (mine?.sorting ?? null);

  const toggle = useCallback(
    (column: number) => {
      const next = nextSorting(sorting, column);
      if (outer) {
        outer.onSort(next);
        return;
      }
      if (!possible || loaded !== null) return;
      if (next === null) {
        setInner(null);
        return;
      }
      const kind = source.columns[column]?.kind ?? "other";
      const progress = pages.isWhole() ? undefined : setLoaded;
      pages
        .take(0, source.rowCount, progress)
        .then((rows) => {
          const cells = rows.map((row) => row[column] ?? null);
          setInner({ id: source.id, sorting: next, order: sortedPlaces(cells, kind, next.descending) });
        })
        .catch(onError)
        .finally(() => setLoaded(null));
    },
    [sorting, outer, possible, source, pages, loaded, onError],
  );

  const order = mine?.order;
  const place = useCallback((shown: number) => order?.[shown] ?? shown, [order]);
  const note = useMemo(() => {
    const total = source.rowCount.toLocaleString("en-US");
    if (loaded !== null) return `Loading rows to sort: ${loaded.toLocaleString("en-US")} of ${total}`;
    if (!outer && !source.complete) return "Sorting waits until all rows are here";
    if (!possible) return "Too many rows to sort them here: use ORDER BY";
    if (sorting === null) return null;
    const name = source.columns[sorting.column]?.name ?? "";
    const among = outer ? "" : `, among the ${total} rows here`;
    return `Sorted by ${name}, ${sorting.descending ? "descending" : "ascending"}${among}`;
  }, [loaded, outer, possible, source, sorting]);

  return { sorting, possible, note, toggle, place };
}

/** Ascending, then descending, then as the rows came. */
export function nextSorting(sorting: Sorting | null, column: number): Sorting | null {
  if (sorting?.column !== column) return { column, descending: false };
  return sorting.descending ? null : { column, descending: true };
}
