/** What the generate dialog holds, and what it asks the server for. */

import type { GenerateRequest } from "~/api/experiments";

export type Entry = string | number;

export interface GenerateForm {
  rows: Record<string, Entry>;
  seed: string;
  batchRows: Entry;
  workers: Entry;
  load: boolean;
}

export const MAX_ROWS = 2 ** 40;
const MAX_SEED = 2n ** 63n;

export function initialForm(tables: readonly { name: string; target_rows: number }[]): GenerateForm {
  return {
    rows: Object.fromEntries(tables.map((table) => [table.name, table.target_rows])),
    seed: "",
    batchRows: "",
    workers: "",
    load: true,
  };
}

/** All row counts times a factor, whole and within what the server takes; what is no number stays as it is. */
export function multiplied(rows: Record<string, Entry>, factor: number): Record<string, Entry> {
  return Object.fromEntries(
    Object.entries(rows).map(([table, value]) => {
      const rows = whole(value);
      return [table, rows === null ? value : Math.min(Math.round(rows * factor), MAX_ROWS)];
    }),
  );
}

function whole(value: Entry): number | null {
  const found = typeof value === "number" ? value : value.trim() === "" ? Number.NaN : Number(value);
  return Number.isSafeInteger(found) ? found : null;
}

/** The whole number that was entered when it is in these bounds (both included), else null. */
export function within(value: Entry, least: number, most: number): number | null {
  const found = whole(value);
  return found !== null && found >= least && found <= most ? found : null;
}

/** What is wrong, by field: `rows.TABLE`, `seed`, `batchRows`, `workers`. */
export function problemsOf(form: GenerateForm): Record<string, string> {
  const problems: Record<string, string> = {};
  for (const [table, value] of Object.entries(form.rows)) {
    const rows = whole(value);
    if (rows === null || rows < 0 || rows > MAX_ROWS) problems[`rows.${table}`] = "A whole number, 0 or more";
  }
  if (form.seed.trim() !== "") {
    const seed = /^-?\d{1,19}$/.test(form.seed.trim()) ? BigInt(form.seed.trim()) : null;
    if (seed === null || seed < -MAX_SEED || seed >= MAX_SEED) problems.seed = "A whole number of 64 bits";
    else if (!Number.isSafeInteger(Number(seed)))
      problems.seed = "At most 9,007,199,254,740,991 from a browser";
  }
  const batch = whole(form.batchRows);
  if (form.batchRows !== "" && (batch === null || batch < 1))
    problems.batchRows = "A whole number, 1 or more";
  const workers = whole(form.workers);
  if (form.workers !== "" && (workers === null || workers < 0 || workers > 1024)) {
    problems.workers = "A whole number from 0 (one a CPU) to 1,024";
  }
  return problems;
}

/** Rows of tables that keep the schema's count are left out, so that the run follows the schema. */
export function requestOf(
  form: GenerateForm,
  tables: readonly { name: string; target_rows: number }[],
): GenerateRequest {
  const rows: Record<string, number> = {};
  for (const table of tables) {
    const wanted = whole(form.rows[table.name] ?? table.target_rows);
    if (wanted !== null && wanted !== table.target_rows) rows[table.name] = wanted;
  }
  return {
    rows,
    seed: form.seed.trim() === "" ? null : Number(form.seed),
    batch_rows: form.batchRows === "" ? null : whole(form.batchRows),
    workers: form.workers === "" ? null : whole(form.workers),
    load: form.load,
  };
}

export function totalRows(rows: Record<string, Entry>): number {
  return Object.values(rows).reduce<number>((sum, value) => sum + (whole(value) ?? 0), 0);
}
