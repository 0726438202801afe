/** Which part of a text is run: what is selected, or the statement at the cursor. */

export interface Span {
  from: number;
  to: number;
}

/** Quoted parts and comments, in which a semicolon ends nothing. Snowflake has // comments and $$ texts. */
const OPAQUE =
  /'(?:[^'\\]|\\[\s\S]|'')*'?|"(?:[^"]|"")*"?|\$\$[\s\S]*?(?:\$\$|$)|--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|;/g;

/** The statements of a text without the semicolons; blanks and lone comments are none. */
export function statementsOf(text: string): Span[] {
  const spans: Span[] = [];
  let begin = 0;
  const close = (end: number) => {
    const piece = text.slice(begin, end);
    const from = begin + (piece.length - piece.trimStart().length);
    const span = { from, to: from + piece.trim().length };
    if (isStatement(text.slice(span.from, span.to))) spans.push(span);
    begin = end + 1;
  };
  for (const found of text.matchAll(OPAQUE)) if (found[0] === ";") close(found.index);
  close(text.length);
  return spans;
}

function isStatement(text: string): boolean {
  return text.replace(/--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)/g, "").trim() !== "";
}

/** The statement around the cursor, else the one before it, else the first; null: there is none. */
export function statementAt(text: string, cursor: number): Span | null {
  const spans = statementsOf(text);
  const around = spans.find((span) => cursor >= span.from && cursor <= span.to + 1);
  if (around) return around;
  return spans.findLast((span) => span.to < cursor) ?? spans[0] ?? null;
}

/** Where a selection is, known by its text and one of its ends. */
export function selectedSpan(text: string, selection: string, head: number): Span {
  const before = head - selection.length;
  if (before >= 0 && text.slice(before, head) === selection) return { from: before, to: head };
  return { from: head, to: head + selection.length };
}

export interface Chosen {
  sql: string;
  /** Where it begins in the text, for the places of errors. */
  from: number;
  what: "selection" | "statement" | "all";
}

export function chosenSql(
  current: { text: string; cursor: number },
  selection: string,
  everything: boolean,
): Chosen | null {
  const { text, cursor } = current;
  if (everything) return text.trim() === "" ? null : { sql: text, from: 0, what: "all" };
  if (selection.trim() !== "")
    return { sql: selection, from: selectedSpan(text, selection, cursor).from, what: "selection" };
  const span = statementAt(text, cursor);
  return span === null
    ? null
    : {
        sql: text.slice(span.from, span.to),
        from: span.from,
        what: statementsOf(text).length > 1 ? "statement" : "all",
      };
}

/** A place in what was run, as a place in the text it was taken from (all 1-based). */
export function placeInText(
  text: string,
  from: number,
  line: number,
  column: number | null,
): { line: number; column: number | null } {
  const before = text.slice(0, from);
  const first = before.split("\n").length;
  if (line > 1) return { line: first + line - 1, column };
  return { line: first, column: (column ?? 1) + from - (before.lastIndexOf("\n") + 1) };
}
