/** The run of each tab: it goes on while another tab or another screen is shown. */

import { type QueryClient, useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import { ApiError, type Problem, unreachable } from "~/api/client";
import { keys } from "~/api/keys";
import {
  cancelQuery,
  freeQuery,
  PAGE_ROWS,
  type QueryPage,
  readPage,
  runQuery,
  type Statement,
} from "~/api/queries";
import type { RowSource } from "~/components/ResultsGridSource";
import type { Chosen } from "./statements";
import { newId } from "./tabs";

export interface Run {
  queryId: string;
  statement: Statement;
  chosen: Chosen;
  /** The editor's text at the time, for the places of errors. */
  text: string;
  startedAt: number;
  state: "running" | "cancelling" | "done" | "failed" | "cancelled";
  /** From the click to the first page. */
  seconds: number | null;
  page: QueryPage | null;
  rowCount: number;
  complete: boolean;
  truncated: boolean;
  problem: Problem | null;
}

const runKey = (tab: string) => ["sql-run", tab] as const;
/** Milliseconds between two looks at how many rows there are by now. */
const PAUSE = 400;

export function useRun(tab: string): Run | null {
  return (
    useQuery<Run | null>({
      queryKey: runKey(tab),
      queryFn: () => null,
      enabled: false,
      initialData: null,
      gcTime: Number.POSITIVE_INFINITY,
    }).data ?? null
  );
}

export class Runner {
  constructor(private readonly client: QueryClient) {}

  get(tab: string): Run | null {
    return this.client.getQueryData<Run | null>(runKey(tab)) ?? null;
  }

  async start(
    tab: string,
    statement: Statement,
    chosen: Chosen,
    text: string,
    allowRemote = false,
  ): Promise<void> {
    const before = this.get(tab);
    if (before) this.free(before);
    const run: Run = {
      queryId: newId(),
      statement,
      chosen,
      text,
      startedAt: performance.now(),
      state: "running",
      seconds: null,
      page: null,
      rowCount: 0,
      complete: false,
      truncated: false,
      problem: null,
    };
    this.client.setQueryDefaults(runKey(tab), { gcTime: Number.POSITIVE_INFINITY });
    this.client.setQueryData(runKey(tab), run);
    const stop = new AbortController();
    try {
      const page = await runQuery(statement, run.queryId, allowRemote, stop.signal);
      this.change(tab, run.queryId, { state: "done", ...progress(page), page, seconds: since(run) });
      void this.client.invalidateQueries({ queryKey: keys.history });
      if (page.statement !== "select") void this.client.invalidateQueries({ queryKey: keys.warehouses });
      await this.follow(tab, page);
    } catch (error) {
      this.fail(tab, run, error);
      void this.client.invalidateQueries({ queryKey: keys.history });
    }
  }

  /** Rows may still be read from the warehouse while the first are shown. */
  private async follow(tab: string, first: QueryPage): Promise<void> {
    let page = first;
    const id = first.query_id;
    while (id !== null && !page.complete && this.get(tab)?.queryId === id) {
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
      page = await readPage(id, page.rows_kept, 1, new AbortController().signal);
      this.change(tab, id, progress(page));
    }
  }

  cancel(tab: string): void {
    const run = this.get(tab);
    if (!run || run.complete || run.state === "failed") return;
    if (run.state === "running") this.change(tab, run.queryId, { state: "cancelling" });
    cancelQuery(run.queryId).catch((error: unknown) => this.fail(tab, run, error));
  }

  forget(tab: string): void {
    const run = this.get(tab);
    if (run) this.free(run);
    this.client.removeQueries({ queryKey: runKey(tab) });
  }

  private free(run: Run): void {
    // One that failed or is gone already has nothing to be freed.
    if (run.state !== "failed" && run.state !== "cancelled") freeQuery(run.queryId).catch(() => undefined);
  }

  private fail(tab: string, run: Run, error: unknown): void {
    const { problem } = error instanceof ApiError ? error : unreachable(error);
    const state =
      problem.code === "cancelled" || this.get(tab)?.state === "cancelling" ? "cancelled" : "failed";
    this.change(tab, run.queryId, { state, problem, complete: true, seconds: since(run) });
  }

  private change(tab: string, queryId: string, change: Partial<Run>): void {
    this.client.setQueryData<Run | null>(runKey(tab), (run) =>
      run?.queryId === queryId ? { ...run, ...change } : run,
    );
  }
}

function progress(page: QueryPage): Pick<Run, "rowCount" | "complete" | "truncated"> {
  return { rowCount: page.rows_kept, complete: page.complete, truncated: page.truncated };
}

function since(run: Run): number {
  return (performance.now() - run.startedAt) / 1000;
}

export function useRunner(): Runner {
  const client = useQueryClient();
  return useMemo(() => new Runner(client), [client]);
}

/** The rows of a run for the grid. */
export function sourceOf(run: Run): RowSource | null {
  const { page, queryId } = run;
  if (page === null) return null;
  return {
    id: queryId,
    columns: page.columns,
    rowCount: run.rowCount,
    complete: run.complete,
    pageRows: PAGE_ROWS,
    firstPage: page.rows,
    getPage: async (offset, signal) => (await readPage(queryId, offset, PAGE_ROWS, signal)).rows,
  };
}
