/** The key graph as a picture of its own, that needs neither this page nor its styles. */

import type { GraphKey, GraphTable, KeyGraphData } from "~/api/graph";
import {
  CARD_WIDTH,
  type CardShape,
  columnList,
  HEAD_HEIGHT,
  inCycle,
  type Places,
  ROW_HEIGHT,
} from "./model";
import { type KeyLine, keyLine } from "./paths";

const MARGIN = 24;
/** Lines may leave the cards' rectangle: around self references and cards one above the other. */
const ROOM = 120;

export interface Picture {
  svg: string;
  width: number;
  height: number;
}

export function svgOf(
  graph: KeyGraphData,
  cards: readonly CardShape[],
  places: Places,
  cycles: readonly string[][],
): Picture {
  const byName = new Map(cards.map((card) => [card.table.name, card]));
  const boxes = cards.map((card) => ({ card, at: places[card.table.name] ?? { x: 0, y: 0 } }));
  const left = Math.min(0, ...boxes.map((box) => box.at.x)) - MARGIN;
  const top = Math.min(0, ...boxes.map((box) => box.at.y)) - MARGIN;
  const width = Math.max(0, ...boxes.map((box) => box.at.x)) + CARD_WIDTH + ROOM - left;
  const height = Math.max(0, ...boxes.map((box) => box.at.y + box.card.height)) + MARGIN - top;
  const lines = graph.keys.map((key) => {
    const from = byName.get(key.from_table);
    const to = byName.get(key.to_table);
    const start = places[key.from_table];
    const stop = places[key.to_table];
    if (!from || !to || !start || !stop) return "";
    const line = keyLine(
      { card: from, at: start, columns: key.from_columns },
      { card: to, at: stop, columns: key.to_columns },
      key.from_table === key.to_table,
    );
    return drawnKey(key, line, inCycle(key, cycles));
  });
  const svg = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="${left} ${top} ${width} ${height}" width="${width}" height="${height}" font-family="system-ui, sans-serif" font-size="12">`,
    '<defs><marker id="to" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" markerHeight="8" orient="auto-start-reverse"><path d="M0,0 L10,5 L0,10 z" fill="#555"/></marker></defs>',
    `<rect x="${left}" y="${top}" width="${width}" height="${height}" fill="#fff"/>`,
    ...lines,
    ...boxes.map(({ card, at }) => drawnCard(card, at.x, at.y)),
    "</svg>",
  ].join("\n");
  return { svg, width, height };
}

function drawnKey(key: GraphKey, { line, stubs, middle }: KeyLine, cycle: boolean): string {
  const style = `fill="none" stroke="${cycle ? "#c2500a" : "#555"}" stroke-width="1.5"${key.nullable ? ' stroke-dasharray="5 4"' : ""}`;
  const label = `${columnList(key.from_columns)} → ${columnList(key.to_columns)}`;
  const named = key.composite
    ? `<text x="${middle.x}" y="${middle.y}" text-anchor="middle" font-size="11" stroke="#fff" stroke-width="4" paint-order="stroke" fill="#222">${text(label)}</text>`
    : "";
  return `<g><title>${text(label)}</title><path d="${line}" ${style} marker-end="url(#to)"/>${stubs.map((stub) => `<path d="${stub}" ${style}/>`).join("")}${named}</g>`;
}

function drawnCard({ table, columns, hidden, height }: CardShape, x: number, y: number): string {
  const rows = columns.map((column, index) => {
    const middle = HEAD_HEIGHT + index * ROW_HEIGHT + ROW_HEIGHT / 2 + 4;
    const weight = column.primary_key || column.references ? ' font-weight="600"' : "";
    return `<text x="10" y="${middle}"${weight}>${text(clipped(column.name, 24))} <tspan fill="#666" font-size="10">${marks(table, column.name)}</tspan></text><text x="${CARD_WIDTH - 10}" y="${middle}" text-anchor="end" fill="#666" font-size="11">${text(clipped(column.type, 16))}</text>`;
  });
  const more =
    hidden > 0
      ? `<text x="10" y="${HEAD_HEIGHT + columns.length * ROW_HEIGHT + ROW_HEIGHT / 2 + 4}" fill="#666">${hidden} more</text>`
      : "";
  return [
    `<g transform="translate(${x},${y})"><rect width="${CARD_WIDTH}" height="${height}" rx="4" fill="#fff" stroke="#999"/>`,
    `<path d="M0,${HEAD_HEIGHT} H${CARD_WIDTH}" stroke="#999"/>`,
    `<text x="10" y="${HEAD_HEIGHT / 2 + 5}" font-size="13" font-weight="650">${text(clipped(table.name, 30))}</text>`,
    ...rows,
    more,
    "</g>",
  ].join("");
}

function marks(table: GraphTable, name: string): string {
  const column = table.columns.find((each) => each.name === name);
  if (!column) return "";
  return [column.primary_key && "PK", column.references && "FK", column.unique && !column.primary_key && "UK"]
    .filter(Boolean)
    .join(" ");
}

const clipped = (value: string, length: number): string =>
  value.length > length ? `${value.slice(0, length - 1)}…` : value;

function text(value: string): string {
  const printable = [...value].map((letter) => ((letter.codePointAt(0) ?? 0) < 32 ? " " : letter)).join("");
  return printable.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** Most pixels of a side that browsers draw on a canvas. */
const MOST_PIXELS = 8_000;

export async function pngOf({ svg, width, height }: Picture): Promise<Blob> {
  const scale = Math.min(2, MOST_PIXELS / Math.max(width, height));
  const url = URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" }));
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
    canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
    return await new Promise((resolve, reject) => {
      canvas.toBlob((blob) =>
        blob
          ? resolve(blob)
          : reject(new Error("The browser could not draw a picture of this size. Take SVG.")),
      );
    });
  } finally {
    URL.revokeObjectURL(url);
  }
}
