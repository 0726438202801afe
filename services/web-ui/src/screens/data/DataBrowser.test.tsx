import { fireEvent, screen, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { fakeLayout } from "~/test/layout";
import { renderAt } from "~/test/render";
import { fakeServer } from "~/test/server";
import { DataBrowser } from "./DataBrowser";
// Fetched when it is first shown; here it is there at once.
import "./Profile";

fakeLayout();

const answer = (warehouse: string, more: object = {}) => ({
  warehouse,
  available: true,
  address: "127.0.0.1:1",
  remote: false,
  error: null,
  experiments: ["shop"],
  ...more,
});

const DOWN = answer("redshift", { available: false, error: "the redshift service does not answer" });

const catalog = (warehouse: string, rows: number) => ({
  warehouse,
  databases: [
    {
      name: "dw",
      schemas: [
        {
          name: "shop",
          experiment: "shop",
          tables: [{ name: "orders", kind: "table", rows, columns: null }],
        },
      ],
    },
  ],
});

const PROFILE = {
  rows: 4_000_000,
  profiled_rows: 1_000_000,
  seconds: 1.5,
  columns: [
    {
      name: "price",
      type: "DECIMAL(10,2)",
      kind: "number",
      nulls: 250_000,
      distinct: 900,
      distinct_is_approximate: true,
      note: null,
      min: "0.50",
      max: "99.00",
      mean: 12.5,
      stddev: 3,
      min_length: null,
      max_length: null,
      histogram: [
        { low: 0.5, high: 50, count: 700_000 },
        { low: 50, high: 99, count: 50_000 },
      ],
      top_values: [{ value: "9.99", count: 1000 }],
    },
  ],
};

function answers() {
  return fakeServer({
    "GET /api/warehouses": [DOWN, answer("snowflake"), answer("sqlite")],
    "GET /api/warehouses/snowflake/catalog": catalog("snowflake", 100),
    "GET /api/warehouses/redshift/catalog": catalog("redshift", 90),
    "GET /api/warehouses/:warehouse/profile": PROFILE,
  });
}

const PATTERN = "/data/:warehouse?/:database?/:schema?/:table?";

describe("the data browser", () => {
  it("opens the first warehouse that has an experiment, and says why another is not there", async () => {
    answers();
    renderAt(<DataBrowser />, "/data", PATTERN);
    expect(await screen.findByRole("treeitem", { name: /orders/ })).toBeVisible();
    fireEvent.click(screen.getByRole("radio", { name: "redshift (down)" }));
    expect(await screen.findByRole("alert")).toHaveTextContent("the redshift service does not answer");
  });

  it("profiles a table: sampled rows, nulls, and how many rows the other warehouse has", async () => {
    answers();
    renderAt(<DataBrowser />, "/data/snowflake/dw/shop/orders?tab=profile", PATTERN);
    expect(await screen.findByText(/From 1,000,000 of 4,000,000 rows/)).toBeVisible();
    const panel = screen.getByRole("tabpanel");
    expect(within(panel).getByText("25 %")).toBeVisible();
    expect(within(panel).getByRole("img", { name: /Histogram of price, from 0.5 to 99/ })).toBeVisible();
    expect(within(panel).getByText("about 900")).toBeVisible();
    expect(await screen.findByText("90 rows, not as many")).toBeVisible();
  });
});
