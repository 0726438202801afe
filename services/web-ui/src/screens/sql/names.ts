/** Names of tables and columns as one writes them in a statement. */

import type { Database, Warehouse } from "~/api/queries";

/** Words that no dialect takes as a bare name. */
const RESERVED = new Set(
  "all and any as asc between by case cast check column constraint create cross current_date default delete desc distinct drop else end exists false for foreign from full grant group having in inner insert into is join left like limit natural not null on or order outer primary references right select set some table then to true union unique update user using values when where with".split(
    " ",
  ),
);

const BARE: Record<Warehouse, RegExp> = {
  redshift: /^[a-z_][a-z0-9_$]*$/,
  snowflake: /^[A-Z_][A-Z0-9_$]*$/,
  sqlite: /^[A-Za-z_][A-Za-z0-9_]*$/,
};

/** Quoted where it must be. Snowflake keeps bare names in capitals; here they are written small. */
export function written(name: string, warehouse: Warehouse): string {
  const bare = BARE[warehouse].test(name) && !RESERVED.has(name.toLowerCase());
  if (!bare) return `"${name.replaceAll('"', '""')}"`;
  return warehouse === "snowflake" ? name.toLowerCase() : name;
}

/** The schema in which names without a prefix are found. */
export function homeSchema(databases: readonly Database[], warehouse: Warehouse, experiment: string | null) {
  for (const database of databases)
    for (const schema of database.schemas) {
      if (experiment !== null && schema.experiment === experiment) return { database, schema };
    }
  const usual = { redshift: "public", snowflake: "PUBLIC", sqlite: "main" }[warehouse];
  for (const database of databases)
    for (const schema of database.schemas) if (schema.name === usual) return { database, schema };
  return null;
}
