import { describe, expect, it } from "vitest";
import type { Comparison, Database } from "~/api/queries";
import type { Cell, Column } from "~/components/ResultsGridCells";
import { matching } from "./CatalogPanel";
import { points, seriesNames, usualChart } from "./chart";
import { columnPlaces } from "./comparison";
import { homeSchema, written } from "./names";
import { chosenSql, placeInText, selectedSpan, statementAt, statementsOf } from "./statements";
import { storedTabs, type Tabs, tabsAfter } from "./tabs";

describe("statements of a text", () => {
  it.each([
    ["select 1; select 2", ["select 1", "select 2"]],
    ["select ';' ; -- a; b\nselect \"x;y\"", ["select ';'", '-- a; b\nselect "x;y"']],
    ["do $$ begin; end $$; /* ; */ ;", ["do $$ begin; end $$"]],
    ["select 'it''s; \\'; ok'", ["select 'it''s; \\'; ok'"]],
    ["  \n -- nothing", []],
    ["select 'open; ", ["select 'open;"]],
  ])("%j", (text, expected) => {
    expect(statementsOf(text).map(({ from, to }) => text.slice(from, to))).toEqual(expected);
  });

  it("runs the selection, else the statement at the cursor, else everything", () => {
    const text = "select 1;\n\nselect 2;\n";
    const at = (cursor: number) => {
      const span = statementAt(text, cursor);
      return span && text.slice(span.from, span.to);
    };
    expect([0, 8, 9, 10, 13, text.length].map(at)).toEqual([
      "select 1",
      "select 1",
      "select 1",
      "select 1",
      "select 2",
      "select 2",
    ]);
    expect(chosenSql({ text, cursor: 19 }, "2", false)).toMatchObject({
      sql: "2",
      what: "selection",
      from: 18,
    });
    expect(chosenSql({ text, cursor: 14 }, "", false)).toMatchObject({
      sql: "select 2",
      what: "statement",
      from: 11,
    });
    expect(chosenSql({ text, cursor: 14 }, "", true)).toMatchObject({ sql: text, what: "all", from: 0 });
    expect(chosenSql({ text: "select 1", cursor: 0 }, "", false)).toMatchObject({ what: "all" });
    expect(chosenSql({ text: " -- x", cursor: 0 }, "", false)).toBeNull();
    expect(selectedSpan("ab ab", "ab", 3)).toEqual({ from: 3, to: 5 });
  });

  it("finds the place of an error in the whole text", () => {
    const text = "select 1;\n  select\n foo";
    expect(placeInText(text, 12, 1, 3)).toEqual({ line: 2, column: 5 });
    expect(placeInText(text, 12, 2, 2)).toEqual({ line: 3, column: 2 });
  });
});

describe("tabs", () => {
  const empty = storedTabs(null, "a");
  const opened = (state: Tabs, id: string, sql: string) =>
    tabsAfter(state, { kind: "open", id, content: { sql, warehouse: "redshift" } });

  it("open into an empty tab, else as a new one, and never twice", () => {
    const one = opened(empty, "b", "select 1");
    expect(one.tabs.map((tab) => [tab.id, tab.name])).toEqual([["b", "Query 1"]]);
    const two = opened(one, "c", "select 2");
    expect(two.tabs.map((tab) => tab.name)).toEqual(["Query 1", "Query 2"]);
    expect(opened(two, "d", "select 1")).toMatchObject({ active: "b", tabs: { length: 2 } });
  });

  it("show a neighbour when one is closed, and are never none", () => {
    const two = opened(opened(empty, "b", "select 1"), "c", "select 2");
    const one = tabsAfter(two, { kind: "close", id: "c", next: "x" });
    expect(one.active).toBe("b");
    expect(tabsAfter(one, { kind: "close", id: "b", next: "x" })).toMatchObject({
      active: "x",
      tabs: [{ sql: "" }],
    });
  });

  it.each(["nonsense", "null", '{"tabs":[]}', '{"tabs":[{"id":1}]}'])("begin anew after %s", (text) => {
    expect(storedTabs(text, "a")).toEqual(empty);
  });
});

const column = (name: string, kind: Column["kind"]): Column => ({ name, kind, type: kind });

describe("charts", () => {
  const at = (day: number): Cell => `2024-01-${String(day).padStart(2, "0")}`;
  it.each<[string, Column[], Cell[][], object]>([
    [
      "names and a number",
      [column("kind", "string"), column("n", "number")],
      [
        ["a", 1],
        ["b", 2],
      ],
      { type: "bar", x: 0, y: [1], aggregate: "none" },
    ],
    [
      "names that come again",
      [column("kind", "string"), column("n", "number")],
      [
        ["a", 1],
        ["a", 2],
      ],
      { type: "bar", aggregate: "sum" },
    ],
    [
      "moments",
      [column("n", "number"), column("day", "date")],
      [
        [1, at(1)],
        [2, at(2)],
      ],
      { type: "line", x: 1, y: [0], bucket: "none" },
    ],
    [
      "names alone",
      [column("kind", "string")],
      [["a"], ["b"]],
      { type: "bar", x: 0, y: [], aggregate: "count" },
    ],
    [
      "a key and two numbers",
      [column("id", "number"), column("a", "number"), column("b", "number")],
      Array.from({ length: 40 }, (_, i) => [i, i, i]),
      { type: "scatter", x: 1, y: [2] },
    ],
    ["one number", [column("n", "number")], [[1]], { type: "bar", x: null, y: [0] }],
  ])("of %s", (_name, columns, rows, expected) => {
    expect(usualChart(columns, rows)).toMatchObject(expected);
  });

  it("put rows together, in the order of time, decimals as numbers and NULL left out", () => {
    const columns = [column("day", "date"), column("n", "number")];
    const rows: Cell[][] = [
      [at(2), "1.50"],
      [at(1), 2],
      [at(2), null],
      [null, 7],
    ];
    const choice = { type: "line", x: 0, y: [1], aggregate: "avg", bucket: "none" } as const;
    expect(points(rows, columns, { ...choice, y: [1] })).toEqual([
      { x: "2024-01-01", y0: 2 },
      { x: "2024-01-02", y0: 1.5 },
      { x: "NULL", y0: 7 },
    ]);
    expect(points(rows, columns, { ...choice, y: [1], bucket: "month", aggregate: "count" })[0]).toEqual({
      x: "2024-01",
      y0: 3,
    });
    expect(seriesNames(columns, { ...choice, y: [1] })).toEqual(["avg of n"]);
  });

  it("draw the small slices as one", () => {
    const rows: Cell[][] = Array.from({ length: 30 }, (_, i) => [`k${i}`, i]);
    const found = points(rows, [column("k", "string"), column("n", "number")], {
      type: "pie",
      x: 0,
      y: [1],
      aggregate: "none",
      bucket: "none",
    });
    expect(found).toHaveLength(12);
    expect(found.at(-1)).toEqual({ x: "all others", y0: 171 });
  });
});

describe("names", () => {
  it.each([
    ["orders", "redshift", "orders"],
    ["Orders", "redshift", '"Orders"'],
    ["ORDERS", "snowflake", "orders"],
    ["orders", "snowflake", '"orders"'],
    ["ORDER", "snowflake", '"ORDER"'],
    ['a "b"', "sqlite", '"a ""b"""'],
  ] as const)("%s in %s is %s", (name, warehouse, expected) => {
    expect(written(name, warehouse)).toBe(expected);
  });

  it("are found in the catalog by table and column, at home where the experiment is", () => {
    const table = (name: string, ...columns: string[]) => ({
      name,
      kind: "table",
      rows: 1,
      columns: columns.map((each) => ({ name: each, type: "int", kind: "number" as const, nullable: true })),
    });
    const databases: Database[] = [
      {
        name: "dev",
        schemas: [
          { name: "public", experiment: null, tables: [table("notes", "text")] },
          {
            name: "shop",
            experiment: "shop",
            tables: [table("orders", "order_id"), table("customers", "email")],
          },
        ],
      },
    ];
    const names = (text: string) =>
      matching(databases, text).flatMap(({ schemas }) =>
        schemas.flatMap(({ tables }) => tables.map(({ name }) => name)),
      );
    expect(names("ORDER")).toEqual(["orders"]);
    expect(names("email")).toEqual(["customers"]);
    expect(homeSchema(databases, "redshift", "shop")?.schema.name).toBe("shop");
    expect(homeSchema(databases, "redshift", null)?.schema.name).toBe("public");
  });
});

describe("columns of a comparison", () => {
  const side = (...names: string[]) => ({ columns: names.map((name) => column(name, "number")) });
  const compared = (left: string[], right: string[], columns: [string, boolean, boolean][]) =>
    columnPlaces({
      left: side(...left),
      right: side(...right),
      columns: columns.map(([name, here, there]) => ({
        name,
        left_type: here ? "int" : null,
        right_type: there ? "int" : null,
        comparable: here && there,
      })),
    } as unknown as Comparison).map((place) => [place.left, place.right]);

  it.each([
    [
      "by name in another order",
      ["a", "B"],
      ["b", "A"],
      [
        ["a", true, true],
        ["B", true, true],
      ],
      [
        [0, 1],
        [1, 0],
      ],
    ],
    [
      "by position",
      ["a", "n"],
      ["a", "count"],
      [
        ["a", true, true],
        ["n", true, true],
      ],
      [
        [0, 0],
        [1, 1],
      ],
    ],
    [
      "that one side lacks",
      ["a", "x"],
      ["a", "y", "z"],
      [
        ["a", true, true],
        ["x", true, false],
        ["y", false, true],
        ["z", false, true],
      ],
      [
        [0, 0],
        [1, null],
        [null, 1],
        [null, 2],
      ],
    ],
  ] as [string, string[], string[], [string, boolean, boolean][], (number | null)[][]][])(
    "%s",
    (_name, left, right, columns, expected) => {
      expect(compared(left, right, columns)).toEqual(expected);
    },
  );
});
