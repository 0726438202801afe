/** Answers of the API that several tests need. */

import type { ExperimentSummary, GenerationRun } from "~/api/experiments";
import type { Job } from "~/api/jobs";

export function summary(part: Partial<ExperimentSummary> = {}): ExperimentSummary {
  return {
    name: "shop",
    description: "",
    dialect: "ansi",
    target_warehouse: ["redshift"],
    state: "READY",
    tables: [
      { name: "customers", columns: 3, target_rows: 100 },
      { name: "orders", columns: 2, target_rows: 1000 },
    ],
    warnings: [],
    created_at: "2026-01-01T00:00:00Z",
    updated_at: "2026-01-01T00:00:00Z",
    last_run: null,
    loaded: [],
    active_job: null,
    ...part,
  };
}

export function job(part: Partial<Job> = {}): Job {
  return {
    id: 7,
    kind: "generate",
    experiment: "shop",
    state: "running",
    run_id: 3,
    started_at: "2026-01-01T00:00:00Z",
    finished_at: null,
    rows_done: 50,
    rows_total: 200,
    rows_per_second: 25,
    tables: [],
    result: null,
    error: null,
    traceback: null,
    ...part,
  };
}

export function run(part: Partial<GenerationRun> = {}): GenerationRun {
  return {
    id: 3,
    experiment: "shop",
    status: "COMPLETED",
    seed: 42,
    target_rows: { orders: 1000 },
    row_counts: { orders: 1000 },
    files: { orders: [{ uri: "s3://staging/shop/3/orders/part-0.parquet", rows: 1000, size: 2048 }] },
    location: "s3://staging/shop/3/",
    staged: true,
    timings: {},
    error: null,
    traceback: null,
    started_at: "2026-01-01T00:00:00Z",
    finished_at: "2026-01-01T00:00:02Z",
    extends: null,
    days: 0,
    version: "0.1.0",
    ...part,
  };
}
