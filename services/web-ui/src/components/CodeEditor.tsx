/** A text editor for SQL, JSON and YAML. */

import {
  autocompletion,
  type CompletionSource,
  closeBrackets,
  closeBracketsKeymap,
  completionKeymap,
} from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { bracketMatching, foldGutter, foldKeymap, indentOnInput } from "@codemirror/language";
import { lintGutter, lintKeymap, setDiagnostics } from "@codemirror/lint";
import { highlightSelectionMatches, searchKeymap } from "@codemirror/search";
import { Compartment, EditorState, type Extension, Prec } from "@codemirror/state";
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  highlightSpecialChars,
  type KeyBinding,
  keymap,
  lineNumbers,
  placeholder,
} from "@codemirror/view";
import { Box, useComputedColorScheme } from "@mantine/core";
import { type Ref, useEffect, useImperativeHandle, useRef } from "react";
import { type EditorDiagnostic, offsetAt, toDiagnostics } from "./editor/diagnostics";
import { type Language, languageSupport, type SqlDialectName } from "./editor/language";
import { look } from "./editor/theme";

export type { CompletionSource, EditorDiagnostic, KeyBinding, Language, SqlDialectName };

export interface CodeEditorHandle {
  focus: () => void;
  /** Put the cursor at a 1-based line and column, in sight and with the focus. */
  goTo: (line: number, column?: number | null) => void;
  /** The selected text; empty when nothing is selected. */
  selection: () => string;
  /** The whole text up to the newest keystroke, and the offset of the cursor in it. */
  current: () => { text: string; cursor: number };
  /** Put text where the cursor or the selection is. */
  insert: (text: string) => void;
}

export interface CodeEditorProps {
  /** What the editor is for, said by a screen reader. */
  label: string;
  value: string;
  onChange?: (value: string) => void;
  language: Language;
  /** Of SQL; the standard's by default. */
  dialect?: SqlDialectName;
  diagnostics?: readonly EditorDiagnostic[];
  /** A CSS length; the text scrolls inside it. */
  height?: string;
  /** Instead of the language's own completion. Keep it stable (useCallback, useMemo). */
  completion?: CompletionSource;
  /** Before the editor's own keys. Keep it stable or not: the newest is used. */
  keymap?: readonly KeyBinding[];
  readOnly?: boolean;
  placeholder?: string;
  /** Long lines are wrapped instead of scrolled. */
  wrap?: boolean;
  ref?: Ref<CodeEditorHandle>;
}

const NONE: readonly EditorDiagnostic[] = [];

export function CodeEditor(props: CodeEditorProps) {
  const { value, language, dialect = "ansi", diagnostics = NONE, height = "360px", completion } = props;
  const dark = useComputedColorScheme("light", { getInitialValueInEffect: false }) === "dark";
  const place = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const newest = useRef(props);
  newest.current = props;
  const known = useRef(value);
  const parts = useRef({ language: new Compartment(), options: new Compartment() });

  useEffect(() => {
    if (place.current === null) return;
    known.current = newest.current.value;
    const editor = new EditorView({
      parent: place.current,
      state: EditorState.create({
        doc: newest.current.value,
        extensions: [
          parts.current.options.of([]),
          parts.current.language.of([]),
          BASE,
          EditorView.updateListener.of((update) => {
            if (!update.docChanged) return;
            const text = update.state.doc.toString();
            if (text === known.current) return;
            known.current = text;
            newest.current.onChange?.(text);
          }),
        ],
      }),
    });
    view.current = editor;
    return () => {
      view.current = null;
      editor.destroy();
    };
  }, []);

  const { label, readOnly = false, wrap = false, keymap: keys, placeholder: hint } = props;
  useEffect(() => {
    const options: Extension[] = [
      EditorView.darkTheme.of(dark),
      EditorView.contentAttributes.of({ "aria-label": label, "aria-description": LEAVING }),
      EditorState.readOnly.of(readOnly),
    ];
    if (keys) options.push(Prec.highest(keymap.of(keys)));
    if (wrap) options.push(EditorView.lineWrapping);
    if (hint) options.push(placeholder(hint));
    view.current?.dispatch({ effects: parts.current.options.reconfigure(options) });
  }, [dark, label, readOnly, wrap, keys, hint]);

  useEffect(() => {
    const support = languageSupport(language, dialect, completion);
    view.current?.dispatch({ effects: parts.current.language.reconfigure(support) });
  }, [language, dialect, completion]);

  useEffect(() => {
    const editor = view.current;
    if (editor === null) return;
    if (value !== known.current) {
      known.current = value;
      editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: value } });
    }
  }, [value]);

  useEffect(() => {
    const editor = view.current;
    if (editor === null) return;
    editor.dispatch(setDiagnostics(editor.state, toDiagnostics(editor.state.doc, diagnostics)));
  }, [diagnostics]);

  useImperativeHandle(props.ref, () => handleOf(view), []);

  return <Box ref={place} h={height} style={{ display: "grid", minWidth: 0, overflow: "hidden" }} />;
}

const LEAVING = "Escape, then Tab leaves the editor.";

const BASE: Extension = [
  look,
  lineNumbers(),
  highlightActiveLineGutter(),
  highlightSpecialChars(),
  history(),
  foldGutter(),
  lintGutter(),
  drawSelection(),
  EditorState.allowMultipleSelections.of(true),
  indentOnInput(),
  bracketMatching(),
  closeBrackets(),
  autocompletion(),
  highlightActiveLine(),
  highlightSelectionMatches(),
  keymap.of([
    ...closeBracketsKeymap,
    ...completionKeymap,
    ...searchKeymap,
    ...historyKeymap,
    ...foldKeymap,
    ...lintKeymap,
    ...defaultKeymap,
    indentWithTab,
  ]),
];

function handleOf(view: { readonly current: EditorView | null }): CodeEditorHandle {
  return {
    focus: () => view.current?.focus(),
    goTo: (line, column) => {
      const editor = view.current;
      if (editor === null) return;
      const anchor = offsetAt(editor.state.doc, line, column);
      editor.dispatch({ selection: { anchor }, effects: EditorView.scrollIntoView(anchor, { y: "center" }) });
      editor.focus();
    },
    selection: () => {
      const state = view.current?.state;
      if (state === undefined) return "";
      return state.sliceDoc(state.selection.main.from, state.selection.main.to);
    },
    current: () => {
      const state = view.current?.state;
      return { text: state?.doc.toString() ?? "", cursor: state?.selection.main.head ?? 0 };
    },
    insert: (text) => {
      const editor = view.current;
      if (editor === null) return;
      editor.dispatch(editor.state.replaceSelection(text));
      editor.focus();
    },
  };
}
