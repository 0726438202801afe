import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { run, summary } from "~/test/fixtures";
import { renderApp } from "~/test/render";
import { fakeServer, problem } from "~/test/server";

const WARNING = "Table 'sales' has a composite primary key (region_id, store_id).";

describe("the list of experiments", () => {
  it("shows warnings until they are put away, and deletes what is elsewhere only when that is confirmed too", async () => {
    const server = fakeServer({
      "GET /api/experiments": [
        summary({
          warnings: [WARNING],
          loaded: [
            { warehouse: "redshift", tables: 2, rows: 1100, run_id: 3, loaded_at: "2026-01-01T00:00:00Z" },
          ],
        }),
      ],
      "GET /api/jobs": [],
      "DELETE /api/experiments/:name": ({ search }: { search: URLSearchParams }) =>
        search.get("allow_remote") === "true"
          ? { dropped_tables: 2 }
          : problem(409, "this would drop tables in redshift (prod:5439), not on this machine", {
              code: "confirmation",
            }),
    });
    renderApp("/experiments");
    fireEvent.click(await screen.findByLabelText("Dismiss this warning"));
    expect(screen.queryByText(WARNING, { exact: false })).toBeNull();
    expect(screen.getByLabelText("1 warning")).toBeVisible();

    fireEvent.click(screen.getByLabelText("More for shop"));
    fireEvent.click(await screen.findByText("Delete…"));
    const dialog = await screen.findByRole("dialog");
    expect(dialog).toHaveTextContent("2 tables with 1,100 rows in redshift");
    fireEvent.click(within(dialog).getByLabelText("Also delete the staged files"));
    fireEvent.click(within(dialog).getByText("Delete"));
    fireEvent.click(await screen.findByText("Yes, do it there"));
    expect(await screen.findByText("Deleted shop and 2 tables in warehouses.")).toBeVisible();
    expect(server.of("DELETE /api/experiments/:name").map(({ search }) => `${search}`)).toEqual([
      "purge_staging=false&allow_remote=false",
      "purge_staging=false&allow_remote=true",
    ]);
  });

  it("generates with the rows that were asked for, and goes to the run", async () => {
    const server = fakeServer({
      "GET /api/experiments": [summary()],
      "GET /api/jobs": [],
      "POST /api/experiments/:name/generate": run(),
      "GET /api/experiments/:name/runs/:id": run(),
    });
    renderApp("/experiments");
    fireEvent.click(await screen.findByLabelText("Generate shop"));
    const dialog = await screen.findByRole("dialog");
    fireEvent.click(within(dialog).getByLabelText("Multiply all rows by 10"));
    expect(within(dialog).getByLabelText("orders")).toHaveValue("10,000");
    fireEvent.click(within(dialog).getByText("Generate", { selector: "button *" }));
    await waitFor(() => expect(server.of("POST /api/experiments/:name/generate")).toHaveLength(1));
    expect(JSON.parse(server.of("POST /api/experiments/:name/generate")[0]?.text ?? "")).toMatchObject({
      rows: { customers: 1000, orders: 10000 },
      load: true,
    });
    expect(await screen.findByText("s3://staging/shop/3/")).toBeVisible();
  });
});
