/** Where the boxes of the lineage stand: a column for each kind, rows in the order of the schema's tables. */

import type { LineageData, LineageKind } from "~/api/graph";
import type { Places } from "./model";

export const PLACE_WIDTH = 240;
export const PLACE_HEIGHT = 62;
const GAP = 18;
const KINDS: LineageKind[] = ["schema_table", "run", "file_group", "warehouse_table"];

export function arrangeLineage(lineage: LineageData): Places {
  const order = new Map(
    lineage.nodes.filter((node) => node.kind === "schema_table").map((node, index) => [node.table, index]),
  );
  const columns = KINDS.map((kind) =>
    lineage.nodes
      .filter((node) => node.kind === kind)
      .map((node, index) => ({ node, index }))
      .sort((a, b) => (order.get(a.node.table) ?? 0) - (order.get(b.node.table) ?? 0) || a.index - b.index),
  );
  const tallest = Math.max(...columns.map((column) => column.length));
  const places: Places = {};
  columns.forEach((column, at) => {
    const top = ((tallest - column.length) * (PLACE_HEIGHT + GAP)) / 2;
    column.forEach(({ node }, row) => {
      places[node.id] = { x: at * (PLACE_WIDTH + 110), y: top + row * (PLACE_HEIGHT + GAP) };
    });
  });
  return places;
}

/** All that a node's rows come from, and all that they go to; itself, too. */
export function related(id: string, edges: LineageData["edges"]): Set<string> {
  const found = new Set([id]);
  const follow = (from: "source" | "target", to: "source" | "target") => {
    const seen = new Set([id]);
    const waiting = [id];
    for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
      for (const edge of edges) {
        if (edge[from] !== at || seen.has(edge[to])) continue;
        seen.add(edge[to]);
        found.add(edge[to]);
        waiting.push(edge[to]);
      }
    }
  };
  follow("source", "target");
  follow("target", "source");
  return found;
}
