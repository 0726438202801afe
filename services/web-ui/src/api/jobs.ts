/** Work in the background: what runs, and what ran. */

import { type UseQueryResult, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type ApiError, call, type Problem, type Schemas } from "./client";
import { keys } from "./keys";
import { useConnected } from "./live";

export type Warehouse = Schemas["Warehouse"];
export type LoadAnswer = Schemas["LoadAnswer"];
export type JobKind = "generate" | "load" | "verify";
export type JobState = "running" | "completed" | "failed" | "cancelled" | "aborted";

export interface JobTable {
  warehouse: Warehouse | null;
  table: string;
  rows_done: number;
  rows_total: number;
  state: "waiting" | "running" | "done" | "failed";
  seconds: number | null;
}

export interface Check {
  table: string;
  rule: string;
  columns: string[];
  ok: boolean;
  violations: number;
  expected: string;
  actual: string;
  sql: string;
  seconds: number;
}

export interface WarehouseVerification {
  warehouse: Warehouse;
  ok: boolean;
  error: string | null;
  checks: Check[];
}

export interface VerifyReport {
  ok: boolean;
  seconds: number;
  warehouses: WarehouseVerification[];
}

export interface Job {
  id: number;
  kind: JobKind;
  experiment: string;
  state: JobState;
  run_id: number | null;
  started_at: string;
  finished_at: string | null;
  rows_done: number;
  rows_total: number;
  rows_per_second: number;
  tables: JobTable[];
  result: LoadAnswer | VerifyReport | null;
  error: Problem | null;
  traceback: string | null;
}

export function isVerifyReport(result: Job["result"]): result is VerifyReport {
  return result !== null && "warehouses" in result;
}

export interface JobFilter {
  experiment?: string;
  active?: boolean;
  limit?: number;
}

/** How often what runs is asked for, in milliseconds: the server's events tell of each change as long as they come. */
export function pollEvery(running: boolean, connected: boolean): number | false {
  if (!running) return false;
  return connected ? 10_000 : 1_000;
}

export function useJobs(filter: JobFilter = {}): UseQueryResult<Job[], ApiError> {
  const connected = useConnected();
  return useQuery<Job[], ApiError>({
    queryKey: [...keys.jobs, filter],
    queryFn: ({ signal }) => {
      const query = new URLSearchParams();
      for (const [name, value] of Object.entries(filter)) query.set(name, String(value));
      return call("GET", `/api/jobs?${query}`, { signal });
    },
    refetchInterval: (query) =>
      pollEvery(query.state.data?.some((job) => job.state === "running") ?? false, connected),
  });
}

export function useJob(id: number): UseQueryResult<Job, ApiError> {
  const connected = useConnected();
  return useQuery<Job, ApiError>({
    queryKey: keys.job(id),
    queryFn: ({ signal }) => call("GET", `/api/jobs/${id}`, { signal }),
    refetchInterval: (query) => pollEvery(query.state.data?.state === "running", connected),
  });
}

export function useCancelJob() {
  const client = useQueryClient();
  return useMutation<Job, ApiError, number>({
    mutationFn: (id) => call("POST", `/api/jobs/${id}/cancel`),
    onSuccess: (job) => client.setQueryData(keys.job(job.id), job),
    onSettled: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: keys.jobs }),
        client.invalidateQueries({ queryKey: keys.experiments }),
      ]),
  });
}
