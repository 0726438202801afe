/** Experiments: their schemas, their runs, and what is done with them. */

import { type UseQueryResult, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type ApiError, call, type Schemas } from "./client";
import type { Job, Warehouse } from "./jobs";
import { keys } from "./keys";

export type Experiment = Schemas["Experiment"];
export type Table = Experiment["tables"][number];
export type Column = Table["columns"][number];
export type Dialect = Schemas["Dialect"];
export type GenerationRun = Schemas["GenerationRun"];

export type ExperimentSummary = Schemas["ExperimentSummary"];
export type ExperimentDetail = Schemas["ExperimentDetail"];
export type ImportDiagnostic = Schemas["Diagnostic"];
export type ImportAnswer = Schemas["ImportSqlAnswer"];
export type ImportRequest = Schemas["ImportSqlRequest"];
export type GenerateRequest = Schemas["GenerateRequest"];
export type AppendRequest = Schemas["AppendRequest"];

/** What may change a warehouse that is on another machine; the server then wants it confirmed. */
export interface Confirmed {
  allowRemote?: boolean;
}

export function pathOf(name: string, rest = ""): string {
  return `/api/experiments/${encodeURIComponent(name)}${rest}`;
}

export function screenOf(name: string, rest = ""): string {
  return `/experiments/${encodeURIComponent(name)}${rest}`;
}

export function useExperiments() {
  return useQuery<ExperimentSummary[], ApiError>({
    queryKey: keys.experiments,
    queryFn: ({ signal }) => call("GET", "/api/experiments", { signal }),
  });
}

export function useExperiment(name: string) {
  return useQuery<ExperimentDetail, ApiError>({
    queryKey: keys.experiment(name),
    queryFn: ({ signal }) => call("GET", pathOf(name), { signal }),
  });
}

export function useRuns(name: string) {
  return useQuery<GenerationRun[], ApiError>({
    queryKey: keys.runs(name),
    queryFn: ({ signal }) => call("GET", pathOf(name, "/runs"), { signal }),
  });
}

export function useRun(name: string, id: number): UseQueryResult<GenerationRun, ApiError> {
  return useQuery<GenerationRun, ApiError>({
    queryKey: [...keys.runs(name), id],
    queryFn: ({ signal }) => call("GET", pathOf(name, `/runs/${id}`), { signal }),
    // A run of the command line is no job of this server: nothing tells when it ends.
    refetchInterval: (query) => (query.state.data?.status === "RUNNING" ? 2_000 : false),
  });
}

/** Store a schema (`dryRun`: only interpret it), written as JSON or YAML. */
export function createExperiment(
  text: string,
  language: "json" | "yaml",
  dryRun: boolean,
): Promise<ExperimentDetail> {
  return call("POST", `/api/experiments?dry_run=${dryRun}`, { text, type: `application/${language}` });
}

export function importSql(request: ImportRequest): Promise<ImportAnswer> {
  return call("POST", "/api/experiments/import-sql", { json: request });
}

function useAction<Result, Input extends { name: string }>(
  run: (input: Input) => Promise<Result>,
  { deletes = false }: { deletes?: boolean } = {},
) {
  const client = useQueryClient();
  return useMutation<Result, ApiError, Input>({
    mutationFn: run,
    onSettled: (_result, error) =>
      Promise.all([
        // What is gone is not asked for again.
        client.invalidateQueries({ queryKey: keys.experiments, exact: deletes && error === null }),
        client.invalidateQueries({ queryKey: keys.jobs }),
        client.invalidateQueries({ queryKey: keys.warehouses }),
      ]),
  });
}

const remote = ({ allowRemote = false }: Confirmed) => `allow_remote=${allowRemote}`;

export function useGenerate() {
  return useAction(({ name, request, ...more }: { name: string; request: GenerateRequest } & Confirmed) =>
    call<GenerationRun>("POST", pathOf(name, `/generate?${remote(more)}`), { json: request }),
  );
}

export function useAppend() {
  return useAction(({ name, request, ...more }: { name: string; request: AppendRequest } & Confirmed) =>
    call<GenerationRun>("POST", pathOf(name, `/append?${remote(more)}`), { json: request }),
  );
}

export function useLoad() {
  return useAction(
    ({
      name,
      ...more
    }: { name: string; warehouses: Warehouse[] | null; run_id: number | null } & Confirmed) =>
      call<Job>("POST", pathOf(name, `/load?${remote(more)}`), {
        json: { warehouses: more.warehouses, run_id: more.run_id },
      }),
  );
}

export function useVerify() {
  return useAction(({ name, warehouses }: { name: string; warehouses: Warehouse[] | null }) =>
    call<Job>("POST", pathOf(name, "/verify"), { json: { warehouses } }),
  );
}

export function useReset() {
  return useAction(({ name, ...more }: { name: string } & Confirmed) =>
    call<{ emptied: Record<string, number> }>("POST", pathOf(name, `/reset?${remote(more)}`)),
  );
}

export function useDelete() {
  return useAction(
    ({ name, purge, ...more }: { name: string; purge: boolean } & Confirmed) =>
      call<{ dropped_tables: number }>("DELETE", pathOf(name, `?purge_staging=${purge}&${remote(more)}`)),
    { deletes: true },
  );
}

export function useCancelRun() {
  return useAction(({ name, id }: { name: string; id: number }) =>
    call<GenerationRun>("POST", pathOf(name, `/runs/${id}/cancel`)),
  );
}
