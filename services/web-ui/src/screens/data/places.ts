import type { TablePlace } from "~/api/catalog";

/** The address of a table's page. */
export function tablePath({ warehouse, database, schema, table }: TablePlace, tab?: string): string {
  const names = [warehouse, database, schema, table].map(encodeURIComponent).join("/");
  return `/data/${names}${tab ? `?tab=${tab}` : ""}`;
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** A query for the first rows of a table. SQLite's files have no names of their own in a statement. */
export function firstRowsSql({ warehouse, database, schema, table }: TablePlace): string {
  const names = warehouse === "sqlite" ? [table] : [database, schema, table];
  return `SELECT *\nFROM ${names.map(quoted).join(".")}\nLIMIT 100`;
}

/** The SQL workspace with that query in it. */
export function sqlPath(place: TablePlace, experiment: string | null): string {
  const query = new URLSearchParams({ warehouse: place.warehouse, sql: firstRowsSql(place) });
  if (experiment !== null) query.set("experiment", experiment);
  return `/sql?${query}`;
}
