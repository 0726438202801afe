import { describe, expect, it } from "vitest";
import type { CatalogDatabase, CatalogTable } from "~/api/catalog";
import { firstRowsSql, sqlPath, tablePath } from "./places";
import { afterKey, idOf, treeLines } from "./tree";

const table = (name: string): CatalogTable => ({ name, kind: "table", rows: null, columns: null });

const CATALOG: CatalogDatabase[] = [
  {
    name: "app",
    schemas: [
      { name: "public", experiment: null, tables: [table("users")] },
      { name: "logs", experiment: null, tables: [table("events")] },
    ],
  },
  {
    name: "dw",
    schemas: [
      { name: "other", experiment: null, tables: [table("orders_old")] },
      { name: "shop", experiment: "shop", tables: [table("customers"), table("orders")] },
    ],
  },
];

const labels = (opened: Record<string, boolean>, filter = "") =>
  treeLines(CATALOG, opened, filter).map((line) => line.label);

describe("the tree of a catalog", () => {
  it.each<[string, Record<string, boolean>, string, string[]]>([
    ["experiments first, and open", {}, "", ["dw", "shop", "customers", "orders", "other", "app"]],
    [
      "what the user opened and closed",
      { [idOf("dw", "shop")]: false, [idOf("app")]: true },
      "",
      ["dw", "shop", "other", "app", "public", "logs"],
    ],
    ["tables of a name", {}, "ORDERS", ["dw", "shop", "orders", "other", "orders_old"]],
    ["all tables of a schema of the name", {}, "logs", ["app", "logs", "events"]],
    ["nothing", {}, "none", []],
  ])("shows %s", (_, opened, filter, expected) => {
    expect(labels(opened, filter)).toEqual(expected);
  });

  it("is moved through and opened with the arrow keys", () => {
    const lines = treeLines(CATALOG, {}, "");
    expect(afterKey(lines, 0, "ArrowDown")).toEqual({ active: 1 });
    expect(afterKey(lines, 1, "ArrowLeft")).toEqual({ active: 1, toggle: idOf("dw", "shop") });
    expect(afterKey(lines, 3, "ArrowLeft")).toEqual({ active: 1 });
    expect(afterKey(lines, 5, "ArrowRight")).toEqual({ active: 5, toggle: idOf("app") });
    expect(afterKey(lines, 5, "ArrowDown")).toEqual({ active: 5 });
    expect(afterKey(lines, 0, "x")).toBeNull();
  });
});

describe("the place of a table", () => {
  const place = { warehouse: "redshift", database: "d/b", schema: 's"', table: "a b?" } as const;

  it("survives the address", () => {
    expect(tablePath(place, "profile")).toBe("/data/redshift/d%2Fb/s%22/a%20b%3F?tab=profile");
  });

  it("is quoted in SQL", () => {
    expect(firstRowsSql(place)).toBe('SELECT *\nFROM "d/b"."s"""."a b?"\nLIMIT 100');
    expect(new URLSearchParams(sqlPath(place, "shop").split("?")[1]).get("experiment")).toBe("shop");
  });
});
