/** Asking the server what a text means, and storing it. */

import { ApiError } from "~/api/client";
import { createExperiment, type Experiment, type ImportDiagnostic, importSql } from "~/api/experiments";
import type { EditorDiagnostic } from "~/components/CodeEditor";
import { type Draft, type Form, importRequest } from "./draft";

export interface Interpretation {
  experiment: Experiment;
  warnings: string[];
  diagnostics: ImportDiagnostic[];
}

export async function submit(draft: Draft, form: Form, dryRun: boolean): Promise<Interpretation> {
  if (form === "sql") return importSql(importRequest(draft, dryRun));
  const { summary, experiment } = await createExperiment(draft[form], form, dryRun);
  return { experiment, warnings: summary.warnings, diagnostics: [] };
}

export interface Finding extends EditorDiagnostic {
  key: string;
  severity: "error" | "warning" | "info";
  path: string | null;
}

/** What is wrong with a text, or the remarks on it that have a place in it. */
export function findingsOf(error: unknown, interpretation: Interpretation | undefined): Finding[] {
  if (error instanceof ApiError) {
    return (error.problem.problems ?? []).map((each, index) => ({
      key: `error ${index}`,
      severity: "error",
      message: each.message,
      path: each.path || null,
      line: each.line ?? null,
      column: each.column ?? null,
      hint: each.hint ?? null,
    }));
  }
  const placed = (interpretation?.diagnostics ?? []).filter((each) => each.line !== null);
  return placed.map((each, index) => ({
    key: `remark ${index}`,
    severity: each.severity,
    message: each.message,
    path: each.table,
    line: each.line,
    column: each.column,
  }));
}

/** Warnings that have no place in the script, to be shown above it. */
export function withoutPlace(interpretation: Interpretation): string[] {
  const placed = new Set(
    interpretation.diagnostics.filter((each) => each.line !== null).map((each) => each.message),
  );
  return interpretation.warnings.filter((text) => !placed.has(text));
}
