import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { run, summary } from "~/test/fixtures";
import { renderApp } from "~/test/render";
import { fakeServer } from "~/test/server";

function table(name: string, growth: object | null) {
  return {
    name,
    target_rows: 10,
    columns: [{ name: "id", data_type: "INT", family: null, rule: null }],
    primary_key: ["id"],
    unique_keys: [],
    composite_keys: [],
    foreign_keys: [],
    correlations: [],
    lookups: [],
    growth,
    defects: [],
    history: null,
    cdc: null,
    warnings: [],
  };
}

function served(growth: object | null, lastRun: object | null) {
  const tables = [table("customers", null), table("orders", growth)];
  return fakeServer({
    "GET /api/experiments/:name": {
      summary: { ...summary(), last_run: lastRun },
      experiment: { name: "shop", tables },
    },
    "GET /api/jobs": [],
    "POST /api/experiments/:name/append": run({ id: 4 }),
    "GET /api/experiments/:name/runs/:id": run({ id: 4 }),
  });
}

const LAST = {
  id: 3,
  status: "COMPLETED",
  started_at: "2026-01-01T00:00:00Z",
  finished_at: "2026-01-01T00:00:01Z",
};

async function openAppend(): Promise<HTMLElement> {
  fireEvent.click(await screen.findByText("Append", { selector: "button *" }));
  return screen.findByRole("dialog");
}

const submit = (dialog: HTMLElement) =>
  fireEvent.click(within(dialog).getByText("Append", { selector: "button *" }));

describe("appending to an experiment", () => {
  it("asks for days, and leads to the run that extends the one before", async () => {
    const server = served({ date_column: "ordered_at" }, LAST);
    renderApp("/experiments/shop");
    const dialog = await openAppend();
    fireEvent.change(within(dialog).getByLabelText("How many days"), { target: { value: "7" } });
    submit(dialog);
    await waitFor(() => expect(server.of("POST /api/experiments/:name/append")).toHaveLength(1));
    const [asked] = server.of("POST /api/experiments/:name/append");
    expect(JSON.parse(asked?.text ?? "")).toEqual({ days: 7, load: true });
    expect(await screen.findByText("s3://staging/shop/3/")).toBeVisible();
  });

  it("asks for rows instead, and refuses what is no count of rows", async () => {
    const server = served({ date_column: "ordered_at" }, LAST);
    renderApp("/experiments/shop");
    const dialog = await openAppend();
    fireEvent.click(within(dialog).getByText("New rows"));
    const rows = await within(dialog).findByLabelText("How many new rows");
    fireEvent.change(rows, { target: { value: "0" } });
    expect(await within(dialog).findByText(/^A whole number from 1 to/)).toBeVisible();
    submit(dialog);
    fireEvent.change(rows, { target: { value: "2500" } });
    fireEvent.click(within(dialog).getByLabelText("Load afterwards into redshift"));
    submit(dialog);
    await waitFor(() => expect(server.of("POST /api/experiments/:name/append")).toHaveLength(1));
    const [asked] = server.of("POST /api/experiments/:name/append");
    expect(JSON.parse(asked?.text ?? "")).toEqual({ rows: 2500, load: false });
  });

  it("is offered where a table grows, once there is a run", async () => {
    served({ date_column: "ordered_at" }, null);
    renderApp("/experiments/shop");
    const button = (await screen.findByText("Append", { selector: "button *" })).closest("button");
    expect(button).toBeDisabled();
  });

  it("is not offered where no table grows", async () => {
    served(null, LAST);
    renderApp("/experiments/shop");
    await screen.findByText("Generate", { selector: "button *" });
    expect(screen.queryByText("Append")).toBeNull();
  });
});
