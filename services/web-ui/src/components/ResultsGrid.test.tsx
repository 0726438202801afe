import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it, vi } from "vitest";
import { fakeLayout } from "~/test/layout";
import { renderAt } from "~/test/render";
import { ResultsGrid } from "./ResultsGrid";
import {
  type Cell,
  type Column,
  cellText,
  compareCells,
  shownText,
  sortedPlaces,
  tsv,
} from "./ResultsGridCells";
import { cursorAfter, cursorAt } from "./ResultsGridCursor";
import { RowPages, type RowSource, rowsInMemory } from "./ResultsGridSource";

const COLUMNS: Column[] = [
  { name: "id", type: "bigint", kind: "number" },
  { name: "name", type: "varchar(40)", kind: "string" },
  { name: "extra", type: "super", kind: "json" },
];

function paged(rowCount: number, more: Partial<RowSource> = {}): RowSource {
  return {
    id: "q",
    columns: COLUMNS,
    rowCount,
    complete: true,
    pageRows: 100,
    getPage: vi.fn(async (offset: number) =>
      Array.from({ length: Math.min(100, rowCount - offset) }, (_, row) => [
        offset + row,
        `n${offset + row}`,
        null,
      ]),
    ),
    ...more,
  };
}

describe("cells", () => {
  it.each<[Cell, string]>([
    [null, ""],
    ["", ""],
    [12.5, "12.5"],
    [false, "false"],
    [{ a: [1, null] }, '{"a":[1,null]}'],
    ["a\nb\tc", "a↵b⇥c"],
    ["x".repeat(300), `${"x".repeat(250)}…`],
  ])("shows %j as %s", (cell, text) => {
    expect(shownText(cell)).toBe(text);
  });

  it.each<[Cell, Cell, "number" | "string" | "boolean", number]>([
    [2, 10, "number", -1],
    ["9007199254740993", "9007199254740992", "number", 1],
    ["0.10000000000000000002", "0.10000000000000000001", "number", 1],
    ["1.50", "1.5", "number", 0],
    ["NaN", 1, "number", 1],
    ["b", "a", "string", 1],
    [false, true, "boolean", -1],
  ])("orders %j and %j", (left, right, kind, order) => {
    expect(compareCells(left, right, kind)).toBe(order);
  });

  it("sorts with NULL last either way and keeps the order of equals", () => {
    const cells = [3, null, 1, 3, 2];
    expect([...sortedPlaces(cells, "number", false)]).toEqual([2, 4, 0, 3, 1]);
    expect([...sortedPlaces(cells, "number", true)]).toEqual([0, 3, 4, 2, 1]);
  });

  it("writes text that a spreadsheet reads", () => {
    expect(
      tsv([
        ["a\tb", 'say "x"'],
        [null, { k: 1 }],
      ]),
    ).toBe('"a\tb"\t"say ""x"""\n\t"{""k"":1}"');
    expect(cellText({ k: 1 }, 2)).toBe('{\n  "k": 1\n}');
  });
});

describe("the cursor", () => {
  const bounds = { rows: 50, columns: 4, page: 10 };
  const press = (key: string, more = {}) => ({
    key,
    shiftKey: false,
    ctrlKey: false,
    metaKey: false,
    ...more,
  });
  it.each([
    ["ArrowDown", {}, { row: 6, column: 2 }],
    ["ArrowUp", { ctrlKey: true }, { row: 0, column: 2 }],
    ["End", {}, { row: 5, column: 3 }],
    ["End", { ctrlKey: true }, { row: 49, column: 3 }],
    ["Home", { metaKey: true }, { row: 0, column: 0 }],
    ["PageDown", {}, { row: 15, column: 2 }],
    ["PageUp", {}, { row: 0, column: 2 }],
  ])("goes with %s %j", (key, more, place) => {
    expect(cursorAfter(cursorAt(5, 2), press(key, more), bounds)?.active).toEqual(place);
  });

  it("selects with Shift, all with Ctrl+A, and leaves other keys alone", () => {
    const down = cursorAfter(cursorAt(5, 2), press("ArrowDown", { shiftKey: true }), bounds);
    expect(down?.range).toEqual({ top: 5, bottom: 6, left: 2, right: 2 });
    const all = cursorAfter(cursorAt(5, 2), press("a", { ctrlKey: true }), bounds);
    expect(all?.range).toEqual({ top: 0, bottom: 49, left: 0, right: 3 });
    expect(cursorAfter(cursorAt(0, 0), press("ArrowUp"), bounds)?.active.row).toBe(-1);
    expect(cursorAfter(cursorAt(5, 2), press("x"), bounds)).toBeNull();
  });
});

describe("pages of rows", () => {
  it("are fetched once, again when they have grown, and tell what went wrong", async () => {
    const source = paged(150);
    const pages = new RowPages(source);
    expect((await pages.take(90, 110)).map((row) => row[0])).toEqual(
      Array.from({ length: 20 }, (_, i) => 90 + i),
    );
    await pages.take(0, 150);
    expect(source.getPage).toHaveBeenCalledTimes(2);
    const grown = paged(180);
    pages.update(grown);
    expect(await pages.take(100, 180)).toHaveLength(80);
    expect(grown.getPage).toHaveBeenCalledTimes(1);
    pages.update(paged(300, { getPage: async () => Promise.reject(new Error("gone")) }));
    await expect(pages.take(0, 300)).rejects.toThrow("gone");
    expect(pages.error).toBeInstanceOf(Error);
  });
});

describe("the grid", () => {
  fakeLayout();

  it("shows only what is in sight of many rows, fetches as it goes, and has the whole size for a screen reader", async () => {
    const source = paged(100_000);
    renderAt(<ResultsGrid source={source} label="result" />);
    const grid = screen.getByRole("grid", { name: "result" });
    expect(grid).toHaveAttribute("aria-rowcount", "100001");
    expect(await within(grid).findByText("n3")).toBeVisible();
    expect(within(grid).getAllByRole("row").length).toBeLessThan(60);
    expect(source.getPage).toHaveBeenCalledTimes(1);
  });

  it("tells NULL from the empty text, opens values, and goes by keys", async () => {
    const rows: Cell[][] = [
      [1, "", null],
      [2, null, { deep: { er: true } }],
    ];
    renderAt(<ResultsGrid source={rowsInMemory("m", COLUMNS, rows)} label="result" />);
    const cells = () => screen.getAllByRole("gridcell").map((cell) => cell.textContent);
    expect(cells()).toEqual(["1", "", "NULL", "2", "NULL", '{"deep":{"er":true}}']);
    const user = userEvent.setup();
    await user.tab();
    expect(screen.getAllByRole("gridcell")[0]).toHaveFocus();
    await user.keyboard("{Control>}{End}{/Control}");
    expect(screen.getAllByRole("gridcell")[5]).toHaveFocus();
    await user.keyboard("{Enter}");
    const drawer = await screen.findByRole("dialog");
    expect(drawer).toHaveTextContent('"deep": { "er": true }');
  });

  it("copies what is selected and sorts when all rows are here", async () => {
    const rows: Cell[][] = [
      [10, "b", null],
      [9, "a", null],
    ];
    renderAt(<ResultsGrid source={rowsInMemory("m", COLUMNS, rows)} label="result" />);
    const user = userEvent.setup();
    await user.click(screen.getByText("id"));
    await waitFor(() => expect(screen.getAllByRole("gridcell")[0]).toHaveTextContent("9"));
    expect(screen.getByRole("columnheader", { name: /id/ })).toHaveAttribute("aria-sort", "ascending");
    expect(screen.getByRole("status")).toHaveTextContent("Sorted by id, ascending, among the 2 rows here");
    await user.keyboard("{ArrowDown}{Shift>}{ArrowDown}{ArrowRight}{/Shift}");
    expect(screen.getByText("4 cells selected (2 × 2)")).toBeVisible();
    const setData = vi.fn();
    fireEvent.copy(screen.getByRole("grid"), { clipboardData: { setData } });
    expect(setData).toHaveBeenCalledWith("text/plain", "9\ta\n10\tb");
  });

  it("does not sort a part and says so; says why rows do not come and tries again", async () => {
    let fails = true;
    const source = paged(200, {
      complete: false,
      getPage: async (offset) => {
        if (fails) throw new Error("the result is gone");
        return [[offset, "came", null]];
      },
    });
    renderAt(<ResultsGrid source={source} label="result" />);
    expect(await screen.findByText("the result is gone")).toBeVisible();
    expect(screen.getByRole("grid")).toHaveAttribute("aria-rowcount", "-1");
    fails = false;
    await userEvent.click(screen.getByRole("button", { name: "Try again" }));
    expect(await screen.findByText("came")).toBeVisible();
    expect(screen.getByRole("status")).toHaveTextContent("Sorting waits until all rows are here");
  });
});
