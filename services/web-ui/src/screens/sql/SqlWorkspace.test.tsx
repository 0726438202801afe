import { QueryClient } from "@tanstack/react-query";
import { configure, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeAll, describe, expect, it } from "vitest";
import type { WarehouseState } from "~/api/queries";
import { fakeLayout } from "~/test/layout";
import { renderAt } from "~/test/render";
import { fakeServer, problem } from "~/test/server";
import { CompareDialog } from "./CompareDialog";
import { Runner } from "./runs";
import { SqlWorkspace } from "./SqlWorkspace";

// The editor is long to load under jsdom.
configure({ asyncUtilTimeout: 5_000 });

const WAREHOUSES: WarehouseState[] = [
  { warehouse: "redshift", available: true, address: "r", remote: false, error: null, experiments: ["shop"] },
  { warehouse: "snowflake", available: true, address: "s", remote: false, error: null, experiments: [] },
  { warehouse: "sqlite", available: false, address: "q", remote: false, error: "no folder", experiments: [] },
];
const COLUMNS = [
  { name: "kind", type: "varchar", kind: "string" },
  { name: "n", type: "bigint", kind: "number" },
];

function page(more: object = {}) {
  return {
    query_id: "q",
    warehouse: "redshift",
    columns: COLUMNS,
    rows: [
      ["a", 3],
      ["b", null],
    ],
    offset: 0,
    rows_kept: 2,
    complete: true,
    truncated: false,
    statement: "select",
    seconds: { connect: 0.01, execute: 0.2, first_page: 0.001 },
    ...more,
  };
}

function server(routes: Parameters<typeof fakeServer>[0] = {}) {
  return fakeServer({
    "GET /api/warehouses": WAREHOUSES,
    "GET /api/warehouses/:warehouse/catalog": { warehouse: "redshift", databases: [] },
    "GET /api/warehouses/:warehouse/words": { keywords: ["SELECT"], functions: [], types: [] },
    "GET /api/query-history": [
      {
        id: 1,
        warehouse: "snowflake",
        experiment: null,
        sql: "select 'old'",
        at: "2026-01-01T00:00:00Z",
        seconds: 1,
        rows: 1,
        error: null,
      },
    ],
    "POST /api/query": () => page(),
    ...routes,
  });
}

const ADDRESS = `/sql?warehouse=redshift&experiment=shop&sql=${encodeURIComponent("select 1;\nselect\n foo")}`;

describe("the SQL workspace", { timeout: 60_000 }, () => {
  fakeLayout();
  beforeAll(async () => void (await import("./SqlEditor")), 60_000);

  it("opens a link, runs a statement, shows its rows, then what is refused and what was run before", async () => {
    const api = server({ "POST /api/query": () => page({ truncated: true }) });
    renderAt(<SqlWorkspace />, ADDRESS);
    expect(await screen.findByLabelText("SQL")).toHaveTextContent("select 1;");
    const user = userEvent.setup();
    await user.click(screen.getByRole("button", { name: "Run" }));
    const grid = await screen.findByRole("grid");
    expect(within(grid).getByText("a")).toBeVisible();
    expect(within(grid).getByText("NULL")).toBeVisible();
    expect(screen.getByText(/The first 2 rows are here/)).toBeVisible();
    const asked = JSON.parse(api.of("POST /api/query")[0]?.text ?? "{}");
    expect(asked).toMatchObject({
      warehouse: "redshift",
      experiment: "shop",
      sql: "select 1",
      row_limit: 100_000,
    });

    const problems = [{ message: "no foo", line: 2, column: 2, path: "" }];
    api.on("POST /api/query", () =>
      problem(422, "no foo here", { code: "sql", warehouse_code: "42703", problems }),
    );
    await user.click(screen.getByRole("button", { name: "More ways to run" }));
    await user.click(await screen.findByRole("menuitem", { name: /Everything/ }));
    expect(await screen.findByText("code 42703")).toBeVisible();
    expect(screen.getByRole("alert")).toHaveTextContent("no foo here");
    expect(screen.getByRole("button", { name: "Go to line 2, column 2" })).toBeVisible();

    await user.click(screen.getByRole("button", { name: "History" }));
    await user.click(await screen.findByText("select 'old'"));
    await waitFor(() => expect(screen.getByLabelText("SQL")).toHaveTextContent("select 'old'"));
    expect(screen.getByRole("button", { name: "Query 2" })).toHaveAttribute("aria-current", "true");
  });

  it("cancels what runs by the id it gave it", async () => {
    let answer: (value: Response) => void = () => undefined;
    const api = server({
      "POST /api/query": () =>
        new Promise<Response>((resolve) => {
          answer = resolve;
        }),
      "POST /api/query/:id/cancel": () => {
        answer(problem(409, "the query was cancelled", { code: "cancelled" }));
        return new Response(null, { status: 204 });
      },
    });
    const runner = new Runner(new QueryClient());
    const statement = { warehouse: "redshift", sql: "select 1", experiment: null } as const;
    const over = runner.start("tab", statement, { sql: "select 1", from: 0, what: "all" }, "select 1");
    await waitFor(() => expect(api.of("POST /api/query")).toHaveLength(1));
    runner.cancel("tab");
    await over;
    expect(runner.get("tab")).toMatchObject({ state: "cancelled", complete: true });
    const { query_id } = JSON.parse(api.of("POST /api/query")[0]?.text ?? "{}");
    expect(api.of("POST /api/query/:id/cancel")[0]?.path).toBe(`/api/query/${query_id}/cancel`);
  });

  it("follows a result until all its rows are read", async () => {
    let kept = 500;
    const api = server({
      "POST /api/query": () => page({ rows_kept: kept, complete: false }),
      "GET /api/query/:id": () => {
        kept += 500;
        return page({ rows_kept: kept, complete: kept === 1500, rows: [] });
      },
    });
    api.on("POST /api/query", ({ text }: { text: string }) =>
      page({ query_id: JSON.parse(text).query_id, rows_kept: 500, complete: false }),
    );
    const runner = new Runner(new QueryClient());
    const statement = { warehouse: "redshift", sql: "select 1", experiment: null } as const;
    await runner.start("tab", statement, { sql: "select 1", from: 0, what: "all" }, "select 1");
    expect(runner.get("tab")).toMatchObject({ state: "done", rowCount: 1500, complete: true });
  });

  it("compares two warehouses and marks what differs", async () => {
    const side = (warehouse: string) => ({ warehouse, columns: COLUMNS, rows: 2, seconds: 0.1, error: null });
    const api = server({
      "POST /api/query/compare": {
        equal: false,
        ordered: false,
        left: side("redshift"),
        right: side("snowflake"),
        columns: [
          { name: "kind", left_type: "varchar", right_type: "varchar", comparable: true },
          { name: "n", left_type: "bigint", right_type: "NUMBER(38,0)", comparable: true },
        ],
        only_left: 0,
        only_right: 0,
        different: 1,
        differences: [{ kind: "different", left: ["a", 3], right: ["a", 4], columns: ["n"] }],
        truncated: false,
      },
    });
    renderAt(
      <CompareDialog sql="select 1" experiment="shop" warehouses={WAREHOUSES} onClose={() => undefined} />,
    );
    const user = userEvent.setup();
    const dialog = await screen.findByRole("dialog");
    await user.click(within(dialog).getByRole("button", { name: "Compare" }));
    expect(await within(dialog).findByText("The results differ")).toBeVisible();
    expect(within(dialog).getByRole("cell", { name: /differs: ?4/ })).toBeVisible();
    expect(within(dialog).getByRole("cell", { name: "NUMBER(38,0)" })).toBeVisible();
    expect(JSON.parse(api.of("POST /api/query/compare")[0]?.text ?? "{}")).toMatchObject({
      left: { warehouse: "redshift", sql: "select 1" },
      right: { warehouse: "snowflake", sql: "select 1" },
      key: null,
    });
  });
});
