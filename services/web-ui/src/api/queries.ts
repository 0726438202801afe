/** Queries: run and read them, compare, keep and export them; what editors complete. */

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { Cell, Column } from "~/components/ResultsGridCells";
import { api, body, type Problem, request, type Schemas } from "./client";
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

export interface Statement {
  warehouse: Warehouse;
  sql: string;
  experiment: string | null;
}

export interface HistoryEntry extends Statement {
  id: number;
  at: string;
  seconds: number;
  rows: number | null;
  error: string | null;
}

export interface SavedQuery {
  id: number;
  name: string;
  sql: string;
  warehouse: Warehouse | null;
  experiment: string | null;
  created_at: string;
  updated_at: string;
}

export type SavedQueryDraft = Pick<SavedQuery, "name" | "sql" | "warehouse" | "experiment">;

export interface Words {
  keywords: string[];
  functions: string[];
  types: string[];
}

export interface Side {
  warehouse: Warehouse;
  columns: Column[];
  rows: number;
  seconds: number;
  error: Problem | null;
}

export interface Difference {
  kind: "only_left" | "only_right" | "different";
  left: Cell[] | null;
  right: Cell[] | null;
  columns: string[];
}

export interface Comparison {
  equal: boolean;
  ordered: boolean;
  left: Side;
  right: Side;
  columns: { name: string; left_type: string | null; right_type: string | null; comparable: boolean }[];
  only_left: number;
  only_right: number;
  different: number;
  differences: Difference[];
  truncated: boolean;
}

export interface ComparisonRequest {
  left: { warehouse: Warehouse; sql: string };
  right: { warehouse: Warehouse; sql: string };
  experiment: string | null;
  row_limit?: number;
  key?: string[] | null;
}

async function json<T>(path: string, method = "GET", content?: unknown, signal?: AbortSignal): Promise<T> {
  const init: RequestInit = { method };
  if (content !== undefined) {
    init.body = JSON.stringify(content);
    init.headers = { "Content-Type": "application/json" };
  }
  if (signal) init.signal = signal;
  const response = await request(new URL(path, window.location.origin).href, init);
  return (response.status === 204 ? undefined : await response.json()) as T;
}

// --- running ---------------------------------------------------------------------------------------------------------

export function runQuery(
  statement: Statement,
  queryId: string,
  allowRemote: boolean,
  signal: AbortSignal,
): Promise<QueryPage> {
  const path = allowRemote ? "/api/query?allow_remote=true" : "/api/query";
  const asked = { ...statement, query_id: queryId, page_rows: PAGE_ROWS, row_limit: ROW_LIMIT };
  return json(path, "POST", asked, signal);
}

export function readPage(
  queryId: string,
  offset: number,
  limit: number,
  signal: AbortSignal,
): Promise<QueryPage> {
  return json(`/api/query/${queryId}?offset=${offset}&limit=${limit}`, "GET", undefined, signal);
}

export function cancelQuery(queryId: string): Promise<void> {
  return json(`/api/query/${queryId}/cancel`, "POST");
}

export function freeQuery(queryId: string): Promise<void> {
  return json(`/api/query/${queryId}`, "DELETE");
}

export function compareQueries(asked: ComparisonRequest, signal: AbortSignal): Promise<Comparison> {
  return json("/api/query/compare", "POST", asked, signal);
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
    queryFn: () => json<Words>(`/api/warehouses/${warehouse}/words`),
  });
}

// --- history and saved queries ---------------------------------------------------------------------------------------

export function useHistory(enabled: boolean) {
  return useQuery({
    queryKey: keys.history,
    enabled,
    queryFn: () => json<HistoryEntry[]>("/api/query-history?limit=500"),
  });
}

export function useClearHistory() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => json<void>("/api/query-history", "DELETE"),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.history }),
  });
}

export function useSavedQueries(enabled = true) {
  return useQuery({
    queryKey: keys.savedQueries,
    enabled,
    queryFn: () => json<SavedQuery[]>("/api/saved-queries"),
  });
}

/** Saves a new query, or with an id the changes to one. */
export function useSaveQuery() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, draft }: { id: number | null; draft: SavedQueryDraft }) =>
      id === null
        ? json<SavedQuery>("/api/saved-queries", "POST", draft)
        : json<SavedQuery>(`/api/saved-queries/${id}`, "PUT", draft),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.savedQueries }),
  });
}

export function useDeleteSavedQuery() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: number) => json<void>(`/api/saved-queries/${id}`, "DELETE"),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.savedQueries }),
  });
}

export function downloadSaved(query: SavedQuery): Promise<void> {
  return download(`/api/saved-queries/${query.id}/download`, `${query.name}.sql`);
}
