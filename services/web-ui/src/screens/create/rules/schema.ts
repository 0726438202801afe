/** The rules that a schema has, and a schema with one more, one less or one changed. */

import type { Column, Experiment, Table } from "~/api/experiments";
import type { RuleKind } from "~/api/rules";
import type { Json } from "./parameters";

/** What a rule is about: a column, or with `column` null the whole table. */
export interface Target {
  table: string;
  column: string | null;
}

/** One rule that is there. `index`: its place in a list of such. */
export interface Rule {
  kind: RuleKind;
  index: number | null;
  value: Json;
}

type Keyed = { [key: string]: Json };

const NUMBERS = new Set(["SMALLINT", "INT", "BIGINT", "DECIMAL", "FLOAT"]);

/** How children spread over parents. */
const OF_KEYS = new Set(["uniform", "zipf"]);

export function holdsNumbers(column: Column | null): boolean {
  return column !== null && NUMBERS.has(column.data_type);
}

export function tableOf(experiment: Experiment, target: Target): Table | undefined {
  return experiment.tables.find((table) => table.name === target.table);
}

export function columnOf(experiment: Experiment, target: Target): Column | null {
  return tableOf(experiment, target)?.columns.find((column) => column.name === target.column) ?? null;
}

function holder(experiment: Experiment, target: Target): Keyed | undefined {
  const found = target.column === null ? tableOf(experiment, target) : columnOf(experiment, target);
  return (found ?? undefined) as Keyed | undefined;
}

/** The rules that fit: those of tables, or those of columns of this type. A foreign key takes two distributions. */
export function offered(rules: readonly RuleKind[], experiment: Experiment, target: Target): RuleKind[] {
  const column = columnOf(experiment, target);
  return rules.filter((rule) => {
    if (rule.place !== (target.column === null ? "table" : "column")) return false;
    if (column === null) return true;
    if (column.foreign_key && rule.key === "distribution" && !OF_KEYS.has(rule.type ?? "")) return false;
    return rule.data_types === null || rule.data_types.includes(column.data_type);
  });
}

/** The rules of a table or column, in the order of the catalog. */
export function rulesOf(rules: readonly RuleKind[], experiment: Experiment, target: Target): Rule[] {
  const held = holder(experiment, target);
  if (held === undefined) return [];
  return offered(rules, experiment, target).flatMap((kind): Rule[] => {
    const value = held[kind.key];
    if (isNothing(kind, value)) return [];
    const found =
      kind.many && Array.isArray(value)
        ? value.map((one, index): Rule => ({ kind, index, value: one }))
        : [{ kind, index: null, value: value as Json }];
    return kind.tag === null
      ? found
      : found.filter((rule) => (rule.value as Keyed)[kind.tag ?? ""] === kind.type);
  });
}

function isNothing(kind: RuleKind, value: Json | undefined): boolean {
  if (value === undefined || value === null || value === false) return true;
  if (Array.isArray(value)) return value.length === 0;
  return value === (kind.parameters as { default?: Json }).default;
}

/** The experiment with a rule: in place of that at `index` of a list, else at its end. */
export function withRule(
  experiment: Experiment,
  target: Target,
  kind: RuleKind,
  value: Json,
  index: number | null,
): Experiment {
  const full = kind.tag === null ? value : { [kind.tag]: kind.type, ...(value as Keyed) };
  return changed(experiment, target, (held) => {
    if (!kind.many) return { ...held, [kind.key]: full };
    const list = Array.isArray(held[kind.key]) ? [...(held[kind.key] as Json[])] : [];
    list.splice(index ?? list.length, index === null ? 0 : 1, full);
    return { ...held, [kind.key]: list };
  });
}

export function withoutRule(experiment: Experiment, target: Target, { kind, index }: Rule): Experiment {
  return changed(experiment, target, (held) => {
    const { [kind.key]: value, ...others } = held;
    if (!kind.many || index === null || !Array.isArray(value)) return others;
    return { ...others, [kind.key]: value.filter((_, place) => place !== index) };
  });
}

function changed(experiment: Experiment, target: Target, change: (held: Keyed) => Keyed): Experiment {
  const tables = experiment.tables.map((table) => {
    if (table.name !== target.table) return table;
    if (target.column === null) return change(table as unknown as Keyed) as unknown as Table;
    const columns = table.columns.map((column) =>
      column.name === target.column ? (change(column as unknown as Keyed) as unknown as Column) : column,
    );
    return { ...table, columns };
  });
  return { ...experiment, tables };
}

/** A rule in a few words, without what was left out. */
export function shortly(rule: Rule): string {
  const text = JSON.stringify(rule.value, (_key, value: unknown) => (value === null ? undefined : value));
  const plain = text.replace(/^\{(.*)\}$/s, "$1").replaceAll('"', "");
  return plain.length > 90 ? `${plain.slice(0, 89)}…` : plain;
}

/** The path of a problem below the target: `distribution.shape` for `tables.orders.columns.price.distribution.shape`. */
export function below(path: string, target: Target): string | null {
  const parts = ["tables", target.table, ...(target.column === null ? [] : ["columns", target.column])];
  const prefix = parts.join(".");
  if (path === prefix) return "";
  return path.startsWith(`${prefix}.`) ? path.slice(prefix.length + 1) : null;
}
