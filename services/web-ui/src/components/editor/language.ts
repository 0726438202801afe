/** What an editor knows about each language. */

import type { Completion, CompletionSource } from "@codemirror/autocomplete";
import { json } from "@codemirror/lang-json";
import { PostgreSQL, SQLDialect, SQLite, StandardSQL, sql } from "@codemirror/lang-sql";
import { yaml } from "@codemirror/lang-yaml";
import type { Extension } from "@codemirror/state";

export type Language = "json" | "yaml" | "sql" | "text";
export type SqlDialectName = "redshift" | "snowflake" | "postgres" | "sqlite" | "ansi";

const spec = PostgreSQL.spec;

/** PostgreSQL's words and those that Redshift has beside them: its CREATE TABLE attributes, COPY, UNLOAD and SUPER. */
const Redshift = SQLDialect.define({
  ...spec,
  keywords: `${spec.keywords ?? ""} distkey sortkey diststyle compound interleaved encode backup unload manifest qualify \
iam_role credentials parquet gzip zstd bzip2 lzop maxerror statupdate compupdate acceptinvchars dateformat timeformat top minus pivot unpivot`,
  types: `${spec.types ?? ""} super varbyte hllsketch geography geometry bpchar nvarchar`,
});

/** https://docs.snowflake.com/en/sql-reference/reserved-keywords and what its statements add. */
const Snowflake = SQLDialect.define({
  ...spec,
  slashComments: true,
  doubleDollarQuotedStrings: true,
  specialVar: "$",
  keywords: `${spec.keywords ?? ""} warehouse stage pipe stream task cluster clone transient qualify pivot unpivot lateral flatten \
file_format copy put get list remove undrop minus ilike rlike regexp top sample autoincrement identity masking tag`,
  types: `${spec.types ?? ""} number string variant object array timestamp_ntz timestamp_ltz timestamp_tz binary \
geography geometry float4 float8 byteint tinyint`,
});

const DIALECTS: Record<SqlDialectName, SQLDialect> = {
  redshift: Redshift,
  snowflake: Snowflake,
  postgres: PostgreSQL,
  sqlite: SQLite,
  ansi: StandardSQL,
};

/** Colours and words of a language; with a `completion` source of its own the words of the dialect are left to that. */
export function languageSupport(
  language: Language,
  dialect: SqlDialectName,
  completion?: CompletionSource,
): Extension {
  switch (language) {
    case "json":
      return [json(), completion ? json().language.data.of({ autocomplete: completion }) : []];
    case "yaml":
      return [yaml(), completion ? yaml().language.data.of({ autocomplete: completion }) : []];
    case "sql":
      if (completion)
        return [DIALECTS[dialect].language, DIALECTS[dialect].language.data.of({ autocomplete: completion })];
      return sql({ dialect: DIALECTS[dialect], keywordCompletion: keyword });
    case "text":
      return [];
  }
}

function keyword(label: string, type: string): Completion {
  return { label: type === "keyword" ? label.toUpperCase() : label, type, boost: -1 };
}
