/** Findings at a line and column, as the server gives them, and as CodeMirror wants them. */

import type { Diagnostic } from "@codemirror/lint";
import type { Text } from "@codemirror/state";

export interface EditorDiagnostic {
  message: string;
  /** 1-based; a finding without a line is not shown in the text. */
  line?: number | null;
  /** 1-based, in characters; without it the whole line is marked. */
  column?: number | null;
  severity?: "error" | "warning" | "info";
  hint?: string | null;
}

/** The offset of a 1-based line and column, inside the document whatever they are. */
export function offsetAt(doc: Text, line: number, column: number | null | undefined): number {
  const found = doc.line(Math.min(Math.max(line, 1), doc.lines));
  return Math.min(found.from + Math.max((column ?? 1) - 1, 0), found.to);
}

export function toDiagnostics(doc: Text, findings: readonly EditorDiagnostic[]): Diagnostic[] {
  const diagnostics: Diagnostic[] = [];
  for (const finding of findings) {
    if (finding.line == null) continue;
    const line = doc.line(Math.min(Math.max(finding.line, 1), doc.lines));
    const from = finding.column == null ? line.from : offsetAt(doc, finding.line, finding.column);
    const word =
      finding.column == null ? line.text : (/^(\w+|\W)/.exec(line.text.slice(from - line.from))?.[0] ?? "");
    diagnostics.push({
      from,
      to: Math.min(from + word.length, line.to),
      severity: finding.severity ?? "error",
      message: finding.hint ? `${finding.message}\n${finding.hint}` : finding.message,
    });
  }
  return diagnostics;
}
