import { fireEvent, screen, waitFor } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { job, run } from "~/test/fixtures";
import { renderApp } from "~/test/render";
import { fakeServer } from "~/test/server";

describe("the page of a run", () => {
  it("shows how far each table is, and cancels", async () => {
    const table = {
      warehouse: null,
      table: "orders",
      rows_done: 50,
      rows_total: 200,
      state: "running",
      seconds: null,
    };
    const server = fakeServer({
      "GET /api/experiments/:name/runs/:id": run({ status: "RUNNING", finished_at: null }),
      "GET /api/jobs": [job({ tables: [table] as never })],
      "POST /api/experiments/:name/runs/:id/cancel": run({ status: "ABORTED" }),
    });
    renderApp("/experiments/shop/runs/3");
    expect(await screen.findByText("Rows, of 200")).toBeVisible();
    expect(screen.getByText("about 6.00 s")).toBeVisible();
    expect(screen.getByLabelText("Progress of orders")).toBeInTheDocument();
    fireEvent.click(screen.getByText("Cancel"));
    await waitFor(() => expect(server.of("POST /api/experiments/:name/runs/:id/cancel")).toHaveLength(1));
  });

  it("shows why it failed, with the traceback", async () => {
    const error = {
      type: "about:blank",
      title: "Error",
      status: 422,
      code: "generation",
      detail: "no room",
      hint: "free some",
      problems: [],
    };
    fakeServer({
      "GET /api/experiments/:name/runs/:id": run({ status: "FAILED", error: "no room" }),
      "GET /api/jobs": [job({ state: "failed", error, traceback: "Traceback: x.py" })],
    });
    renderApp("/experiments/shop/runs/3");
    expect(await screen.findByRole("alert")).toHaveTextContent("no roomfree some");
    fireEvent.click(screen.getByText("Traceback"));
    expect(screen.getByLabelText("the traceback")).toHaveTextContent("Traceback: x.py");
  });
});
