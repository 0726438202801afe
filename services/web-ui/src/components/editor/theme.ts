/** The editor's colours: one theme for both schemes, since `light-dark()` follows the page's. */

import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import type { Extension } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { tags } from "@lezer/highlight";

const frame = EditorView.theme({
  "&": {
    color: "var(--mantine-color-text)",
    backgroundColor: "light-dark(var(--mantine-color-white), var(--mantine-color-dark-8))",
    fontSize: "13px",
    border: "1px solid var(--dw-line)",
    borderRadius: "var(--mantine-radius-sm)",
  },
  "&.cm-focused": { outline: "2px solid var(--mantine-primary-color-filled)", outlineOffset: "-1px" },
  ".cm-scroller": { fontFamily: "var(--mantine-font-family-monospace)", lineHeight: "1.5", overflow: "auto" },
  ".cm-content": { caretColor: "var(--mantine-color-text)" },
  ".cm-cursor, .cm-dropCursor": { borderLeftColor: "var(--mantine-color-text)" },
  ".cm-gutters": {
    color: "light-dark(var(--mantine-color-gray-7), var(--mantine-color-dark-1))",
    backgroundColor: "var(--dw-surface)",
    borderRight: "1px solid var(--dw-line)",
  },
  ".cm-activeLine": { backgroundColor: "light-dark(rgba(0, 0, 0, 0.03), rgba(255, 255, 255, 0.04))" },
  ".cm-activeLineGutter": { backgroundColor: "light-dark(rgba(0, 0, 0, 0.06), rgba(255, 255, 255, 0.08))" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    background: "light-dark(#b3dcf2, #1b4d66)",
  },
  ".cm-placeholder": { color: "light-dark(var(--mantine-color-gray-7), var(--mantine-color-dark-1))" },
  ".cm-tooltip, .cm-panels": {
    color: "var(--mantine-color-text)",
    backgroundColor: "light-dark(var(--mantine-color-white), var(--mantine-color-dark-7))",
    border: "1px solid var(--dw-line)",
  },
  ".cm-tooltip-autocomplete > ul": { fontFamily: "var(--mantine-font-family-monospace)" },
  ".cm-tooltip-autocomplete > ul > li[aria-selected]": {
    color: "#fff",
    background: "light-dark(var(--mantine-color-cyan-9), var(--mantine-color-cyan-9))",
  },
  ".cm-completionDetail": { opacity: "0.8", fontStyle: "normal", marginLeft: "1em" },
  ".cm-diagnostic": { maxWidth: "60ch", whiteSpace: "pre-wrap" },
});

const colours = HighlightStyle.define([
  { tag: tags.keyword, color: "light-dark(#8a1f9c, #d7a6f0)" },
  { tag: [tags.typeName, tags.standard(tags.name)], color: "light-dark(#0b6477, #7fd6e8)" },
  { tag: [tags.string, tags.special(tags.string)], color: "light-dark(#22692b, #9bd8a0)" },
  { tag: [tags.number, tags.bool, tags.null], color: "light-dark(#9a3f00, #f3b283)" },
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: "light-dark(#0b4fa0, #93c3ff)" },
  { tag: [tags.comment, tags.meta], color: "light-dark(#5b636b, #a3abb3)", fontStyle: "italic" },
  { tag: tags.invalid, color: "light-dark(#b3171d, #ff9a9a)" },
]);

export const look: Extension = [frame, syntaxHighlighting(colours)];
