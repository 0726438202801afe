import { fireEvent, screen } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { renderApp } from "~/test/render";
import { fakeServer, problem } from "~/test/server";

const SERVICE = {
  name: "redshift",
  state: "running",
  host: "127.0.0.1",
  port: 5439,
  pid: 1,
  started_at: null,
  restarts: 2,
  last_error: "it fell over",
};
const ANSWERS = {
  "GET /api/services": { services: [SERVICE] },
  "GET /api/experiments": [],
  "GET /api/jobs": [],
  "GET /api/about": { version: "1.2.3", home: "/home/me", remote_targets: ["s3 (s3.example.com:443)"] },
  "GET /api/connections": [
    { service: "redshift", client: "psql", title: "psql", language: "bash", text: "psql -h x" },
    { service: "redshift", client: "dbt", title: "dbt", language: "yaml", text: "type: redshift" },
  ],
};

describe("the overview", () => {
  it("shows the services, what this is, how to connect, and makes the example with one click", async () => {
    const server = fakeServer({ ...ANSWERS, "POST /api/experiments": () => problem(409, "exists") });
    renderApp("/");
    expect(await screen.findByText("127.0.0.1:5439")).toBeVisible();
    expect(screen.getByText("2 restarts")).toBeVisible();
    expect(screen.getByText("it fell over")).toBeVisible();
    expect(await screen.findByText(/Version 1.2.3/)).toBeVisible();
    expect(screen.getByText(/s3.example.com/)).toBeVisible();

    fireEvent.click(await screen.findByText("dbt"));
    expect(screen.getByText("type: redshift")).toBeVisible();

    fireEvent.click(screen.getByText("Example: a shop"));
    await screen.findByText("GET /api/experiments/shop", { exact: false });
    expect(JSON.parse(server.of("POST /api/experiments")[0]?.text ?? "")).toMatchObject({ name: "shop" });
  });

  it("says why there is nothing to show", async () => {
    fakeServer({ ...ANSWERS, "GET /api/services": () => problem(503, "the record cannot be read") });
    renderApp("/");
    expect(await screen.findByRole("alert")).toHaveTextContent("the record cannot be read");
  });
});
