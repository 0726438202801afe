import { describe, expect, it } from "vitest";
import type { Experiment } from "~/api/experiments";
import type { RuleKind } from "~/api/rules";
import { type Described, fieldsOf, read, typedOf } from "./parameters";
import { below, offered, rulesOf, shortly, withoutRule, withRule } from "./schema";

const GAMMA: Described = {
  type: "object",
  properties: {
    type: { const: "gamma", type: "string" },
    shape: { type: "number", minimum: 0.01, maximum: 1e6 },
    scale: { type: "number", exclusiveMinimum: 0, default: 1 },
  },
  required: ["shape"],
};
const KEY: Described = {
  type: "object",
  properties: {
    table: { type: "string" },
    fan_out: {
      anyOf: [
        {
          type: "object",
          properties: {
            min: { type: "integer", minimum: 0, default: 0 },
            shape: { type: "string", enum: ["even", "zipf"], default: "even" },
            scattered: { type: "boolean", default: false },
          },
        },
        { type: "null" },
      ],
      default: null,
      description: "children of a parent",
    },
  },
  required: ["table"],
};
const VALUES: Described = {
  type: "object",
  properties: {
    values: {
      type: "array",
      items: { anyOf: [{ type: "string" }, { type: "integer" }, { type: "boolean" }] },
    },
    weights: { anyOf: [{ type: "array", items: { type: "number" } }, { type: "null" }] },
    rows: { type: "array", items: { type: "array" } },
  },
  required: ["values"],
};

describe("the parameters of a rule", () => {
  it("are fields with help and limits", () => {
    const fields = fieldsOf(GAMMA);
    expect(fields.map(({ path, kind, required, help }) => [path, kind, required, help])).toEqual([
      ["shape", "number", true, "from 0.01 to 1000000"],
      ["scale", "number", false, "above 0; 1 unless said"],
    ]);
    const [, fanOut] = fieldsOf(KEY);
    expect(fanOut?.kind).toBe("group");
    expect(fanOut?.help).toBe("children of a parent");
    expect(fanOut?.fields.map(({ path, kind }) => [path, kind])).toEqual([
      ["fan_out.min", "integer"],
      ["fan_out.shape", "choice"],
      ["fan_out.scattered", "flag"],
    ]);
    expect(fieldsOf(VALUES).map(({ kind, help }) => [kind, help])).toEqual([
      ["list", ""],
      ["list", ""],
      ["json", "JSON: a list of lists"],
    ]);
  });

  it.each([
    [{ shape: "2", scale: "" }, { shape: 2 }, {}],
    [{ shape: "" }, {}, { shape: "Shape is needed" }],
    [{ shape: "0" }, {}, { shape: "0 is not possible: from 0.01 to 1000000" }],
    [{ shape: "2", scale: "0" }, { shape: 2 }, { scale: "0 is not possible: above 0" }],
    [{ shape: "x" }, {}, { shape: "x is not a number" }],
  ])("are read as %j", (typed, value, problems) => {
    expect(read(fieldsOf(GAMMA), typed as Record<string, string>, true)).toEqual({ value, problems });
  });

  it("keep groups that are switched on, and survive being shown", () => {
    const fields = fieldsOf(KEY);
    const value = { table: "t", fan_out: { min: 2, shape: "zipf", scattered: true } };
    expect(read(fields, typedOf(fields, value), false).value).toEqual(value);
    expect(read(fields, { table: "t", fan_out: false, "fan_out.min": "3" }, false).value).toEqual({
      table: "t",
    });
    expect(read(fields, { table: "t", fan_out: true, "fan_out.min": "1.5" }, false).problems).toEqual({
      "fan_out.min": "1.5 is not a whole number",
    });
  });

  it("take entries of lists for what the column holds", () => {
    const fields = fieldsOf(VALUES);
    const typed = { values: ["1", "2"], weights: ["0.5", "2"], rows: "[[1]]" };
    expect(read(fields, typed, true).value).toEqual({ values: [1, 2], weights: [0.5, 2], rows: [[1]] });
    expect(read(fields, { values: ["1", "true"] }, false).value).toEqual({ values: ["1", true] });
    expect(read(fields, { values: ["a"], rows: "[" }, false).problems.rows).toMatch(/^Not JSON/);
  });

  it("may be one value", () => {
    const fields = fieldsOf({ type: "string", description: "how" });
    expect(fields.map(({ path, help }) => [path, help])).toEqual([["", "how"]]);
    expect(read(fields, { "": "a + b" }, true)).toEqual({ value: "a + b", problems: {} });
  });
});

const kind = (part: Partial<RuleKind>): RuleKind => ({
  place: "column",
  key: "expression",
  tag: null,
  type: null,
  title: "Expression",
  group: "From other columns",
  description: "",
  data_types: null,
  many: false,
  parameters: { type: "string" },
  ...part,
});
const KINDS = [
  kind({ key: "distribution", tag: "type", type: "gamma", data_types: ["INT"], parameters: { ...GAMMA } }),
  kind({}),
  kind({ key: "is_unique", parameters: { type: "boolean", default: false } }),
  kind({ place: "table", key: "correlations", many: true }),
];
const EXPERIMENT = {
  name: "e",
  tables: [
    {
      name: "t",
      columns: [
        { name: "n", data_type: "INT", is_unique: false, expression: null, distribution: null },
        { name: "s", data_type: "VARCHAR", is_unique: true, expression: null, distribution: null },
      ],
      correlations: [],
    },
  ],
} as unknown as Experiment;

describe("the rules of a schema", () => {
  it("are those that fit the column", () => {
    const titles = (column: string | null) =>
      offered(KINDS, EXPERIMENT, { table: "t", column }).map(({ key }) => key);
    expect(titles("n")).toEqual(["distribution", "expression", "is_unique"]);
    expect(titles("s")).toEqual(["expression", "is_unique"]);
    expect(titles(null)).toEqual(["correlations"]);
    expect(rulesOf(KINDS, EXPERIMENT, { table: "t", column: "s" }).map(shortly)).toEqual(["true"]);
  });

  it("are added, changed and removed without touching anything else", () => {
    const target = { table: "t", column: "n" };
    const [gamma] = KINDS as [RuleKind];
    const more = withRule(EXPERIMENT, target, gamma, { shape: 2 }, null);
    const [rule] = rulesOf(KINDS, more, target);
    expect(rule?.value).toEqual({ type: "gamma", shape: 2 });
    expect(more.tables[0]?.columns[1]).toBe(EXPERIMENT.tables[0]?.columns[1]);
    if (rule) expect(rulesOf(KINDS, withoutRule(more, target, rule), target)).toEqual([]);
  });

  it("may be several of a kind", () => {
    const target = { table: "t", column: null };
    const many = KINDS[3] as RuleKind;
    let now = EXPERIMENT;
    for (const value of [0.1, 0.2]) now = withRule(now, target, many, { value }, null);
    now = withRule(now, target, many, { value: 0.3 }, 0);
    const found = rulesOf(KINDS, now, target);
    expect(found.map(shortly)).toEqual(["value:0.3", "value:0.2"]);
    expect(rulesOf(KINDS, withoutRule(now, target, found[0] as (typeof found)[number]), target)).toHaveLength(
      1,
    );
  });

  it("may be several of one of its kinds", () => {
    const target = { table: "t", column: null };
    const defect = (type: string) => kind({ place: "table", key: "defects", tag: "kind", type, many: true });
    const [lost, late] = [defect("null"), defect("late")];
    const both = withRule(
      withRule(EXPERIMENT, target, late, { rate: 0.1 }, null),
      target,
      lost,
      { rate: 0.2 },
      null,
    );
    const found = rulesOf([lost, late], both, target);
    expect(found.map(({ index, value }) => [index, value])).toEqual([
      [1, { kind: "null", rate: 0.2 }],
      [0, { kind: "late", rate: 0.1 }],
    ]);
  });

  it("know which problems are theirs", () => {
    const target = { table: "t", column: "n" };
    expect(below("tables.t.columns.n.distribution.shape", target)).toBe("distribution.shape");
    expect(below("tables.t.columns.n", target)).toBe("");
    expect(below("tables.t.columns.nn", target)).toBeNull();
  });
});
