/** How long a job has taken, and how long it still takes. */

import { useEffect, useState } from "react";
import type { Job } from "~/api/jobs";

/** Milliseconds since 1970, new every second as long as it matters. */
export function useNow(running: boolean): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (!running) return;
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, [running]);
  return now;
}

export function elapsedSeconds(started: string, finished: string | null, now: number): number {
  const end = finished === null ? now : Date.parse(finished);
  return Math.max(0, (end - Date.parse(started)) / 1000);
}

/** Seconds that are left at the rate so far; null while that says nothing yet. */
export function remainingSeconds(
  job: Pick<Job, "rows_done" | "rows_total" | "rows_per_second">,
): number | null {
  if (job.rows_done <= 0 || job.rows_per_second <= 0) return null;
  return Math.max(0, (job.rows_total - job.rows_done) / job.rows_per_second);
}
