import { describe, expect, it } from "vitest";
import type { Check } from "~/api/jobs";
import { percent } from "~/components/JobProgress";
import { job } from "~/test/fixtures";
import { jobPath, quoted, s3Path, sqlPath } from "./links";
import { elapsedSeconds, remainingSeconds } from "./timing";
import { inOrder } from "./VerifyResult";

describe("ways from a run", () => {
  it("lead to its files, rows and statements", () => {
    expect(s3Path("s3://b/a b/3/part-0.parquet")).toBe("/s3/b/a%20b/3/");
    expect(s3Path("s3://b/part-0.parquet")).toBe("/s3/b/");
    expect(s3Path("file:///tmp/x")).toBeNull();
    expect(s3Path(undefined)).toBeNull();
    expect(sqlPath("redshift", "a&b", "select '+'")).toBe(
      "/sql?warehouse=redshift&experiment=a%26b&sql=select+%27%2B%27",
    );
    expect(jobPath(job({ experiment: "a/b" }))).toBe("/experiments/a%2Fb/runs/3");
    expect(jobPath(job({ kind: "load" }))).toBe("/jobs/7");
    expect([quoted("orders"), quoted('a "b"')]).toEqual(["orders", '"a ""b"""']);
  });
});

describe("the time of a job", () => {
  it("is counted to its end, or to now", () => {
    const start = "2026-01-01T00:00:00Z";
    expect(elapsedSeconds(start, "2026-01-01T00:01:00Z", 0)).toBe(60);
    expect(elapsedSeconds(start, null, Date.parse(start) + 1500)).toBe(1.5);
    expect(elapsedSeconds(start, null, 0)).toBe(0);
  });

  it("that is left follows from the rate, once there is one", () => {
    expect(remainingSeconds(job())).toBe(6);
    expect(remainingSeconds(job({ rows_done: 0 }))).toBeNull();
    expect(remainingSeconds(job({ rows_done: 300 }))).toBe(0);
  });

  it.each([
    [50, 200, false, 25],
    [0, 0, false, 0],
    [0, 0, true, 100],
    [300, 200, false, 100],
  ])("%d of %d rows, ended %s: %d per cent", (done, total, ended, expected) =>
    expect(percent(done, total, ended)).toBe(expected),
  );
});

it("shows violations first, the most of them at the top", () => {
  const check = (table: string, violations: number) => ({ table, violations, ok: violations === 0 }) as Check;
  const order = inOrder([check("b", 0), check("a", 0), check("c", 1), check("d", 9)]);
  expect(order.map((each) => each.table)).toEqual(["d", "c", "a", "b"]);
});
