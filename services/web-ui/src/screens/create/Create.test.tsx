import { fireEvent, screen, waitFor } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { renderApp } from "~/test/render";
import { fakeServer, problem } from "~/test/server";

const EXPERIMENT = {
  name: "sales",
  description: "",
  dialect: "redshift",
  target_warehouse: ["redshift"],
  seed: null,
  import_warnings: [],
  tables: [
    {
      name: "sales",
      target_rows: 10,
      columns: [],
      primary_key: [],
      unique_keys: [],
      composite_keys: [["region_id", "store_id"]],
      foreign_keys: [],
      warnings: [],
    },
  ],
};
const REMARK = "Table 'sales' has a composite primary key (region_id, store_id).";

describe("a new experiment", () => {
  it("is checked with what is wrong at its place, kept across tabs, confirmed and created", async () => {
    const server = fakeServer({
      "POST /api/experiments/import-sql": () =>
        problem(422, "two errors", {
          problems: [
            {
              message: "unknown type 'integr'",
              path: "sales.a",
              line: 2,
              column: 3,
              hint: "did you mean 'integer'?",
            },
            { message: "no such table", path: "", line: 4, column: 1, hint: null },
          ],
        }),
    });
    renderApp("/new-experiment");
    fireEvent.click(await screen.findByText("Begin with an example"));
    expect(screen.getByLabelText(/^Name/)).toHaveValue("sales");
    fireEvent.click(screen.getByText("Check"));
    expect(await screen.findByText(/unknown type 'integr'/)).toBeVisible();
    expect(screen.getByText("2 errors")).toBeVisible();
    expect(screen.getByText("Create").closest("button")).toBeDisabled();
    fireEvent.click(screen.getByText("line 2:3"));
    expect(screen.getByLabelText("SQL import of the experiment")).toHaveFocus();

    fireEvent.click(screen.getByText("JSON"));
    fireEvent.click(screen.getByText("SQL import"));
    expect(screen.getByLabelText("SQL import of the experiment")).toHaveTextContent("CREATE TABLE stores");

    server.on("POST /api/experiments/import-sql", {
      experiment: EXPERIMENT,
      warnings: [REMARK],
      diagnostics: [{ severity: "warning", message: REMARK, line: 7, column: 1, table: "sales" }],
      stored: false,
    });
    fireEvent.click(screen.getByText("Check"));
    expect(await screen.findByText("What would be created")).toBeVisible();
    expect(screen.getByText(REMARK, { exact: false })).toBeVisible();
    fireEvent.click(screen.getByText("Create"));
    await waitFor(() => expect(server.of("GET /api/experiments/sales")).not.toHaveLength(0));
    const asked = server.of("POST /api/experiments/import-sql").map(({ text }) => JSON.parse(text).dry_run);
    expect(asked).toEqual([true, true, false]);
  });

  it("takes the text that a reload left", async () => {
    sessionStorage.setItem("dw-simulator-new-experiment", JSON.stringify({ yaml: "name: kept" }));
    fakeServer({});
    renderApp("/new-experiment?form=yaml");
    expect(await screen.findByLabelText("YAML of the experiment")).toHaveTextContent("name: kept");
  });
});
