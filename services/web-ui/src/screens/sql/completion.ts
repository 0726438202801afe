/** What the editor completes: the warehouse's schemas, tables and columns, its functions and its words. */

import {
  type Completion,
  type CompletionContext,
  type CompletionResult,
  type CompletionSource,
  completeFromList,
  ifNotIn,
} from "@codemirror/autocomplete";
import { PostgreSQL, type SQLNamespace, schemaCompletionSource } from "@codemirror/lang-sql";
import type { Database, Warehouse, Words } from "~/api/queries";
import { homeSchema, written } from "./names";

const NOT_IN = ["QuotedIdentifier", "String", "LineComment", "BlockComment", "."];

export function sqlCompletion(
  warehouse: Warehouse,
  databases: readonly Database[],
  words: Words | undefined,
  experiment: string | null,
): CompletionSource {
  const home = homeSchema(databases, warehouse, experiment);
  const schema = namespace(warehouse, databases, home?.schema ?? null);
  const names = schemaCompletionSource({ dialect: PostgreSQL, schema });
  const texts = ifNotIn(NOT_IN, completeFromList(wordsOf(words)));
  return async (context: CompletionContext) => {
    const [named, worded] = await Promise.all([names(context), texts(context)]);
    return joined(named, worded);
  };
}

function joined(one: CompletionResult | null, other: CompletionResult | null): CompletionResult | null {
  if (!one || !other) return one ?? other;
  return one.from === other.from ? { ...one, options: [...one.options, ...other.options] } : one;
}

type Level = Record<string, SQLNamespace>;

/** Databases, schemas, and the tables of the schema that needs no prefix, all at the top. */
function namespace(
  warehouse: Warehouse,
  databases: readonly Database[],
  home: Database["schemas"][number] | null,
): SQLNamespace {
  const top: Level = {};
  for (const database of databases) {
    const schemas: Level = {};
    for (const schema of database.schemas) {
      const tables = tablesOf(schema, warehouse);
      put(schemas, schema.name, "namespace", "schema", warehouse, tables);
      put(top, schema.name, "namespace", "schema", warehouse, tables);
    }
    put(top, database.name, "namespace", "database", warehouse, schemas);
  }
  return home === null ? top : { ...top, ...tablesOf(home, warehouse) };
}

function tablesOf(schema: Database["schemas"][number], warehouse: Warehouse): Level {
  const tables: Level = {};
  for (const table of schema.tables) {
    const columns = (table.columns ?? []).map((each) => option(each.name, "property", each.type, warehouse));
    put(tables, table.name, "type", table.kind, warehouse, columns);
  }
  return tables;
}

function put(
  level: Level,
  name: string,
  type: string,
  detail: string,
  warehouse: Warehouse,
  children: SQLNamespace,
): void {
  const self = option(name, type, detail, warehouse);
  // A dot in a name is not a step down.
  const key = self.label.replaceAll(".", "\\.");
  if (!(key in level)) level[key] = { self, children };
}

function option(name: string, type: string, detail: string, warehouse: Warehouse): Completion {
  const apply = written(name, warehouse);
  return { label: apply.startsWith('"') ? name : apply, apply, type, detail, boost: 2 };
}

function wordsOf(words: Words | undefined): Completion[] {
  if (!words) return [];
  return [
    ...words.functions.map((label) => ({ label: label.toLowerCase(), type: "function", detail: "function" })),
    ...words.types.map((label) => ({ label: label.toLowerCase(), type: "type", detail: "type", boost: -2 })),
    ...words.keywords.map((label) => ({ label: label.toUpperCase(), type: "keyword", boost: -1 })),
  ];
}
