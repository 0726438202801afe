import { Skeleton } from "@mantine/core";
import { useState } from "react";
import { useSearchParams } from "react-router";
import { fetchPreview, type Order, PREVIEW_ROWS, type TablePlace, usePreview } from "~/api/catalog";
import { ProblemAlert } from "~/components/ProblemAlert";
import { ResultsGrid } from "~/components/ResultsGrid";
import type { RowSource } from "~/components/ResultsGridSource";

const HEIGHT = "max(360px, calc(100dvh - 300px))";

/** The rows of a table, ordered by the warehouse. The order is in the address: `?order=price&descending=true`. */
export function Preview({
  place,
  expected,
}: {
  place: TablePlace;
  /** Rows of the table as its catalog tells: how far there is to scroll. */
  expected: number | null;
}) {
  const [params, setParams] = useSearchParams();
  const column = params.get("order");
  const order: Order | null =
    column === null ? null : { column, descending: params.get("descending") === "true" };
  const { data: first, error, refetch } = usePreview(place, order);
  const id = JSON.stringify([place, order]);
  const [known, setKnown] = useState({ id, rows: 0, complete: false });

  if (error) return <ProblemAlert error={error} onRetry={() => void refetch()} />;
  if (!first) return <Skeleton h={HEIGHT} />;
  const seen = known.id === id ? known : { rows: 0, complete: false };
  const rows = Math.max(first.rows_kept, seen.rows);
  const complete = first.complete || seen.complete;
  const source: RowSource = {
    id,
    columns: first.columns,
    // One row more than is known asks for the next page when it comes into sight.
    rowCount: complete ? rows : Math.max(rows + 1, expected ?? 0),
    complete: complete || expected !== null,
    pageRows: PREVIEW_ROWS,
    firstPage: first.rows,
    getPage: async (offset, signal) => {
      const page = await fetchPreview(place, order, offset, signal);
      setKnown((old) => ({
        id,
        rows: Math.max(old.id === id ? old.rows : 0, page.rows_kept),
        complete: page.complete || (old.id === id && old.complete),
      }));
      return page.rows;
    },
  };
  const at = order ? first.columns.findIndex((each) => each.name === order.column) : -1;
  return (
    <ResultsGrid
      source={source}
      label={`Rows of ${place.table}`}
      height={HEIGHT}
      sort={{
        sorting: order && at >= 0 ? { column: at, descending: order.descending } : null,
        onSort: (sorting) =>
          setParams(
            (old) => {
              const name = sorting && first.columns[sorting.column]?.name;
              old.delete("order");
              old.delete("descending");
              if (name != null) old.set("order", name);
              if (sorting?.descending) old.set("descending", "true");
              return old;
            },
            { replace: true },
          ),
      }}
    />
  );
}
