/** From the rows of a result to the points of a chart. */

import type { Cell, Column } from "~/components/ResultsGridCells";
import { cellText, compareCells } from "~/components/ResultsGridCells";
import type { Row } from "~/components/ResultsGridSource";

export type ChartType = "bar" | "line" | "area" | "scatter" | "pie";
export type Aggregate = "none" | "count" | "sum" | "avg" | "min" | "max";
export type Bucket = "none" | "day" | "month" | "year";

export interface ChartChoice {
  type: ChartType;
  /** A column; null: the number of the row. */
  x: number | null;
  y: number[];
  aggregate: Aggregate;
  /** How moments are put together. */
  bucket: Bucket;
}

/** Rows that are drawn at most. */
export const POINTS = 5_000;
const SLICES = 12;
const BUCKETS: Record<Bucket, number> = { none: 99, day: 10, month: 7, year: 4 };

export interface Point {
  x: string | number;
  [series: `y${number}`]: number | null;
}

export function isTime(column: Column | undefined): boolean {
  return column?.kind === "date" || column?.kind === "timestamp";
}

/** A chart that makes sense of these columns: time gives a line, names give bars, two numbers a scatter. */
export function usualChart(columns: readonly Column[], rows: readonly Row[]): ChartChoice {
  const numbers = columns.flatMap((column, index) => (column.kind === "number" ? [index] : []));
  const measures = numbers.filter((index) => !isKey(columns[index]));
  const time = columns.findIndex(isTime);
  const names = columns.findIndex((column) => column.kind === "string" || column.kind === "boolean");
  if (time >= 0) {
    const bucket = usualBucket(rows, time);
    return settled({ type: "line", x: time, y: measures.slice(0, 3), aggregate: "none", bucket }, rows);
  }
  if (names >= 0)
    return settled(
      { type: "bar", x: names, y: measures.slice(0, 3), aggregate: "none", bucket: "none" },
      rows,
    );
  const [first, second] = measures.length > 1 ? measures : numbers;
  if (first !== undefined && second !== undefined && rows.length > 30)
    return { type: "scatter", x: first, y: [second], aggregate: "none", bucket: "none" };
  if (first !== undefined && second !== undefined)
    return settled(
      { type: "bar", x: numbers[0] ?? first, y: [second], aggregate: "none", bucket: "none" },
      rows,
    );
  if (first !== undefined) return { type: "bar", x: null, y: [first], aggregate: "none", bucket: "none" };
  return { type: "bar", x: columns.length > 0 ? 0 : null, y: [], aggregate: "count", bucket: "none" };
}

/** Rows that share a place are put together; without a number to show they are counted. */
function settled(choice: ChartChoice, rows: readonly Row[]): ChartChoice {
  if (choice.y.length === 0) return { ...choice, aggregate: "count" };
  const seen = new Set<string | number>();
  for (const row of rows.slice(0, POINTS)) {
    const x = placeOf(row, choice);
    if (seen.has(x)) return { ...choice, aggregate: "sum" };
    seen.add(x);
  }
  return choice;
}

function isKey(column: Column | undefined): boolean {
  return /(^|_)(id|key)$/i.test(column?.name ?? "");
}

function usualBucket(rows: readonly Row[], column: number): Bucket {
  const few: [Bucket, number][] = [
    ["none", 60],
    ["day", 90],
    ["month", 120],
  ];
  for (const [bucket, most] of few) {
    const values = new Set(
      rows.slice(0, POINTS).map((row) => cellText(row[column] ?? null).slice(0, BUCKETS[bucket])),
    );
    if (values.size <= most) return bucket;
  }
  return "year";
}

function placeOf(row: Row, choice: ChartChoice): string | number {
  const cell = choice.x === null ? null : (row[choice.x] ?? null);
  if (cell === null) return "NULL";
  if (typeof cell === "number") return cell;
  return cellText(cell).slice(0, choice.bucket === "none" ? 80 : BUCKETS[choice.bucket]);
}

function numberOf(cell: Cell | undefined): number | null {
  if (cell === null || cell === undefined || typeof cell === "object") return null;
  const value = Number(cell);
  return Number.isFinite(value) ? value : null;
}

/** The points in the order they are drawn; `y0`, `y1` … are the series. */
export function points(rows: readonly Row[], columns: readonly Column[], choice: ChartChoice): Point[] {
  const taken = rows.slice(0, POINTS);
  const found = choice.aggregate === "none" ? plain(taken, choice) : grouped(taken, choice);
  const column = choice.x === null ? undefined : columns[choice.x];
  const ordered = isTime(column) || (column?.kind === "number" && choice.type !== "bar");
  if (ordered && column && choice.type !== "pie")
    found.sort(
      (one, other) =>
        Number(one.x === "NULL") - Number(other.x === "NULL") || compareCells(one.x, other.x, column.kind),
    );
  return choice.type === "pie" ? slices(found) : found;
}

function plain(rows: readonly Row[], choice: ChartChoice): Point[] {
  return rows.map((row, place) => {
    const point: Point = { x: choice.x === null ? place + 1 : placeOf(row, choice) };
    if (choice.type === "scatter" && choice.x !== null) point.x = numberOf(row[choice.x]) ?? Number.NaN;
    choice.y.forEach((column, index) => {
      point[`y${index}`] = numberOf(row[column]);
    });
    return point;
  });
}

function grouped(rows: readonly Row[], choice: ChartChoice): Point[] {
  const groups = new Map<string | number, Row[]>();
  rows.forEach((row, place) => {
    const x = choice.x === null ? place + 1 : placeOf(row, choice);
    const group = groups.get(x);
    if (group) group.push(row);
    else groups.set(x, [row]);
  });
  return [...groups].map(([x, group]) => {
    const point: Point = { x };
    if (choice.aggregate === "count") point.y0 = group.length;
    else
      choice.y.forEach((column, index) => {
        const values = group.map((row) => numberOf(row[column])).filter((value) => value !== null);
        point[`y${index}`] = aggregated(values, choice.aggregate);
      });
    return point;
  });
}

function aggregated(values: readonly number[], how: Aggregate): number | null {
  if (values.length === 0) return null;
  const sum = values.reduce((total, value) => total + value, 0);
  if (how === "min") return Math.min(...values);
  if (how === "max") return Math.max(...values);
  return how === "avg" ? sum / values.length : sum;
}

/** The largest, and the rest as one. */
function slices(found: readonly Point[]): Point[] {
  const sorted = found
    .filter((point) => (point.y0 ?? 0) > 0)
    .sort((one, other) => (other.y0 ?? 0) - (one.y0 ?? 0));
  if (sorted.length <= SLICES) return sorted;
  const rest = sorted.slice(SLICES - 1).reduce((total, point) => total + (point.y0 ?? 0), 0);
  return [...sorted.slice(0, SLICES - 1), { x: "all others", y0: rest }];
}

export function seriesNames(columns: readonly Column[], choice: ChartChoice): string[] {
  if (choice.aggregate === "count") return ["count of rows"];
  return choice.y.map((index) => {
    const name = columns[index]?.name ?? "";
    return choice.aggregate === "none" ? name : `${choice.aggregate} of ${name}`;
  });
}
