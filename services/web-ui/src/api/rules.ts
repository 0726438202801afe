/** Families of columns and rules with their parameters, as the server registers them; what a schema would make. */

import { useQuery } from "@tanstack/react-query";
import { type ApiError, api, body, call, request, type Schemas } from "./client";
import type { Experiment } from "./experiments";
import { keys } from "./keys";

export type RuleCatalog = Schemas["RuleCatalog"];
export type RuleKind = Schemas["RuleKind"];
export type RowsPreview = Schemas["RowsPreviewAnswer"];

export function useRuleCatalog() {
  return useQuery<RuleCatalog, ApiError>({
    queryKey: keys.rules,
    queryFn: ({ signal }) => body(api.GET("/api/schema/rules", { signal })),
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** The first rows of a table; throws what is wrong with the schema. */
export function previewRows(experiment: Experiment, table: string, rows = 10): Promise<RowsPreview> {
  const search = new URLSearchParams({ table, rows: String(rows) });
  return call("POST", `/api/schema/preview?${search}`, { json: experiment });
}

/** The schema as a person would write it. */
export async function schemaText(experiment: Experiment, language: "json" | "yaml"): Promise<string> {
  const url = new URL(`/api/schema/text?format=${language}`, window.location.origin).href;
  const headers = { "Content-Type": "application/json" };
  const answer = await request(url, { method: "POST", headers, body: JSON.stringify(experiment) });
  return answer.text();
}
