/** Figures of charts in words and in short: for labels, axes and those who cannot see the chart. */

import { count } from "~/format";

export interface Bin {
  low: unknown;
  high: unknown;
  count: number;
}

const precise = new Intl.NumberFormat("en-US", { maximumSignificantDigits: 5 });
const compact = new Intl.NumberFormat("en-US", { notation: "compact", maximumSignificantDigits: 4 });

/** A bound, a minimum, a mean: numbers in at most five digits, the rest as it is. */
export function figure(value: unknown): string {
  if (value === null || value === undefined) return "NULL";
  if (typeof value === "number") {
    return Math.abs(value) >= 1e7 ? compact.format(value) : precise.format(value);
  }
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** A part of a whole as `12.3 %`; what is there is never 0 %, what lacks something never 100 %. */
export function percent(part: number, whole: number): string {
  if (whole === 0 || part === 0) return "0 %";
  const share = (part / whole) * 100;
  if (share < 0.1) return "< 0.1 %";
  if (share > 99.9 && part < whole) return "> 99.9 %";
  return `${share.toFixed(share < 10 ? 1 : 0)} %`;
}

/** What a histogram shows. */
export function histogramLabel(name: string, bins: readonly Bin[]): string {
  const [first, last] = [bins[0], bins[bins.length - 1]];
  if (!first || !last) return `${name}: no values`;
  const most = bins.reduce((best, bin) => (bin.count > best.count ? bin : best), first);
  return `Histogram of ${name}, from ${figure(first.low)} to ${figure(last.high)} in ${bins.length} steps; most values (${count(most.count)}) are between ${figure(most.low)} and ${figure(most.high)}`;
}

export function binKey({ low, high }: Bin): string {
  return JSON.stringify([low, high]);
}
