import { fireEvent, screen, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { renderAt } from "~/test/render";
import { fakeServer, problem } from "~/test/server";
import { S3Browser } from "./S3Browser";

const AT = "2026-01-01T00:00:00Z";
const object = (key: string) => ({ key, size: 1234, etag: "e", modified_at: AT });
const PATTERN = "/s3/:bucket?";

describe("the S3 browser", () => {
  it("shows folders and objects page by page, and deletes after asking", async () => {
    const server = fakeServer({
      "GET /api/s3/buckets/:bucket/objects": ({ search }: { search: URLSearchParams }) => ({
        bucket: "lake",
        prefix: search.get("prefix"),
        prefixes: search.has("token") ? [] : ["a/b/"],
        objects: [object(search.has("token") ? "a/2.csv" : "a/1.csv")],
        next_token: search.has("token") ? null : "next",
      }),
      "DELETE /api/s3/buckets/:bucket/object": () => new Response(null, { status: 204 }),
    });
    renderAt(<S3Browser />, "/s3/lake?prefix=a%2F", PATTERN);
    expect(await screen.findByRole("link", { name: "b/" })).toHaveAttribute(
      "href",
      "/s3/lake?prefix=a%2Fb%2F",
    );
    fireEvent.click(screen.getByRole("button", { name: "More" }));
    expect(await screen.findByRole("button", { name: "2.csv" })).toBeVisible();
    expect(screen.getByText("1 folder, 2 objects")).toBeVisible();

    fireEvent.click(screen.getByRole("button", { name: "Actions for 2.csv" }));
    fireEvent.click(await screen.findByRole("menuitem", { name: "Delete" }));
    const dialog = await screen.findByRole("dialog");
    expect(dialog).toHaveTextContent("s3://lake/a/2.csv");
    fireEvent.click(within(dialog).getByRole("button", { name: "Delete" }));
    expect(await screen.findByText("Deleted 2.csv")).toBeVisible();
    expect(server.of("DELETE /api/s3/buckets/lake/object")[0]?.search.get("key")).toBe("a/2.csv");
  });

  it("says how to start the store when it does not answer", async () => {
    fakeServer({ "GET /api/s3/buckets": () => problem(503, "the store does not answer") });
    renderAt(<S3Browser />, "/s3", PATTERN);
    expect(await screen.findByText("the store does not answer")).toBeVisible();
    expect(screen.getByText("dw-sim up")).toBeVisible();
  });
});
