/** The lines of the key graph: from the columns of one card to those of another. */

import { CARD_WIDTH, type CardShape, HEAD_HEIGHT, type Point, ROW_HEIGHT } from "./model";

export interface KeyLine {
  /** SVG path of the main line; it ends where the arrow's head is when there is one column. */
  line: string;
  /** Short lines from the columns of a composite key to the main line. */
  stubs: string[];
  middle: Point;
  end: Point;
  /** The side of the target card that the line comes to. */
  into: Side;
}

type Side = "left" | "right";

const STUB = 18;

interface End {
  card: CardShape;
  at: Point;
  columns: readonly string[];
}

/** The height of a column's row, or of the head if the row is folded away. */
function rowOf(end: End, column: string): number {
  const index = end.card.columns.findIndex((each) => each.name === column);
  return end.at.y + (index < 0 ? HEAD_HEIGHT / 2 : HEAD_HEIGHT + index * ROW_HEIGHT + ROW_HEIGHT / 2);
}

export function keyLine(from: End, to: End, self: boolean): KeyLine {
  const [out, into] = sides(from.at.x, to.at.x, self);
  const start = meeting(from, out);
  const stop = meeting(to, into);
  const bend = Math.max(40, Math.min(Math.abs(stop.point.x - start.point.x) / 2, 160));
  const turn = self ? 54 + Math.abs(stop.point.y - start.point.y) / 6 : bend;
  const first = { x: start.point.x + (out === "right" ? turn : -turn), y: start.point.y };
  const last = { x: stop.point.x + (into === "right" ? turn : -turn), y: stop.point.y };
  return {
    line: `M${spot(start.point)} C${spot(first)} ${spot(last)} ${spot(stop.point)}`,
    stubs: [...start.stubs, ...stop.stubs],
    middle: {
      x: (start.point.x + 3 * first.x + 3 * last.x + stop.point.x) / 8,
      y: (start.point.y + 3 * first.y + 3 * last.y + stop.point.y) / 8,
    },
    end: stop.point,
    into,
  };
}

function sides(from: number, to: number, self: boolean): [Side, Side] {
  if (self) return ["right", "right"];
  if (to + CARD_WIDTH + 20 <= from) return ["left", "right"];
  if (from + CARD_WIDTH + 20 <= to) return ["right", "left"];
  // One above the other: around the same side.
  return ["right", "right"];
}

/** Where the line of an end begins: at its one column, or where the short lines of all its columns meet. */
function meeting(end: End, side: Side): { point: Point; stubs: string[] } {
  const edge = side === "right" ? end.at.x + CARD_WIDTH : end.at.x;
  const away = side === "right" ? 1 : -1;
  const rows = end.columns.map((column) => rowOf(end, column));
  if (rows.length === 1) return { point: { x: edge, y: rows[0] ?? end.at.y }, stubs: [] };
  const point = { x: edge + away * STUB, y: rows.reduce((sum, row) => sum + row, 0) / rows.length };
  const near = { x: edge + away * (STUB / 2), y: 0 };
  const stubs = rows.map(
    (row) =>
      `M${spot({ x: edge, y: row })} C${spot({ ...near, y: row })} ${spot({ ...near, y: point.y })} ${spot(point)}`,
  );
  return { point, stubs };
}

const spot = ({ x, y }: Point): string => `${Math.round(x * 10) / 10},${Math.round(y * 10) / 10}`;
