import { describe, expect, it } from "vitest";
import type { GraphKey, GraphTable } from "~/api/graph";
import { arrangeLineage, related } from "./lineage";
import { arrange, CARD_WIDTH, cardsOf, cyclesOf, inCycle, keyText, neighbours } from "./model";
import { keyLine } from "./paths";
import { svgOf } from "./svg";

function table(name: string, ...columns: string[]): GraphTable {
  return {
    name,
    target_rows: 10,
    columns: columns.map((column) => ({
      name: column,
      type: "INT",
      primary_key: column === "id",
      unique: false,
      nullable: false,
      rule: null,
      references: null,
    })),
  };
}

function key(from: string, to: string, columns = ["id"], toColumns = columns): GraphKey {
  return {
    from_table: from,
    from_columns: columns,
    to_table: to,
    to_columns: toColumns,
    composite: columns.length > 1,
    nullable: false,
  };
}

const ORDERS = {
  tables: [
    table("orders", "id", "line", "note"),
    table("items", "id", "order", "line"),
    table("alone", "id"),
  ],
  keys: [key("items", "orders", ["order", "line"], ["id", "line"])],
};

describe("the key graph", () => {
  it("stands tables to the right of those they refer to, and those without keys below", () => {
    const cards = cardsOf(ORDERS, {});
    const places = arrange(cards, ORDERS.keys);
    expect((places.items?.x ?? 0) - (places.orders?.x ?? 0)).toBeGreaterThan(CARD_WIDTH);
    expect(places.alone?.y).toBeGreaterThan(cards[0]?.height ?? 0);
  });

  it("breaks a rank of many tables into columns, none on top of another", () => {
    const tables = [
      table("hub", "id"),
      ...Array.from({ length: 99 }, (_, at) => table(`t${at}`, "id", "hub")),
    ];
    const keys = tables.slice(1).map((each) => key(each.name, "hub", ["hub"], ["id"]));
    const cards = cardsOf({ tables, keys }, {});
    const places = arrange(cards, keys);
    const ends = cards.map((card) => (places[card.table.name]?.y ?? 0) + card.height);
    expect(Math.max(...ends)).toBeLessThan(4_000);
    expect(new Set(Object.values(places).map(({ x, y }) => `${x},${y}`)).size).toBe(100);
  });

  it("folds wide tables to their keys, and does what the user wants", () => {
    const wide = table("wide", "id", ...Array.from({ length: 20 }, (_, index) => `c${index}`));
    const graph = { tables: [wide, table("other", "id")], keys: [key("other", "wide", ["id"], ["c3"])] };
    expect(cardsOf(graph, {})[0]?.columns.map((column) => column.name)).toEqual(["id", "c3"]);
    expect(cardsOf(graph, { wide: true })[0]?.hidden).toBe(0);
  });

  it.each([
    ["a chain", [key("a", "b"), key("b", "c")], []],
    ["a self reference", [key("a", "a")], []],
    ["a circle", [key("a", "b"), key("b", "c"), key("c", "a"), key("d", "a")], [["a", "b", "c"]]],
  ])("finds circles in %s", (_, keys, expected) => {
    const cycles = cyclesOf(keys).map((cycle) => [...cycle].sort());
    expect(cycles).toEqual(expected);
    expect(keys.filter((each) => inCycle(each, cycles))).toHaveLength(expected.length * 3);
  });

  it("names both sides of a composite key, and draws it as one line with short ones to its columns", () => {
    const [only] = ORDERS.keys;
    if (!only) throw new Error("no key");
    expect(keyText(only)).toBe("items.(order, line) → orders.(id, line)");
    const [orders, items] = cardsOf(ORDERS, {});
    if (!orders || !items) throw new Error("no cards");
    const line = keyLine(
      { card: items, at: { x: 400, y: 0 }, columns: only.from_columns },
      { card: orders, at: { x: 0, y: 0 }, columns: only.to_columns },
      false,
    );
    expect(line.stubs).toHaveLength(4);
    expect(line.into).toBe("right");
  });

  it("is a picture that names cannot break", () => {
    const graph = { tables: [table('<a> & "b"\u0007', "id", "parent")], keys: [] };
    const cards = cardsOf(graph, {});
    const { svg } = svgOf(graph, cards, arrange(cards, []), []);
    const parsed = new DOMParser().parseFromString(svg, "image/svg+xml");
    expect(parsed.querySelector("parsererror")).toBeNull();
    expect(parsed.documentElement.textContent).toContain('<a> & "b" ');
  });

  it("knows the neighbours of a table, both ways", () => {
    expect([...neighbours("b", [key("a", "b"), key("b", "c"), key("c", "d")])].sort()).toEqual([
      "a",
      "b",
      "c",
    ]);
  });
});

describe("the lineage", () => {
  const node = (
    id: string,
    kind: "schema_table" | "run" | "file_group" | "warehouse_table",
    of: string | null,
  ) => ({
    id,
    kind,
    label: id,
    table: of,
    detail: {},
  });
  const lineage = {
    nodes: [
      node("s:b", "schema_table", "b"),
      node("s:a", "schema_table", "a"),
      node("r", "run", null),
      node("f:a", "file_group", "a"),
      node("f:b", "file_group", "b"),
      node("w:a", "warehouse_table", "a"),
    ],
    edges: [
      { source: "s:a", target: "r", label: "" },
      { source: "s:b", target: "r", label: "" },
      { source: "r", target: "f:a", label: "" },
      { source: "r", target: "f:b", label: "" },
      { source: "f:a", target: "w:a", label: "" },
    ],
  };

  it("stands each kind in a column of its own, in the order of the schema", () => {
    const places = arrangeLineage(lineage);
    expect(places["f:b"]?.y).toBeLessThan(places["f:a"]?.y ?? 0);
    expect(places["s:a"]?.x).toBe(places["s:b"]?.x);
    expect(places.r?.x).toBeLessThan(places["f:a"]?.x ?? 0);
  });

  it("follows what a box comes from and goes to, not its neighbours' other ways", () => {
    expect([...related("f:a", lineage.edges)].sort()).toEqual(["f:a", "r", "s:a", "s:b", "w:a"]);
  });
});
