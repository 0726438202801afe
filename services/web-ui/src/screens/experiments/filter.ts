/** Which experiments of a list are shown. */

import type { ExperimentSummary } from "~/api/experiments";

export interface Filter {
  text: string;
  warehouse: string | null;
  standing: string | null;
}

export const STANDINGS = [
  { value: "new", label: "not generated" },
  { value: "running", label: "running" },
  { value: "failed", label: "last run failed" },
  { value: "loaded", label: "loaded" },
  { value: "warnings", label: "with warnings" },
];

export function matching(
  summaries: readonly ExperimentSummary[],
  filter: Filter,
  busy: ReadonlySet<string>,
): ExperimentSummary[] {
  const words = filter.text.toLowerCase().split(/\s+/).filter(Boolean);
  return summaries.filter((summary) => {
    const text = [summary.name, summary.description, ...summary.tables.map((table) => table.name)]
      .join("\n")
      .toLowerCase();
    if (!words.every((word) => text.includes(word))) return false;
    if (filter.warehouse && !summary.target_warehouse.some((warehouse) => warehouse === filter.warehouse))
      return false;
    switch (filter.standing) {
      case "new":
        return !summary.last_run;
      case "running":
        return busy.has(summary.name);
      case "failed":
        return summary.last_run?.status === "FAILED" || summary.last_run?.status === "ABORTED";
      case "loaded":
        return summary.loaded.length > 0;
      case "warnings":
        return summary.warnings.length > 0;
      default:
        return true;
    }
  });
}
