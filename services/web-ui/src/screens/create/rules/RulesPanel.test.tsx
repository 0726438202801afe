import { fireEvent, screen, waitFor } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { renderApp } from "~/test/render";
import { fakeServer, problem } from "~/test/server";

const COLUMN = {
  data_type: "INT",
  physical_type: null,
  varchar_length: null,
  precision: null,
  scale: null,
  required: false,
  is_unique: false,
  null_fraction: 0,
  min_value: null,
  max_value: null,
  date_start: null,
  date_end: null,
  faker_rule: null,
  distribution: null,
  expression: null,
  after: null,
  foreign_key: null,
  identity: null,
};
const EXPERIMENT = {
  name: "sales",
  target_warehouse: ["redshift"],
  import_warnings: [],
  tables: [
    {
      name: "orders",
      target_rows: 10,
      columns: [
        { ...COLUMN, name: "id" },
        { ...COLUMN, name: "qty" },
      ],
      primary_key: [],
      unique_keys: [],
      composite_keys: [],
      foreign_keys: [],
      warnings: [],
    },
  ],
};
const GAMMA = {
  place: "column",
  key: "distribution",
  tag: "type",
  type: "gamma",
  title: "Gamma",
  group: "Distributions",
  description: "Gamma with mean shape * scale.",
  data_types: ["INT"],
  many: false,
  parameters: {
    type: "object",
    properties: {
      type: { const: "gamma" },
      shape: { type: "number", minimum: 0.01, description: "how steep" },
    },
    required: ["shape"],
  },
};
const CATALOG = { rules: [GAMMA], texts: [], functions: [] };
const ROWS = {
  table: "orders",
  total_rows: 10,
  columns: [
    { name: "id", type: "INT", kind: "number" },
    { name: "qty", type: "INT", kind: "number" },
  ],
  rows: [[1, 77]],
};

async function choose(label: string, option: string) {
  fireEvent.click(screen.getByRole("combobox", { name: label }));
  fireEvent.click(await screen.findByRole("option", { name: option, hidden: true }));
}

describe("the rules of a new experiment", () => {
  it("are set by a form, tried by the server, and written into the text", async () => {
    const wrong = {
      message: "no values",
      path: "tables.orders.columns.qty.distribution.shape",
      hint: "take more",
      line: null,
      column: null,
    };
    const server = fakeServer({
      "POST /api/experiments": { summary: { name: "sales", warnings: [] }, experiment: EXPERIMENT },
      "GET /api/schema/rules": CATALOG,
      "POST /api/schema/preview": () => problem(422, "one error", { problems: [wrong] }),
      "POST /api/schema/text": () => new Response("name: written"),
    });
    sessionStorage.setItem("dw-simulator-new-experiment", JSON.stringify({ yaml: "name: sales" }));
    renderApp("/new-experiment?form=yaml");
    fireEvent.click(await screen.findByText("Check"));
    expect(await screen.findByText("Rules")).toBeVisible();
    await choose("Column", "qty");
    expect(screen.getByText("No rules: the name and the type decide.")).toBeVisible();
    await choose("Add a rule", "Gamma");
    expect(screen.getByText("Gamma with mean shape * scale.")).toBeVisible();
    expect(screen.getByText("how steep; at least 0.01")).toBeVisible();

    fireEvent.click(screen.getByText("Set this rule"));
    expect(await screen.findByText("Shape is needed")).toBeVisible();
    expect(server.of("POST /api/schema/preview")).toHaveLength(0);
    fireEvent.change(screen.getByLabelText(/^Shape/), { target: { value: "3" } });
    fireEvent.click(screen.getByText("Set this rule"));
    expect(await screen.findByText("no values: take more")).toBeVisible();

    server.on("POST /api/schema/preview", ROWS);
    fireEvent.click(screen.getByText("Set this rule"));
    expect(await screen.findByText("77")).toBeVisible();
    expect(screen.getByText("type:gamma,shape:3")).toBeVisible();
    const [asked] = server.of("POST /api/schema/preview").slice(-1);
    expect(JSON.parse(asked?.text ?? "").tables[0].columns[1].distribution).toEqual({
      type: "gamma",
      shape: 3,
    });

    fireEvent.click(screen.getByText("Write into the text"));
    await waitFor(() =>
      expect(screen.getByLabelText("YAML of the experiment")).toHaveTextContent("name: written"),
    );
  });
});
