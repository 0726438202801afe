import { screen } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { renderApp } from "~/test/render";
import { fakeServer, problem } from "~/test/server";

const SERVICE = { name: "redshift", state: "running", host: "127.0.0.1", port: 5439, pid: 1, restarts: 0 };

describe("the overview", () => {
  it("shows each service with its state and address", async () => {
    fakeServer({ "GET /api/services": { services: [SERVICE] } });
    renderApp("/");
    expect(await screen.findByText("redshift")).toBeVisible();
    expect(screen.getByText("running")).toBeVisible();
    expect(screen.getByText("127.0.0.1:5439")).toBeVisible();
  });

  it("says why there is nothing to show", async () => {
    fakeServer({ "GET /api/services": () => problem(503, "the record cannot be read") });
    renderApp("/");
    expect(await screen.findByRole("alert")).toHaveTextContent("the record cannot be read");
  });
});
