import { Text } from "@codemirror/state";
import { act, render, screen } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";
import { Providers } from "~/Providers";
import { CodeEditor, type CodeEditorHandle } from "./CodeEditor";
import { toDiagnostics } from "./editor/diagnostics";

const DOC = Text.of(["create table t (", "  a integr,", ");"]);

describe("toDiagnostics", () => {
  it.each([
    ["the word at its column", { line: 2, column: 5 }, "integr"],
    ["the whole line without a column", { line: 2 }, "  a integr,"],
    ["one character that is no word", { line: 3, column: 1 }, ")"],
    ["nothing past the line's end", { line: 2, column: 99 }, ""],
    ["the last line for one beyond it", { line: 9, column: 2 }, ";"],
  ])("marks %s", (_name, place, marked) => {
    const [found] = toDiagnostics(DOC, [{ message: "bad", ...place }]);
    expect(DOC.sliceString(found?.from ?? 0, found?.to ?? 0)).toBe(marked);
  });

  it("leaves out what has no place", () => {
    expect(toDiagnostics(DOC, [{ message: "bad", line: null }])).toEqual([]);
  });
});

describe("the editor", () => {
  it("gives what is typed, takes what is set, and goes to a place", () => {
    const handle: { current: CodeEditorHandle | null } = { current: null };
    const onChange = vi.fn();
    const editor = (value: string) => (
      <Providers>
        <CodeEditor label="SQL" language="sql" value={value} onChange={onChange} ref={handle} />
      </Providers>
    );
    const { rerender } = render(editor("select 1"));
    expect(screen.getByLabelText("SQL")).toHaveTextContent("select 1");

    act(() => handle.current?.insert("-- "));
    expect(onChange.mock.calls).toEqual([["-- select 1"]]);

    rerender(editor("one\ntwo"));
    expect(handle.current?.current().text).toBe("one\ntwo");
    expect(onChange).toHaveBeenCalledTimes(1);

    act(() => handle.current?.goTo(2, 3));
    expect(handle.current?.current().cursor).toBe(6);
  });
});
