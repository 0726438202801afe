/** The parameters of a rule as a form has them: from their JSON Schema to fields, and from what was typed to values. */

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/** What of JSON Schema the server's rules use. */
export interface Described {
  type?: string;
  title?: string;
  description?: string;
  default?: Json;
  const?: Json;
  enum?: string[];
  types?: string[];
  format?: string;
  properties?: Record<string, Described>;
  required?: string[];
  items?: Described;
  anyOf?: Described[];
  additionalProperties?: unknown;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
}

export type FieldKind = "number" | "integer" | "text" | "flag" | "choice" | "list" | "json" | "group";

export interface Field {
  /** Keys from the rule on, joined by dots; empty where the rule is one value. */
  path: string;
  label: string;
  kind: FieldKind;
  help: string;
  required: boolean;
  choices: string[];
  /** What an entry of a list is, or what a number keeps to. */
  of: Described;
  fields: Field[];
}

/** What was typed, by path. A group that is switched on is `true`. */
export type Typed = Record<string, string | boolean | string[]>;

export interface Read {
  value: Json | undefined;
  /** What cannot be used as it is typed, by path. */
  problems: Record<string, string>;
}

const worded = (key: string) => {
  const text = key.replaceAll("_", " ");
  return text.charAt(0).toUpperCase() + text.slice(1);
};

/** Without the null that says "left out". */
function present(described: Described): Described {
  const kinds = (described.anyOf ?? []).filter((kind) => kind.type !== "null");
  const [only] = kinds;
  if (only === undefined) return described;
  const { anyOf: _, ...beside } = described;
  return kinds.length === 1 ? { ...only, ...beside } : { ...described, anyOf: kinds };
}

function kindOf(described: Described): FieldKind {
  if (described.enum) return "choice";
  switch (described.type) {
    case "boolean":
      return "flag";
    case "integer":
    case "number":
    case "array":
      if (described.type !== "array") return described.type;
      return isScalar(described.items) ? "list" : "json";
    case "object":
      return described.properties ? "group" : "json";
    case "string":
      return "text";
    default:
      return described.anyOf?.every(isScalar) ? "text" : "json";
  }
}

function isScalar(described: Described | undefined): boolean {
  if (described === undefined) return false;
  if (described.anyOf) return described.anyOf.every(isScalar);
  return ["string", "number", "integer", "boolean"].includes(described.type ?? "");
}

function limitsOf(described: Described): string {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum } = described;
  if (minimum !== undefined && maximum !== undefined) return `from ${minimum} to ${maximum}`;
  if (exclusiveMinimum !== undefined && maximum !== undefined)
    return `above ${exclusiveMinimum}, up to ${maximum}`;
  if (minimum !== undefined && exclusiveMaximum !== undefined)
    return `from ${minimum}, below ${exclusiveMaximum}`;
  if (exclusiveMinimum !== undefined) return `above ${exclusiveMinimum}`;
  if (minimum !== undefined) return `at least ${minimum}`;
  return maximum !== undefined ? `at most ${maximum}` : "";
}

function helpOf(described: Described): string {
  const types = described.types ? `a distribution: ${described.types.join(", ")}` : "";
  const unless = described.default ?? null;
  const otherwise =
    unless === null || unless === false || (Array.isArray(unless) && unless.length === 0)
      ? ""
      : `${typeof unless === "object" ? JSON.stringify(unless) : unless} unless said`;
  return [described.description, limitsOf(described), types, shapeOf(described), otherwise]
    .filter(Boolean)
    .join("; ");
}

/** What JSON is wanted where a value has no field of its own. */
function shapeOf(described: Described): string {
  const { items } = described;
  if (described.type === "array" && items?.properties) {
    return `JSON: a list of {${Object.keys(items.properties).join(", ")}}`;
  }
  if (described.type === "array" && items && !isScalar(items)) return "JSON: a list of lists";
  return described.type === "object" && !described.properties && !described.types ? "JSON: an object" : "";
}

/** The fields of a rule: one each parameter; one with an empty path where the rule is a single value. */
export function fieldsOf(parameters: Described): Field[] {
  return parameters.properties ? inside(parameters, "") : [fieldOf("", "value", parameters, true)];
}

function inside(described: Described, above: string): Field[] {
  return Object.entries(described.properties ?? {})
    .filter(([, value]) => value.const === undefined)
    .map(([key, value]) =>
      fieldOf(above ? `${above}.${key}` : key, key, value, described.required?.includes(key) ?? false),
    );
}

function fieldOf(path: string, key: string, described: Described, required: boolean): Field {
  const of = present(described);
  const kind = kindOf(of);
  return {
    path,
    label: worded(key),
    kind,
    help: helpOf(of),
    required,
    choices: of.enum ?? [],
    of,
    fields: kind === "group" ? inside(of, path) : [],
  };
}

// --- what is there already --------------------------------------------------------------------------------------
/** A value as the form shows it. */
export function typedOf(fields: readonly Field[], value: Json | undefined): Typed {
  const typed: Typed = {};
  for (const field of fields) show(field, at(value, field.path), typed);
  return typed;
}

function at(value: Json | undefined, path: string): Json | undefined {
  if (path === "") return value;
  const inner = typeof value === "object" && value !== null && !Array.isArray(value) ? value : {};
  return inner[path.split(".").at(-1) ?? ""];
}

function show(field: Field, value: Json | undefined, typed: Typed) {
  if (field.kind === "group") {
    typed[field.path] = field.required || (value !== undefined && value !== null);
    for (const each of field.fields) show(each, at(value, each.path), typed);
  } else if (field.kind === "flag") {
    typed[field.path] = value === true;
  } else if (field.kind === "list") {
    typed[field.path] = Array.isArray(value) ? value.map(String) : [];
  } else if (value === undefined || value === null) {
    typed[field.path] = "";
  } else {
    typed[field.path] = field.kind === "json" ? JSON.stringify(value) : String(value);
  }
}

// --- what was typed -----------------------------------------------------------------------------------------------
/** The value that was typed; `of` says what the entries of free lists are: numbers in a column of numbers. */
export function read(fields: readonly Field[], typed: Typed, numbers: boolean): Read {
  const problems: Record<string, string> = {};
  const [first] = fields;
  const value =
    fields.length === 1 && first?.path === ""
      ? readOne(first, typed, numbers, problems)
      : readAll(fields, typed, numbers, problems);
  return { value, problems };
}

function readAll(
  fields: readonly Field[],
  typed: Typed,
  numbers: boolean,
  problems: Record<string, string>,
): Json {
  const value: { [key: string]: Json } = {};
  for (const field of fields) {
    const found = readOne(field, typed, numbers, problems);
    if (found !== undefined) value[field.path.split(".").at(-1) ?? ""] = found;
  }
  return value;
}

function readOne(
  field: Field,
  typed: Typed,
  numbers: boolean,
  problems: Record<string, string>,
): Json | undefined {
  const given = typed[field.path];
  if (field.kind === "group") {
    return given === true || field.required ? readAll(field.fields, typed, numbers, problems) : undefined;
  }
  if (field.kind === "flag") return given === true ? true : undefined;
  if (given === undefined || given === "" || (Array.isArray(given) && given.length === 0)) {
    if (field.required) problems[field.path] = `${field.label} is needed`;
    return undefined;
  }
  try {
    return parsed(field, given, numbers);
  } catch (error) {
    problems[field.path] = error instanceof Error ? error.message : String(error);
    return undefined;
  }
}

function parsed(field: Field, given: string | boolean | string[], numbers: boolean): Json {
  if (field.kind === "list") {
    return (Array.isArray(given) ? given : [String(given)]).map((entry) =>
      scalar(field.of.items ?? {}, entry, numbers),
    );
  }
  const text = String(given).trim();
  if (field.kind === "json") return parsedJson(text);
  if (field.kind === "number" || field.kind === "integer")
    return checked(field.of, numberOf(text), field.kind);
  return field.of.anyOf ? scalar(field.of, text, numbers) : text;
}

function parsedJson(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch (error) {
    throw new Error(`Not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function numberOf(text: string): number {
  const number = Number(text);
  if (text === "" || !Number.isFinite(number)) throw new Error(`${text || "Nothing"} is not a number`);
  return number;
}

function checked(of: Described, number: number, kind: string): number {
  if (kind === "integer" && !Number.isInteger(number)) throw new Error(`${number} is not a whole number`);
  const wrong =
    (of.minimum !== undefined && number < of.minimum) ||
    (of.maximum !== undefined && number > of.maximum) ||
    (of.exclusiveMinimum !== undefined && number <= of.exclusiveMinimum) ||
    (of.exclusiveMaximum !== undefined && number >= of.exclusiveMaximum);
  if (wrong) throw new Error(`${number} is not possible: ${limitsOf(of)}`);
  return number;
}

/** One entry: what its schema allows; where that is several types, what the column holds. */
function scalar(of: Described, text: string, numbers: boolean): Json {
  const types = (of.anyOf ?? [of]).map((kind) => kind.type);
  const isNumber = types.includes("number") || types.includes("integer");
  if (isNumber && (numbers || !types.includes("string"))) return numberOf(text);
  if (types.includes("boolean") && (text === "true" || text === "false")) return text === "true";
  return text;
}
