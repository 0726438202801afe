import { describe, expect, it } from "vitest";
import { run, summary } from "~/test/fixtures";
import { matching } from "./filter";

const { id, status, seed, error, started_at, finished_at } = run({ status: "FAILED" });
const LAST = { id, status, seed, error, started_at, finished_at, rows: 0, target_rows: 1 };
const ALL = [
  summary({ name: "shop", description: "Web orders" }),
  summary({ name: "tickit", target_warehouse: ["snowflake"], warnings: ["w"], last_run: LAST, tables: [] }),
];

describe("matching", () => {
  it.each([
    ["", null, null, ["shop", "tickit"]],
    ["web ORDERS", null, null, ["shop"]],
    ["customers", null, null, ["shop"]],
    ["shop tickit", null, null, []],
    ["", "snowflake", null, ["tickit"]],
    ["", null, "new", ["shop"]],
    ["", null, "failed", ["tickit"]],
    ["", null, "warnings", ["tickit"]],
    ["", null, "running", ["shop"]],
    ["", null, "loaded", []],
  ])("text %j, warehouse %s, show %s", (text, warehouse, standing, names) => {
    const found = matching(ALL, { text, warehouse, standing }, new Set(["shop"]));
    expect(found.map((each) => each.name)).toEqual(names);
  });
});
