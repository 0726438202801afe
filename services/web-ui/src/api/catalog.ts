/** What is in the warehouses: their catalogs, rows of a table, what its columns hold. */

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import type { Cell, Column } from "~/components/ResultsGridCells";
import { api, body, type Schemas } from "./client";
import { keys } from "./keys";

export type Warehouse = Schemas["Warehouse"];
export type WarehouseAnswer = Schemas["WarehouseAnswer"];
export type CatalogDatabase = Schemas["CatalogDatabase"];
export type CatalogSchema = Schemas["CatalogSchema"];
export type CatalogTable = Schemas["CatalogTable"];
export type CatalogColumn = Schemas["CatalogColumn"];

export const WAREHOUSES: readonly Warehouse[] = ["redshift", "snowflake", "sqlite"];

export interface TablePlace {
  warehouse: Warehouse;
  database: string;
  schema: string;
  table: string;
}

export interface Order {
  column: string;
  descending: boolean;
}

export interface PreviewPage extends Omit<Schemas["QueryPage"], "columns" | "rows"> {
  columns: Column[];
  rows: Cell[][];
}

export type ColumnProfile = Schemas["ColumnProfile"];
export type TableProfile = Schemas["TableProfile"];

export function useWarehouses() {
  return useQuery({
    queryKey: keys.warehouses,
    queryFn: ({ signal }) => body(api.GET("/api/warehouses", { signal })),
    staleTime: 10_000,
  });
}

/** Databases, schemas and tables; of one experiment's namespace, and with columns, when that is asked. */
export function useCatalog(
  warehouse: Warehouse,
  {
    experiment,
    columns = false,
    enabled = true,
  }: { experiment?: string | undefined; columns?: boolean; enabled?: boolean } = {},
) {
  return useQuery({
    queryKey: [...keys.catalog(warehouse, experiment), columns],
    queryFn: ({ signal }) =>
      body(
        api.GET("/api/warehouses/{warehouse}/catalog", {
          params: { path: { warehouse }, query: { columns, ...(experiment && { experiment }) } },
          signal,
        }),
      ),
    enabled,
    staleTime: 15_000,
    retry: false,
  });
}

/** The table of a catalog, however its name is written there. */
export function tableIn(databases: readonly CatalogDatabase[], place: Omit<TablePlace, "warehouse">) {
  const schema = databases
    .find((database) => database.name === place.database)
    ?.schemas.find((each) => each.name === place.schema);
  return { schema, table: schema?.tables.find((each) => each.name === place.table) };
}

export const PREVIEW_ROWS = 200;

export async function fetchPreview(
  { warehouse, database, schema, table }: TablePlace,
  order: Order | null,
  offset: number,
  signal: AbortSignal,
): Promise<PreviewPage> {
  const query = {
    database,
    schema,
    table,
    offset,
    limit: PREVIEW_ROWS,
    ...(order && { order_by: order.column, descending: order.descending }),
  };
  const page = await body(
    api.GET("/api/warehouses/{warehouse}/preview", { params: { path: { warehouse }, query }, signal }),
  );
  return page as PreviewPage;
}

export function usePreview(place: TablePlace, order: Order | null) {
  const { warehouse, database, schema, table } = place;
  return useQuery({
    queryKey: [...keys.warehouses, warehouse, "preview", database, schema, table, order],
    queryFn: ({ signal }) => fetchPreview(place, order, 0, signal),
    // Another order of the same table: the rows stay until the new ones are here.
    placeholderData: (old, query) => (query?.queryKey[5] === table ? keepPreviousData(old) : undefined),
    refetchOnWindowFocus: false,
    retry: false,
  });
}

export function useProfile({ warehouse, database, schema, table }: TablePlace) {
  return useQuery({
    queryKey: [...keys.warehouses, warehouse, "profile", database, schema, table],
    queryFn: ({ signal }) =>
      body(
        api.GET("/api/warehouses/{warehouse}/profile", {
          params: { path: { warehouse }, query: { database, schema, table } },
          signal,
        }),
      ),
    staleTime: 60_000,
    refetchOnWindowFocus: false,
    retry: false,
  });
}
