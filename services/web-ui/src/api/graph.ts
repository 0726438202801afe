/** Keys between an experiment's tables, and where their rows come from. */

import { useQuery } from "@tanstack/react-query";
import { api, body, type Schemas } from "./client";
import { download } from "./download";
import { keys } from "./keys";

export type GraphColumn = Schemas["GraphColumn"];
export type GraphTable = Schemas["GraphTable"];
export type GraphKey = Schemas["GraphKey"];
export type KeyGraphData = Schemas["KeyGraph"];
export type LineageKind = Schemas["NodeKind"];
export type LineageNode = Schemas["LineageNode"];
export type LineageData = Schemas["Lineage"];

/** Without `format=dot` the answer is never text. */
type Answer<T> = Promise<{ data?: T }>;

export function useKeyGraph(name: string) {
  return useQuery({
    queryKey: keys.graph(name),
    queryFn: ({ signal }) =>
      body<KeyGraphData>(
        api.GET("/api/experiments/{name}/graph", {
          params: { path: { name } },
          signal,
        }) as Answer<KeyGraphData>,
      ),
  });
}

export function useLineage(name: string) {
  return useQuery({
    queryKey: keys.lineage(name),
    queryFn: ({ signal }) =>
      body<LineageData>(
        api.GET("/api/experiments/{name}/lineage", {
          params: { path: { name } },
          signal,
        }) as Answer<LineageData>,
      ),
  });
}

export function downloadDot(name: string, graph: "graph" | "lineage"): Promise<void> {
  return download(`/api/experiments/${encodeURIComponent(name)}/${graph}?format=dot`, `${name}-${graph}.dot`);
}
