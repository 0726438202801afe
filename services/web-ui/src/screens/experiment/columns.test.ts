import { describe, expect, it } from "vitest";
import type { Column, Table } from "~/api/experiments";
import { factsOf, ruleOf } from "./columns";

const COLUMN: Column = {
  name: "a",
  data_type: "INT",
  precision: null,
  scale: null,
  varchar_length: null,
  physical_type: null,
  quoted: false,
  required: false,
  is_unique: false,
  null_fraction: 0,
  min_value: null,
  max_value: null,
  date_start: null,
  date_end: null,
  faker_rule: null,
  expression: null,
  after: null,
  rollup: null,
  locale: null,
  document: null,
  distribution: null,
  foreign_key: null,
  identity: null,
  default: null,
  encode: null,
  comment: null,
};

const RULES: [Partial<Column>, string][] = [
  [{}, ""],
  [{ expression: "a + b" }, "= a + b"],
  [{ faker_rule: "email", null_fraction: 0.125 }, "email, 12.5 % null"],
  [{ min_value: 1, max_value: 9 }, "1 to 9"],
  [{ date_start: "2024-01-01" }, "from 2024-01-01"],
  [{ identity: { seed: 5, step: 2, by_default: false } }, "counts from 5 by 2"],
  [
    { distribution: { type: "categorical", values: ["a", "b", "c", "d", "e"], weights: null } },
    "one of 5: a, b, c, d …",
  ],
  [{ distribution: { type: "zipf", exponent: 0.8 }, max_value: 3 }, "zipf 0.8, up to 3"],
  [
    { rollup: { table: "lines", foreign_key: null, function: "sum", value: "price", where: "qty > 0" } },
    "sum of price in lines where qty > 0",
  ],
  [{ faker_rule: "city", locale: "de_DE" }, "city, de_DE"],
  [
    {
      foreign_key: {
        table: "p",
        column: "id",
        fan_out: {
          min: 1,
          max: 9,
          mean: null,
          childless: 0.05,
          shape: "even",
          exponent: 1.5,
          scattered: false,
        },
        hierarchy: null,
        as_of: null,
      },
    },
    "1 to 9 each, 5 % have none",
  ],
];

describe("ruleOf", () => {
  it.each(RULES)("%j", (part, text) => expect(ruleOf({ ...COLUMN, ...part })).toBe(text));
});

const TABLE = {
  name: "t",
  primary_key: ["A"],
  unique_keys: [["b"], ["b", "c"]],
  composite_keys: [],
  foreign_keys: [{ columns: ["b", "c"], table: "p", references: ["x", "y"] }],
} as unknown as Table;

describe("factsOf", () => {
  it("knows a primary key in any case, and that it is not null", () => {
    const facts = factsOf(TABLE, COLUMN);
    expect(facts).toMatchObject({ primaryKey: true, unique: true, nullable: false, foreignKey: null });
  });

  it("knows a unique column, and its part in a foreign key of several", () => {
    const facts = factsOf(TABLE, { ...COLUMN, name: "B" });
    expect(facts).toMatchObject({ unique: true, nullable: true, foreignKey: "p.x (of a key of 2)" });
    expect(factsOf(TABLE, { ...COLUMN, name: "c" })).toMatchObject({
      unique: false,
      foreignKey: "p.y (of a key of 2)",
    });
  });

  it("says what rules of the table say of the column", () => {
    const table = {
      ...TABLE,
      lookups: [{ columns: ["a", "city"], rows: [["x", "y"]], weights: null }],
      correlations: [{ columns: ["A", "z"], value: 0.5, matrix: null, kind: "normal" }],
      growth: { rows_per_day: 5, time_column: "a", start: null, max_days: 9 },
    } as unknown as Table;
    const said = "one of 1 rows with city, correlated with z, 5 rows each further day";
    expect(factsOf(table, COLUMN).rule).toBe(said);
    expect(factsOf(table, { ...COLUMN, name: "q" }).rule).toBe("");
  });

  it("says the digits of a decimal and the type as it was declared", () => {
    const facts = factsOf(TABLE, { ...COLUMN, name: "d", data_type: "DECIMAL", physical_type: "NUMBER" });
    expect(facts).toMatchObject({ type: "NUMBER", precision: "18, 0" });
  });
});
