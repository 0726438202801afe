/** What the key graph shows of a schema, and where: without a browser, so that it can be tested and exported. */

import { Graph, type GraphLabel, layout } from "@dagrejs/dagre";
import type { GraphColumn, GraphKey, GraphTable, KeyGraphData } from "~/api/graph";

export const CARD_WIDTH = 264;
export const HEAD_HEIGHT = 40;
export const ROW_HEIGHT = 24;
const GAP = 36;
const RANK_GAP = 160;
/** A table with more columns begins folded: only the columns of keys are shown. */
export const WIDE = 12;

export interface CardShape {
  table: GraphTable;
  columns: GraphColumn[];
  hidden: number;
  /** It has columns that are no keys. */
  foldable: boolean;
  height: number;
}

export interface Point {
  x: number;
  y: number;
}

export type Places = Record<string, Point>;

/** A card that shows all columns, or those that take part in keys. */
export function cardOf(table: GraphTable, open: boolean, keyColumns: ReadonlySet<string>): CardShape {
  const keys = table.columns.filter(
    (column) => column.primary_key || column.references !== null || keyColumns.has(column.name),
  );
  const columns = open ? table.columns : keys;
  const hidden = table.columns.length - columns.length;
  const foldable = keys.length < table.columns.length;
  const rows = columns.length + (foldable ? 1 : 0);
  return { table, columns, hidden, foldable, height: HEAD_HEIGHT + rows * ROW_HEIGHT + 6 };
}

/** Which columns of each table any key begins or ends at. */
export function keyColumnsOf(keys: readonly GraphKey[]): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  const add = (table: string, columns: string[]) => {
    const known = found.get(table) ?? new Set<string>();
    for (const column of columns) known.add(column);
    found.set(table, known);
  };
  for (const key of keys) {
    add(key.from_table, key.from_columns);
    add(key.to_table, key.to_columns);
  }
  return found;
}

const NONE: ReadonlySet<string> = new Set();

/** Cards of all tables; `opened` says what the user chose for a table, else wide tables and big graphs are folded. */
export function cardsOf(graph: KeyGraphData, opened: Readonly<Record<string, boolean>>): CardShape[] {
  const used = keyColumnsOf(graph.keys);
  const many = graph.tables.length > 30;
  return graph.tables.map((table) =>
    cardOf(
      table,
      opened[table.name] ?? (!many && table.columns.length <= WIDE),
      used.get(table.name) ?? NONE,
    ),
  );
}

/**
 * Top left corners: referenced tables to the left of those that refer to them, tables without keys in rows below.
 */
export function arrange(cards: readonly CardShape[], keys: readonly GraphKey[]): Places {
  const joined = new Set(
    keys.filter((key) => key.from_table !== key.to_table).flatMap((key) => [key.from_table, key.to_table]),
  );
  const label: GraphLabel = { rankdir: "LR", nodesep: GAP, ranksep: RANK_GAP, marginx: 0, marginy: 0 };
  const drawing = new Graph({ multigraph: true });
  drawing.setGraph(label);
  drawing.setDefaultEdgeLabel(() => ({}));
  for (const { table, height } of cards) {
    if (joined.has(table.name)) drawing.setNode(table.name, { width: CARD_WIDTH, height });
  }
  for (const key of keys) {
    if (key.from_table !== key.to_table) drawing.setEdge(key.to_table, key.from_table);
  }
  layout(drawing);
  const placed = cards.flatMap((card) => {
    if (!joined.has(card.table.name)) return [];
    const node = drawing.node(card.table.name) as { x: number; y: number };
    return [{ card, at: { x: node.x - CARD_WIDTH / 2, y: node.y - card.height / 2 } }];
  });
  const boxes = broken(placed);
  const places: Places = Object.fromEntries(boxes.map((box) => [box.card.table.name, box.at]));
  const bottom = Math.max(0, ...boxes.map((box) => box.at.y + box.card.height));
  const right = Math.max(0, ...boxes.map((box) => box.at.x + CARD_WIDTH));
  const alone = cards.filter((card) => !joined.has(card.table.name));
  return { ...places, ...inRows(alone, boxes.length > 0 ? bottom + 60 : 0, right) };
}

interface Box {
  card: CardShape;
  at: Point;
}

/** Ranks that are much higher than the drawing is wide become several columns side by side. */
function broken(boxes: readonly Box[]): Box[] {
  const area = boxes.reduce((sum, { card }) => sum + (card.height + GAP) * (CARD_WIDTH + RANK_GAP), 0);
  const most = Math.max(1_400, Math.sqrt(area / 1.8));
  const ranks = [...grouped(boxes, (box) => Math.round(box.at.x)).entries()].sort(([a], [b]) => a - b);
  const heightOf = (rank: readonly Box[]) => rank.reduce((sum, { card }) => sum + card.height + GAP, 0);
  if (ranks.every(([, rank]) => heightOf(rank) <= most)) return [...boxes];
  const done: Box[] = [];
  let x = 0;
  for (const [, rank] of ranks) {
    const inOrder = [...rank].sort((a, b) => a.at.y - b.at.y);
    const perColumn = heightOf(rank) / Math.ceil(heightOf(rank) / most);
    let column: Box[] = [];
    const finish = () => {
      let y = (most - heightOf(column)) / 2;
      for (const box of column) {
        done.push({ card: box.card, at: { x, y } });
        y += box.card.height + GAP;
      }
      column = [];
    };
    for (const box of inOrder) {
      if (column.length > 0 && heightOf(column) + box.card.height / 2 > perColumn) {
        finish();
        x += CARD_WIDTH + GAP * 2;
      }
      column.push(box);
    }
    finish();
    x += CARD_WIDTH + RANK_GAP;
  }
  return done;
}

function grouped<T>(items: readonly T[], key: (item: T) => number): Map<number, T[]> {
  const groups = new Map<number, T[]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group) group.push(item);
    else groups.set(key(item), [item]);
  }
  return groups;
}

/** Cards side by side, about as wide as what is above them, else about as wide as high. */
function inRows(cards: readonly CardShape[], top: number, width: number): Places {
  const places: Places = {};
  const perRow = Math.max(
    Math.floor((width + 40) / (CARD_WIDTH + 40)),
    Math.ceil(Math.sqrt(cards.length * 0.8)),
    1,
  );
  let y = top;
  for (let start = 0; start < cards.length; start += perRow) {
    const row = cards.slice(start, start + perRow);
    row.forEach((card, index) => {
      places[card.table.name] = { x: index * (CARD_WIDTH + 40), y };
    });
    y += Math.max(...row.map((card) => card.height)) + 40;
  }
  return places;
}

/** Tables that can reach themselves over other tables: groups of tables that refer to each other in a circle. */
export function cyclesOf(keys: readonly GraphKey[]): string[][] {
  const next = new Map<string, string[]>();
  for (const { from_table: from, to_table: to } of keys) {
    if (from === to) continue;
    next.set(from, [...(next.get(from) ?? []), to]);
    if (!next.has(to)) next.set(to, []);
  }
  const reached = (start: string): Set<string> => {
    const seen = new Set<string>();
    const waiting = [...(next.get(start) ?? [])];
    for (let table = waiting.pop(); table !== undefined; table = waiting.pop()) {
      if (seen.has(table)) continue;
      seen.add(table);
      waiting.push(...(next.get(table) ?? []));
    }
    return seen;
  };
  const reach = new Map([...next.keys()].map((table) => [table, reached(table)]));
  const done = new Set<string>();
  const cycles: string[][] = [];
  for (const [table, seen] of reach) {
    if (done.has(table) || !seen.has(table)) continue;
    const group = [...seen].filter((other) => reach.get(other)?.has(table));
    for (const each of group) done.add(each);
    cycles.push([table, ...group.filter((each) => each !== table)]);
  }
  return cycles;
}

/** Whether a key is part of a circle of tables. */
export function inCycle(key: GraphKey, cycles: readonly string[][]): boolean {
  return (
    key.from_table !== key.to_table &&
    cycles.some((cycle) => cycle.includes(key.from_table) && cycle.includes(key.to_table))
  );
}

/** A table and all that a key joins to it. */
export function neighbours(table: string, keys: readonly GraphKey[]): Set<string> {
  const found = new Set([table]);
  for (const key of keys) {
    if (key.from_table === table) found.add(key.to_table);
    if (key.to_table === table) found.add(key.from_table);
  }
  return found;
}

export const columnList = (columns: readonly string[]): string =>
  columns.length === 1 ? (columns[0] ?? "") : `(${columns.join(", ")})`;

/** `order_items (order_id, line) → orders (id, line)`. */
export function keyText(key: GraphKey): string {
  return `${key.from_table}.${columnList(key.from_columns)} → ${key.to_table}.${columnList(key.to_columns)}`;
}

export function keyId(key: GraphKey, index: number): string {
  return `${index}:${key.from_table}:${key.to_table}`;
}
