/** Cells of a result: how they are shown, compared and copied. */

export type ColumnKind =
  | "number"
  | "string"
  | "boolean"
  | "date"
  | "time"
  | "timestamp"
  | "binary"
  | "json"
  | "other";

export interface Column {
  name: string;
  /** The warehouse's own name of the type. */
  type: string;
  kind: ColumnKind;
}

/** Numbers that a double does not hold exactly are strings. */
export type Cell =
  | null
  | boolean
  | number
  | string
  | readonly unknown[]
  | { readonly [key: string]: unknown };

/** Longer texts are cut in the grid; they are whole in the drawer and in what is copied. */
export const SHOWN_CHARACTERS = 250;

/** A value as text; of semi-structured values their JSON. NULL is empty. */
export function cellText(cell: Cell, indent?: number): string {
  if (cell === null || cell === undefined) return "";
  return typeof cell === "object" ? JSON.stringify(cell, null, indent) : String(cell);
}

/** One line of limited length for a cell of the grid. */
export function shownText(cell: Cell): string {
  const text = cellText(cell);
  const cut = text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text;
  return cut.replace(/\r\n|\r|\n/g, "↵").replace(/\t/g, "⇥");
}

/** The order of two cells of a column, NULL not among them. */
export function compareCells(left: Cell, right: Cell, kind: ColumnKind): number {
  if (kind === "number") return compareNumbers(left, right);
  if (typeof left === "boolean" && typeof right === "boolean") return Number(left) - Number(right);
  return compareTexts(cellText(left), cellText(right));
}

function compareTexts(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

const INTEGER = /^-?\d+$/;

function compareNumbers(left: Cell, right: Cell): number {
  const [a, b] = [Number(left), Number(right)];
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  if (a !== b) return a < b ? -1 : 1;
  if (typeof left !== "string" && typeof right !== "string") return 0;
  // The same double, but perhaps not the same number.
  const [one, other] = [String(left), String(right)];
  if (INTEGER.test(one) && INTEGER.test(other)) {
    const difference = BigInt(one) - BigInt(other);
    return difference < 0n ? -1 : difference > 0n ? 1 : 0;
  }
  return compareDecimals(one, other);
}

function compareDecimals(left: string, right: string): number {
  const places = Math.max(fraction(left).length, fraction(right).length);
  const scaled = (text: string) => {
    const digits = text.replace(/\..*$/, "") + fraction(text).padEnd(places, "0");
    return INTEGER.test(digits) ? BigInt(digits) : null;
  };
  const [a, b] = [scaled(left), scaled(right)];
  if (a === null || b === null) return 0;
  return a < b ? -1 : a > b ? 1 : 0;
}

function fraction(text: string): string {
  return /\.(\d+)$/.exec(text)?.[1] ?? "";
}

/** The places of rows in order by one column; rows with NULL are last, equal rows stay as they were. */
export function sortedPlaces(
  cells: readonly Cell[],
  kind: ColumnKind,
  descending: boolean,
): Uint32Array<ArrayBuffer> {
  const places = Uint32Array.from(cells, (_, place) => place);
  const sign = descending ? -1 : 1;
  return places.sort((one, other) => {
    const left = cells[one] ?? null;
    const right = cells[other] ?? null;
    if (left === null || right === null) return Number(left === null) - Number(right === null) || one - other;
    return sign * compareCells(left, right, kind) || one - other;
  });
}

/** Tab-separated text, as spreadsheets take it. */
export function tsv(rows: readonly (readonly Cell[])[]): string {
  return rows.map((row) => row.map((cell) => tsvField(cellText(cell))).join("\t")).join("\n");
}

function tsvField(text: string): string {
  return /[\t\r\n"]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A first width in pixels from the names and some rows. */
export function estimatedWidth(column: Column, place: number, rows: readonly (readonly Cell[])[]): number {
  let longest = Math.max(column.name.length + 3, Math.min(column.type.length, 16));
  for (const row of rows.slice(0, 50)) {
    const cell = row[place] ?? null;
    longest = Math.max(longest, cell === null ? 4 : Math.min(cellText(cell).length, 60));
  }
  return Math.min(Math.max(Math.round(longest * 7.6) + 22, 72), 380);
}
