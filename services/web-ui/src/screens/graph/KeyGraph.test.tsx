import { fireEvent, screen } from "@testing-library/react";

import { describe, expect, it } from "vitest";
import { renderAt } from "~/test/render";
import { fakeServer, problem } from "~/test/server";
import { KeyGraph } from "./KeyGraph";
// Fetched when it is first shown; here it is there at once.
import "./KeyDrawing";

const COLUMN = { type: "BIGINT", unique: false, nullable: false, rule: null, references: null };
const GRAPH = {
  tables: [
    { name: "customers", target_rows: 100, columns: [{ ...COLUMN, name: "id", primary_key: true }] },
    {
      name: "orders",
      target_rows: 1000,
      columns: [{ ...COLUMN, name: "customer_id", primary_key: false, references: "customers.id" }],
    },
  ],
  keys: [
    {
      from_table: "orders",
      from_columns: ["customer_id"],
      to_table: "customers",
      to_columns: ["id"],
      composite: false,
      nullable: true,
    },
  ],
};

describe("the key graph", () => {
  it("draws the tables, and tells the keys in words", async () => {
    fakeServer({ "GET /api/experiments/a/b/graph": GRAPH });
    renderAt(<KeyGraph name="a/b" />);
    const customers = await screen.findByRole("button", { name: /^customers/ }, { timeout: 5000 });
    fireEvent.click(customers);
    expect(customers).toHaveAttribute("aria-pressed", "true");
    fireEvent.click(screen.getByRole("radio", { name: "List of keys" }));
    expect(screen.getByRole("row", { name: "orders customer_id customers id may be null" })).toBeVisible();
  });

  it("says why there is none", async () => {
    fakeServer({ "GET /api/experiments/:name/graph": () => problem(404, "there is no experiment 'shop'") });
    renderAt(<KeyGraph name="shop" />);
    expect(await screen.findByRole("alert")).toHaveTextContent("there is no experiment 'shop'");
  });
});
