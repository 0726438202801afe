import { describe, expect, it } from "vitest";
import { EMPTY, formOf, importRequest, missing, nameOf, readDraft } from "./draft";

describe("a file", () => {
  it.each([
    ["shop.json", "", "json"],
    ["shop.YML", "", "yaml"],
    ["shop.sql", "{", "sql"],
    ["shop", ' {"name": 1}', "json"],
    ["shop", "name: shop\ntables: []", "yaml"],
    ["shop", "create table a (b int)", "sql"],
  ])("%s with %j is %s", (name, text, form) => expect(formOf(name, text)).toBe(form));

  it.each([
    ["My Shop (2).sql", "my_shop_2"],
    [".sql", ""],
    [`${"x".repeat(80)}.sql`, "x".repeat(63)],
  ])("%s names the experiment %s", (file, name) => expect(nameOf(file)).toBe(name));
});

describe("a draft", () => {
  it("is read back, and begun anew when it cannot be", () => {
    expect(readDraft(JSON.stringify({ ...EMPTY, sql: "x" })).sql).toBe("x");
    expect(readDraft("{")).toEqual(EMPTY);
    expect(readDraft("null")).toEqual(EMPTY);
    expect(readDraft(null)).toEqual(EMPTY);
  });

  it("asks for the rows only when there is a number", () => {
    expect(importRequest({ ...EMPTY, name: " a ", rows: "" }, true)).toMatchObject({
      name: "a",
      target_rows: null,
      dry_run: true,
    });
    expect(importRequest({ ...EMPTY, rows: 0 }, false)).toMatchObject({ target_rows: 0, dry_run: false });
  });

  it("says what is missing of the form that is shown", () => {
    expect(Object.keys(missing({ ...EMPTY, warehouses: [] }, "sql"))).toEqual(["text", "name", "warehouses"]);
    expect(Object.keys(missing({ ...EMPTY, warehouses: [], json: "{}" }, "json"))).toEqual([]);
  });
});
