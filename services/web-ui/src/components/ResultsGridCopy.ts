import type { ClipboardEvent } from "react";
import { notifyDone, notifyError } from "./notify";
import { type Column, tsv } from "./ResultsGridCells";
import type { Range } from "./ResultsGridCursor";
import type { GridSorting } from "./ResultsGridSorting";
import type { Row, RowPages } from "./ResultsGridSource";

/** What is selected as tab-separated text; a selection in the header gives the names. */
export function useGridCopy(columns: readonly Column[], range: Range, pages: RowPages, sorts: GridSorting) {
  const { left, right, bottom } = range;
  const top = Math.max(range.top, 0);
  const names = columns.slice(left, right + 1).map((column) => column.name);

  const text = (rows: readonly Row[], withNames: boolean) => {
    const parts = rows.map((row) => row.slice(left, right + 1));
    return tsv(withNames || bottom < 0 ? [names, ...parts] : parts);
  };

  /** The selected rows, when all of them are here. */
  const here = (): Row[] | null => {
    const rows: Row[] = [];
    for (let shown = top; shown <= bottom; shown += 1) {
      const row = pages.row(sorts.place(shown));
      if (!row) return null;
      rows.push(row);
    }
    return rows;
  };

  const copy = async (withNames: boolean) => {
    try {
      // Rows that are sorted here are all here, so those that are not are in the order of the source.
      const rows = here() ?? (await pages.take(top, bottom + 1));
      await navigator.clipboard.writeText(text(rows, withNames));
      const cells = rows.length * (right - left + 1);
      notifyDone(cells > 1 ? `Copied ${cells.toLocaleString("en-US")} cells` : "Copied");
    } catch (error) {
      notifyError(error, "Not copied");
    }
  };

  const onCopy = (event: ClipboardEvent) => {
    event.preventDefault();
    const rows = here();
    if (rows === null) void copy(false);
    else event.clipboardData.setData("text/plain", text(rows, false));
  };

  return { copy, onCopy };
}
