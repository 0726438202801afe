/** Work in the background: what runs, and what ran. */

import { type UseQueryResult, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type ApiError, call, type Schemas } from "./client";
import { keys } from "./keys";
import { useConnected } from "./live";

export type Warehouse = Schemas["Warehouse"];
export type LoadAnswer = Schemas["LoadAnswer"];
export type VerifyReport = Schemas["VerifyReport"];
export type WarehouseVerification = Schemas["WarehouseVerification"];
export type Check = Schemas["Check"];
export type Job = Schemas["Job"];

export function isVerifyReport(result: Job["result"]): result is VerifyReport {
  return result != null && "warehouses" in result;
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
