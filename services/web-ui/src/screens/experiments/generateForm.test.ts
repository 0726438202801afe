import { describe, expect, it } from "vitest";
import { initialForm, multiplied, problemsOf, requestOf, totalRows } from "./generateForm";

const TABLES = [
  { name: "a", target_rows: 10 },
  { name: "b", target_rows: 0 },
];
const FORM = initialForm(TABLES);

describe("the generate form", () => {
  it("asks for nothing but what differs from the schema", () => {
    expect(requestOf(FORM, TABLES)).toEqual({
      rows: {},
      seed: null,
      batch_rows: null,
      workers: null,
      load: true,
    });
    const form = {
      ...FORM,
      rows: { a: 20, b: "0" },
      seed: " -5 ",
      batchRows: 1000,
      workers: "0",
      load: false,
    };
    expect(requestOf(form, TABLES)).toEqual({
      rows: { a: 20 },
      seed: -5,
      batch_rows: 1000,
      workers: 0,
      load: false,
    });
  });

  it("multiplies what is a number, up to what the server takes", () => {
    expect(multiplied({ a: 15, b: "", c: 2 ** 40 }, 10)).toEqual({ a: 150, b: "", c: 2 ** 40 });
    expect(multiplied({ a: 15 }, 0.1)).toEqual({ a: 2 });
    expect(totalRows({ a: 15, b: "", c: "3" })).toBe(18);
  });

  it.each([
    [{ rows: { a: "" } }, ["rows.a"]],
    [{ rows: { a: -1 } }, ["rows.a"]],
    [{ rows: { a: 1.5 } }, ["rows.a"]],
    [{ seed: "12x" }, ["seed"]],
    [{ seed: "9223372036854775808" }, ["seed"]],
    [{ seed: "9007199254740993" }, ["seed"]],
    [{ batchRows: 0, workers: 2000 }, ["batchRows", "workers"]],
    [{ seed: "0", batchRows: 1, workers: 0 }, []],
  ])("finds what is wrong in %j", (part, fields) => {
    expect(Object.keys(problemsOf({ ...FORM, ...part }))).toEqual(fields);
  });
});
