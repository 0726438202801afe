import { type Ref, useMemo } from "react";
import type { Database, Warehouse, Words } from "~/api/queries";
import {
  CodeEditor,
  type CodeEditorHandle,
  type EditorDiagnostic,
  type KeyBinding,
} from "~/components/CodeEditor";
import { sqlCompletion } from "./completion";

const NO_DATABASES: readonly Database[] = [];

/** The code editor with what the warehouse knows; a file of its own, so that the screen is there before it. */
export function SqlEditor({
  value,
  onChange,
  warehouse,
  experiment,
  databases = NO_DATABASES,
  words,
  diagnostics,
  keymap,
  height,
  ref,
}: {
  value: string;
  onChange: (value: string) => void;
  warehouse: Warehouse | null;
  experiment: string | null;
  databases: readonly Database[] | undefined;
  words: Words | undefined;
  diagnostics: readonly EditorDiagnostic[];
  keymap: readonly KeyBinding[];
  height: string;
  ref: Ref<CodeEditorHandle>;
}) {
  const completion = useMemo(
    () => (warehouse === null ? undefined : sqlCompletion(warehouse, databases, words, experiment)),
    [warehouse, databases, words, experiment],
  );
  return (
    <CodeEditor
      label="SQL"
      language="sql"
      dialect={warehouse ?? "ansi"}
      value={value}
      onChange={onChange}
      diagnostics={diagnostics}
      keymap={keymap}
      height={height}
      placeholder="select …   (Ctrl+Enter runs it)"
      ref={ref}
      {...(completion ? { completion } : {})}
    />
  );
}
