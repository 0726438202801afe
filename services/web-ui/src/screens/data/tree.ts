/** The catalog as the lines of a tree. */

import type { CatalogDatabase, CatalogSchema, CatalogTable } from "~/api/catalog";

interface Common {
  /** Of its own in the whole tree; the place of a table ends with its name. */
  id: string;
  level: 1 | 2 | 3;
  label: string;
}

export type TreeLine =
  | (Common & { kind: "database"; open: boolean; count: number })
  | (Common & { kind: "schema"; open: boolean; count: number; experiment: string | null; parent: string })
  | (Common & { kind: "table"; parent: string; database: string; schema: string; table: CatalogTable });

export type Opened = Readonly<Record<string, boolean>>;

export const idOf = (...names: string[]): string => JSON.stringify(names);

/**
 * The lines that are to be seen. Places of experiments come first and are open, others are closed unless the user
 * opened them or there is nothing else. A filter opens what it finds: tables by name, or all of a schema's.
 */
export function treeLines(databases: readonly CatalogDatabase[], opened: Opened, filter: string): TreeLine[] {
  const wanted = filter.trim().toLowerCase();
  const few = databases.reduce((sum, database) => sum + database.schemas.length, 0) <= 3;
  const lines: TreeLine[] = [];
  for (const database of firstOfExperiments(databases, (each) => each.schemas.some(isOfExperiment))) {
    const schemas = firstOfExperiments(database.schemas, isOfExperiment)
      .map((schema) => ({ schema, tables: found(database, schema, wanted) }))
      .filter(({ schema, tables }) => wanted === "" || tables.length > 0 || matches(schema.name, wanted));
    if (wanted !== "" && schemas.length === 0) continue;
    const id = idOf(database.name);
    const open =
      wanted !== "" ||
      (opened[id] ?? (few || databases.length === 1 || database.schemas.some(isOfExperiment)));
    lines.push({
      kind: "database",
      id,
      level: 1,
      label: database.name,
      open,
      count: database.schemas.length,
    });
    if (!open) continue;
    for (const { schema, tables } of schemas) {
      const place = idOf(database.name, schema.name);
      const shown = wanted !== "" || (opened[place] ?? (few || isOfExperiment(schema)));
      lines.push({
        kind: "schema",
        id: place,
        level: 2,
        label: schema.name,
        open: shown,
        count: schema.tables.length,
        experiment: schema.experiment,
        parent: id,
      });
      if (!shown) continue;
      for (const table of tables) {
        lines.push({
          kind: "table",
          id: idOf(database.name, schema.name, table.name),
          level: 3,
          label: table.name,
          parent: place,
          database: database.name,
          schema: schema.name,
          table,
        });
      }
    }
  }
  return lines;
}

const isOfExperiment = (schema: CatalogSchema): boolean => schema.experiment !== null;

const matches = (name: string, wanted: string): boolean => name.toLowerCase().includes(wanted);

function found(database: CatalogDatabase, schema: CatalogSchema, wanted: string): CatalogTable[] {
  if (wanted === "" || matches(schema.name, wanted) || matches(database.name, wanted)) return schema.tables;
  return schema.tables.filter((table) => matches(table.name, wanted));
}

function firstOfExperiments<T>(items: readonly T[], first: (item: T) => boolean): T[] {
  return [...items.filter(first), ...items.filter((item) => !first(item))];
}

/** The line that a key moves to, and what it opens or closes. */
export function afterKey(
  lines: readonly TreeLine[],
  active: number,
  key: string,
): { active: number; toggle?: string } | null {
  const line = lines[active];
  const last = lines.length - 1;
  switch (key) {
    case "ArrowDown":
      return { active: Math.min(active + 1, last) };
    case "ArrowUp":
      return { active: Math.max(active - 1, 0) };
    case "PageDown":
      return { active: Math.min(active + 10, last) };
    case "PageUp":
      return { active: Math.max(active - 10, 0) };
    case "Home":
      return { active: 0 };
    case "End":
      return { active: last };
    case "ArrowRight":
      if (!line || line.kind === "table") return { active };
      return line.open ? { active: Math.min(active + 1, last) } : { active, toggle: line.id };
    case "ArrowLeft":
      if (!line) return { active };
      if (line.kind !== "table" && line.open) return { active, toggle: line.id };
      if (line.kind === "database") return { active };
      return {
        active: Math.max(
          lines.findIndex((each) => each.id === line.parent),
          0,
        ),
      };
    default:
      return null;
  }
}
