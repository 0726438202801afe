/** A column of a schema as a person reads it. */

import type { Column, Table } from "~/api/experiments";

export interface ColumnFacts {
  name: string;
  type: string;
  length: number | null;
  precision: string;
  nullable: boolean;
  unique: boolean;
  primaryKey: boolean;
  foreignKey: string | null;
  rule: string;
}

const same = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();

export function factsOf(table: Table, column: Column): ColumnFacts {
  const composite = table.foreign_keys.find((key) => key.columns.some((name) => same(name, column.name)));
  const at = composite?.columns.findIndex((name) => same(name, column.name)) ?? -1;
  const primaryKey = table.primary_key.some((name) => same(name, column.name));
  const alone = [table.primary_key, ...table.unique_keys].some(
    (key) => key.length === 1 && key.some((name) => same(name, column.name)),
  );
  return {
    name: column.name,
    type: column.physical_type ?? column.data_type,
    length: column.varchar_length,
    precision: column.data_type === "DECIMAL" ? `${column.precision ?? 18}, ${column.scale ?? 0}` : "",
    nullable: !column.required && !primaryKey,
    unique: column.is_unique || column.identity !== null || alone,
    primaryKey,
    foreignKey: column.foreign_key
      ? `${column.foreign_key.table}.${column.foreign_key.column}`
      : composite
        ? `${composite.table}.${composite.references[at] ?? ""} (of a key of ${composite.columns.length})`
        : null,
    rule: [ruleOf(column), ...rulesOfTable(table, column)].filter(Boolean).join(", "),
  };
}

/** What decides the column's values, in a few words. */
export function ruleOf(column: Column): string {
  const parts: string[] = [];
  if (column.identity) parts.push(`counts from ${column.identity.seed} by ${column.identity.step}`);
  if (column.expression) parts.push(`= ${column.expression}`);
  if (column.after) parts.push(`after ${column.after.columns.join(", ")}`);
  if (column.rollup) parts.push(rollupOf(column.rollup));
  if (column.foreign_key?.fan_out) parts.push(fanOutOf(column.foreign_key.fan_out));
  if (column.foreign_key?.hierarchy)
    parts.push(`${column.foreign_key.hierarchy.depth} levels below the roots`);
  if (column.document) parts.push(`document of ${column.document.map((field) => field.name).join(", ")}`);
  if (column.faker_rule) parts.push(column.faker_rule);
  if (column.locale) parts.push(column.locale);
  if (column.distribution) parts.push(distributionOf(column.distribution));
  parts.push(span(column.min_value, column.max_value), span(column.date_start, column.date_end));
  if (column.null_fraction > 0) parts.push(`${+(column.null_fraction * 100).toFixed(2)} % null`);
  return parts.filter(Boolean).join(", ");
}

/** What rules of the table say of the column. */
function rulesOfTable(table: Table, column: Column): string[] {
  const names = (columns: readonly string[]) => columns.some((name) => same(name, column.name));
  const others = (columns: readonly string[]) =>
    columns.filter((name) => !same(name, column.name)).join(", ");
  const found: string[] = [];
  for (const { columns, rows } of table.lookups ?? []) {
    if (names(columns))
      found.push(`one of ${rows.length} rows${columns.length > 1 ? ` with ${others(columns)}` : ""}`);
  }
  for (const { columns } of table.correlations ?? []) {
    if (names(columns)) found.push(`correlated with ${others(columns)}`);
  }
  if (table.growth?.time_column && names([table.growth.time_column])) {
    found.push(`${table.growth.rows_per_day} rows each further day`);
  }
  return found;
}

function rollupOf(rollup: NonNullable<Column["rollup"]>): string {
  const what = rollup.value ? `${rollup.function} of ${rollup.value}` : rollup.function;
  return `${what} in ${rollup.table}${rollup.where ? ` where ${rollup.where}` : ""}`;
}

function fanOutOf(spread: NonNullable<NonNullable<Column["foreign_key"]>["fan_out"]>): string {
  const childless = spread.childless > 0 ? `, ${+(spread.childless * 100).toFixed(2)} % have none` : "";
  const numbers = spread.max === null ? `${spread.min} or more` : `${spread.min} to ${spread.max}`;
  return `${numbers} each${childless}`;
}

function span(low: number | string | null, high: number | string | null): string {
  if (low !== null && high !== null) return `${low} to ${high}`;
  if (low !== null) return `from ${low}`;
  return high !== null ? `up to ${high}` : "";
}

function distributionOf(distribution: NonNullable<Column["distribution"]>): string {
  switch (distribution.type) {
    case "categorical": {
      const some = distribution.values.slice(0, 4).map(String).join(", ");
      return distribution.values.length > 4
        ? `one of ${distribution.values.length}: ${some} …`
        : `one of ${some}`;
    }
    case "normal":
      return `normal around ${distribution.mean}`;
    case "poisson":
      return `poisson around ${distribution.mean}`;
    case "histogram":
      return `histogram from ${distribution.edges[0]} to ${distribution.edges.at(-1)}`;
    case "mixture":
      return `mixture of ${distribution.components.length}`;
    case "zipf":
      return `zipf ${distribution.exponent}`;
    default:
      return distribution.type;
  }
}
