/** What was typed into the form of a new experiment. It outlives a change of tabs, an error and a reload of the page. */

import { useDebouncedCallback } from "@mantine/hooks";
import { useCallback, useState } from "react";
import type { Dialect, ImportRequest } from "~/api/experiments";
import type { Warehouse } from "~/api/jobs";

export type Form = "sql" | "json" | "yaml";
export const FORMS: Form[] = ["sql", "json", "yaml"];

export interface Draft {
  sql: string;
  json: string;
  yaml: string;
  name: string;
  dialect: Dialect;
  warehouses: Warehouse[];
  rows: number | string;
  surrogate: boolean;
}

export const EMPTY: Draft = {
  sql: "",
  json: "",
  yaml: "",
  name: "",
  dialect: "redshift",
  warehouses: ["redshift", "snowflake"],
  rows: 1000,
  surrogate: true,
};

const KEY = "dw-simulator-new-experiment";

export function readDraft(stored: string | null): Draft {
  if (stored === null) return EMPTY;
  try {
    const value: unknown = JSON.parse(stored);
    return typeof value === "object" && value !== null ? { ...EMPTY, ...value } : EMPTY;
  } catch {
    // Of another version, or written by hand: begin anew.
    return EMPTY;
  }
}

/** The draft, how it is changed, and whether this tab keeps it (not when it is larger than what the browser stores). */
export function useDraft() {
  const [draft, setDraft] = useState<Draft>(() => readDraft(sessionStorage.getItem(KEY)));
  const [kept, setKept] = useState(true);
  const keep = useDebouncedCallback((value: Draft) => {
    try {
      sessionStorage.setItem(KEY, JSON.stringify(value));
      setKept(true);
    } catch {
      setKept(false);
    }
  }, 300);
  const change = useCallback(
    (part: Partial<Draft>) =>
      setDraft((now) => {
        const next = { ...now, ...part };
        keep(next);
        return next;
      }),
    [keep],
  );
  const forget = useCallback(() => {
    keep.cancel();
    sessionStorage.removeItem(KEY);
  }, [keep]);
  return { draft, change, kept, forget };
}

/** The form that a file's name or its text speak of. */
export function formOf(fileName: string, text: string): Form {
  if (/\.json$/i.test(fileName)) return "json";
  if (/\.ya?ml$/i.test(fileName)) return "yaml";
  if (/\.(sql|ddl|txt)$/i.test(fileName)) return "sql";
  if (/^\s*\{/.test(text)) return "json";
  return /^\s*[\w"']+\s*:/m.test(text) && !/\bcreate\s/i.test(text) ? "yaml" : "sql";
}

/** A name for an experiment from that of its file. */
export function nameOf(fileName: string): string {
  const stem = fileName.replace(/\.[^.]*$/, "");
  return stem
    .replace(/\W+/g, "_")
    .replace(/^_+|_+$/g, "")
    .slice(0, 63)
    .toLowerCase();
}

export function importRequest(draft: Draft, dryRun: boolean): ImportRequest {
  const rows = typeof draft.rows === "number" ? draft.rows : Number.parseInt(draft.rows, 10);
  return {
    sql: draft.sql,
    dialect: draft.dialect,
    name: draft.name.trim(),
    surrogate_key: draft.surrogate,
    target_warehouse: draft.warehouses,
    target_rows: Number.isFinite(rows) ? rows : null,
    dry_run: dryRun,
  };
}

/** What has to be filled in before the server can be asked, by field. */
export function missing(draft: Draft, form: Form): Record<string, string> {
  const problems: Record<string, string> = {};
  if (draft[form].trim() === "") problems.text = "There is nothing to check yet: type it, or open a file.";
  if (form !== "sql") return problems;
  if (draft.name.trim() === "") problems.name = "The experiment needs a name";
  if (draft.warehouses.length === 0) problems.warehouses = "Choose at least one warehouse";
  return problems;
}
