/** Ways from a run to its files, its rows and its statements. */

import { screenOf } from "~/api/experiments";
import type { Job } from "~/api/jobs";

/** The page of a job: a generation is shown as its run. */
export function jobPath(job: Job): string {
  return job.kind === "generate" && job.run_id !== null
    ? screenOf(job.experiment, `/runs/${job.run_id}`)
    : `/jobs/${job.id}`;
}

/** Where the data browser shows what an experiment has in a warehouse. */
export function dataPath(warehouse: string, experiment: string): string {
  return `/data/${encodeURIComponent(warehouse)}?experiment=${encodeURIComponent(experiment)}`;
}

/** The SQL workspace with a statement in it. */
export function sqlPath(warehouse: string, experiment: string, sql: string): string {
  return `/sql?${new URLSearchParams({ warehouse, experiment, sql })}`;
}

/** A name as SQL takes it; plain names stay as they are, so that each warehouse folds them as it does. */
export function quoted(name: string): string {
  return /^[A-Za-z_]\w*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
}

/** The S3 browser at the folder of a file; null for one that is not in a bucket. */
export function s3Path(uri: string | undefined): string | null {
  const found = /^s3:\/\/([^/]+)\/(.*\/)?[^/]*$/.exec(uri ?? "");
  if (!found?.[1]) return null;
  const prefix = (found[2] ?? "").split("/").map(encodeURIComponent).join("/");
  return `/s3/${encodeURIComponent(found[1])}/${prefix}`;
}
