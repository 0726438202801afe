/** Where a grid gets its rows: by pages, as they are needed. */

import { useEffect, useMemo, useSyncExternalStore } from "react";
import type { Cell, Column } from "./ResultsGridCells";

export type Row = readonly Cell[];

export interface RowSource {
  /** Which rows these are: with another id the grid begins anew. */
  id: string;
  columns: readonly Column[];
  /** How many rows there are, as far as is known. It may grow while `complete` is false. */
  rowCount: number;
  /** There are no more rows than `rowCount`. */
  complete: boolean;
  pageRows: number;
  /** Rows from `offset` (a multiple of `pageRows`) on, at most `pageRows`. */
  getPage: (offset: number, signal: AbortSignal) => Promise<readonly Row[]>;
  /** The page at offset 0, when it is there already. */
  firstPage?: readonly Row[];
}

/** A source of rows that are all there. */
export function rowsInMemory(id: string, columns: readonly Column[], rows: readonly Row[]): RowSource {
  return {
    id,
    columns,
    rowCount: rows.length,
    complete: true,
    pageRows: Math.max(rows.length, 1),
    getPage: async () => rows,
    firstPage: rows,
  };
}

/** Rows kept at once; pages far from what is seen are dropped beyond. */
export const KEPT_ROWS = 250_000;
/** Milliseconds between two looks at what is wanted: a fast scroll does not ask for all that it passes. */
const PAUSE = 60;
const AT_ONCE = 4;

interface Loading {
  stop: AbortController;
  done: Promise<void>;
  /** Somebody waits for it: it is not given up because it is out of sight. */
  held: boolean;
}

export class RowPages {
  private source: RowSource;
  private readonly pages = new Map<number, readonly Row[]>();
  private readonly loading = new Map<number, Loading>();
  private readonly listeners = new Set<() => void>();
  private wanted: readonly [number, number] = [0, 0];
  private timer: ReturnType<typeof setTimeout> | null = null;
  private version = 0;
  /** Why the last page could not be had; null once one was. */
  error: unknown = null;

  constructor(source: RowSource) {
    this.source = source;
    if (source.firstPage) this.pages.set(0, source.firstPage);
  }

  /** Another state of the same rows: more of them are known. */
  update(source: RowSource): void {
    this.source = source;
  }

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  snapshot = (): number => this.version;

  row(place: number): Row | undefined {
    return this.pages.get(Math.floor(place / this.source.pageRows))?.[place % this.source.pageRows];
  }

  /** Whether every row is here. */
  isWhole(): boolean {
    return this.source.complete && this.missing(0, this.source.rowCount).length === 0;
  }

  /** How many rows are here. */
  count(): number {
    let rows = 0;
    for (const page of this.pages.values()) rows += page.length;
    return rows;
  }

  /** Have rows `from` to `to` (exclusive) before long; what was wanted before and is not any more is given up. */
  want(from: number, to: number): void {
    this.wanted = [from, to];
    if (this.timer !== null || this.error !== null || this.missing(from, to).length === 0) return;
    this.timer = setTimeout(() => {
      this.timer = null;
      const missing = this.missing(...this.wanted);
      for (const [page, { stop, held }] of this.loading) if (!held && !missing.includes(page)) stop.abort();
      for (const page of missing.slice(0, AT_ONCE)) void this.load(page).catch(() => undefined);
    }, PAUSE);
  }

  /** Rows `from` to `to` (exclusive). Throws what a page threw. */
  async take(from: number, to: number, onProgress?: (rows: number) => void): Promise<Row[]> {
    const taken: Row[] = [];
    const size = this.source.pageRows;
    for (let page = Math.floor(from / size); page * size < to; page += 1) {
      if (this.missing(page * size, Math.min((page + 1) * size, to)).length > 0) await this.load(page, true);
      const rows = this.pages.get(page) ?? [];
      for (const row of rows.slice(Math.max(from - page * size, 0), to - page * size)) taken.push(row);
      onProgress?.(taken.length);
    }
    return taken;
  }

  retry(): void {
    this.error = null;
    this.changed();
    this.want(...this.wanted);
  }

  stop(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    for (const { stop } of this.loading.values()) stop.abort();
  }

  private missing(from: number, to: number): number[] {
    const size = this.source.pageRows;
    const found: number[] = [];
    const end = Math.min(to, this.source.rowCount);
    for (let page = Math.floor(from / size); page * size < end; page += 1) {
      const expected = Math.min(size, this.source.rowCount - page * size);
      if ((this.pages.get(page)?.length ?? 0) < expected) found.push(page);
    }
    return found;
  }

  private load(page: number, held = false): Promise<void> {
    const running = this.loading.get(page);
    if (running && !running.stop.signal.aborted) {
      running.held ||= held;
      return running.done;
    }
    const stop = new AbortController();
    const done = this.fetch(page, stop.signal).finally(() => {
      if (this.loading.get(page)?.stop === stop) this.loading.delete(page);
    });
    this.loading.set(page, { stop, done, held });
    return done;
  }

  private async fetch(page: number, signal: AbortSignal): Promise<void> {
    try {
      const rows = await this.source.getPage(page * this.source.pageRows, signal);
      if (signal.aborted) return;
      this.pages.delete(page);
      this.pages.set(page, rows);
      this.error = null;
      this.drop();
    } catch (error) {
      if (signal.aborted) return;
      this.error = error;
      throw error;
    } finally {
      if (!signal.aborted) this.changed();
    }
  }

  /** The pages that came first go first, but none that is wanted. */
  private drop(): void {
    const size = this.source.pageRows;
    if (this.source.rowCount <= KEPT_ROWS) return;
    for (const page of this.pages.keys()) {
      if (this.pages.size * size <= KEPT_ROWS) return;
      if ((page + 1) * size < this.wanted[0] || page * size > this.wanted[1]) this.pages.delete(page);
    }
  }

  private changed(): void {
    this.version += 1;
    for (const listener of this.listeners) listener();
  }
}

export function useRowPages(source: RowSource): RowPages {
  const { id } = source;
  // biome-ignore lint/correctness/useExhaustiveDependencies: a source is the same as long as its id is
  const pages = useMemo(() => new RowPages(source), [id]);
  pages.update(source);
  useSyncExternalStore(pages.subscribe, pages.snapshot);
  useEffect(() => () => pages.stop(), [pages]);
  return pages;
}
