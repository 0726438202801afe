/** Queries: run and read them, compare, keep and export them; what editors complete. */

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { Cell, Column } from "~/components/ResultsGridCells";
import { api, body, type Schemas } from "./client";
import { download } from "./download";
import { keys } from "./keys";

export type Warehouse = Schemas["Warehouse"];
export type WarehouseState = Schemas["WarehouseAnswer"];
export type Database = Schemas["CatalogDatabase"];
export type QueryPage = Omit<Schemas["QueryPage"], "columns" | "rows"> & {
  columns: Column[];
  rows: Cell[][];
};
export type ExportFormat = "csv" | "json" | "jsonl" | "parquet" | "xlsx";

export const ROW_LIMIT = 100_000;
export const PAGE_ROWS = 500;

export type Statement = Pick<Schemas["QueryBody"], "warehouse" | "sql"> & { experiment: string | null };
export type HistoryEntry = Schemas["PastQuery"];
export type SavedQuery = Schemas["SavedQuery"];
export type SavedQueryDraft = Pick<SavedQuery, "name" | "sql" | "warehouse" | "experiment">;
export type Words = Schemas["Words"];
export type Side = Omit<Schemas["SideAnswer"], "columns"> & { columns: Column[] };
export type Difference = Omit<Schemas["RowDifference"], "left" | "right"> & {
  left: Cell[] | null;
  right: Cell[] | null;
};
export type Comparison = Omit<Schemas["Comparison"], "left" | "right" | "differences"> & {
  left: Side;
  right: Side;
  differences: Difference[];
};
export type ComparisonRequest = Schemas["CompareBody"];

// --- running ---------------------------------------------------------------------------------------------------------

export function runQuery(
  statement: Statement,
  queryId: string,
  allowRemote: boolean,
  signal: AbortSignal,
): Promise<QueryPage> {
  const asked = { ...statement, query_id: queryId, page_rows: PAGE_ROWS, row_limit: ROW_LIMIT };
  const query = allowRemote ? { allow_remote: true } : {};
  return body(api.POST("/api/query", { body: asked, params: { query }, signal })) as Promise<QueryPage>;
}

export function readPage(
  queryId: string,
  offset: number,
  limit: number,
  signal: AbortSignal,
): Promise<QueryPage> {
  const params = { path: { query_id: queryId }, query: { offset, limit } };
  return body(api.GET("/api/query/{query_id}", { params, signal })) as Promise<QueryPage>;
}

export async function cancelQuery(queryId: string): Promise<void> {
  await api.POST("/api/query/{query_id}/cancel", { params: { path: { query_id: queryId } } });
}

export async function freeQuery(queryId: string): Promise<void> {
  await api.DELETE("/api/query/{query_id}", { params: { path: { query_id: queryId } } });
}

export function compareQueries(asked: ComparisonRequest, signal: AbortSignal): Promise<Comparison> {
  return body(api.POST("/api/query/compare", { body: asked, signal })) as Promise<Comparison>;
}

export function exportKept(queryId: string, format: ExportFormat): Promise<void> {
  return download(`/api/query/${queryId}/export?format=${format}`, `result.${format}`);
}

export function exportWhole(statement: Statement, format: ExportFormat, filename: string): Promise<void> {
  return download("/api/query/export", `${filename}.${format}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ ...statement, format, filename }),
  });
}

// --- what there is to query ------------------------------------------------------------------------------------------

export function useWarehouseStates() {
  return useQuery({
    queryKey: keys.warehouses,
    queryFn: () => body(api.GET("/api/warehouses")),
    staleTime: 15_000,
  });
}

/** All of a warehouse with its columns; for the panel and for completion. */
export function useWholeCatalog(warehouse: Warehouse | null) {
  return useQuery({
    queryKey: [...keys.catalog(warehouse ?? ""), "columns"],
    enabled: warehouse !== null,
    staleTime: 60_000,
    queryFn: async () => {
      const path = { warehouse: warehouse ?? "redshift" };
      return (
        await body(
          api.GET("/api/warehouses/{warehouse}/catalog", { params: { path, query: { columns: true } } }),
        )
      ).databases;
    },
  });
}

export function useWords(warehouse: Warehouse | null) {
  return useQuery({
    queryKey: keys.words(warehouse ?? ""),
    enabled: warehouse !== null,
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: () => {
      const path = { warehouse: warehouse ?? "redshift" };
      return body(api.GET("/api/warehouses/{warehouse}/words", { params: { path } }));
    },
  });
}

// --- history and saved queries ---------------------------------------------------------------------------------------

export function useHistory(enabled: boolean) {
  return useQuery({
    queryKey: keys.history,
    enabled,
    queryFn: () => body(api.GET("/api/query-history", { params: { query: { limit: 500 } } })),
  });
}

export function useClearHistory() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => api.DELETE("/api/query-history"),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.history }),
  });
}

export function useSavedQueries(enabled = true) {
  return useQuery({
    queryKey: keys.savedQueries,
    enabled,
    queryFn: () => body(api.GET("/api/saved-queries")),
  });
}

/** Saves a new query, or with an id the changes to one. */
export function useSaveQuery() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, draft }: { id: number | null; draft: SavedQueryDraft }) =>
      id === null
        ? body(api.POST("/api/saved-queries", { body: draft }))
        : body(api.PUT("/api/saved-queries/{id}", { body: draft, params: { path: { id } } })),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.savedQueries }),
  });
}

export function useDeleteSavedQuery() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: number) => api.DELETE("/api/saved-queries/{id}", { params: { path: { id } } }),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.savedQueries }),
  });
}

export function downloadSaved(query: SavedQuery): Promise<void> {
  return download(`/api/saved-queries/${query.id}/download`, `${query.name}.sql`);
}
