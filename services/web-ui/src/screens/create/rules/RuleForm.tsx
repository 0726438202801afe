import { Button, Code, Group, Stack, Text, Title } from "@mantine/core";
import { type FormEvent, useMemo, useState } from "react";
import type { Problem } from "~/api/client";
import type { RuleCatalog, RuleKind } from "~/api/rules";
import { ParameterField, type Suggestions } from "./ParameterField";
import { type Described, type Field, fieldsOf, type Json, read, type Typed, typedOf } from "./parameters";

interface Props {
  kind: RuleKind;
  /** The value to begin with, of a rule that is there. */
  value: Json | undefined;
  /** Whether the column holds numbers: what lists of values are read as. */
  numbers: boolean;
  suggestions: Suggestions;
  functions: RuleCatalog["functions"];
  /** What the server found wrong, by the path of a parameter. */
  found: Record<string, string>;
  busy: boolean;
  onSave: (value: Json) => void;
  onCancel: () => void;
}

/** The parameters of one rule. */
export function RuleForm({
  kind,
  value,
  numbers,
  suggestions,
  functions,
  found,
  busy,
  onSave,
  onCancel,
}: Props) {
  const fields = useMemo(() => fieldsOf(kind.parameters as Described), [kind]);
  const [typed, setTyped] = useState<Typed>(() => typedOf(fields, value));
  const [touched, setTouched] = useState(false);
  const made = read(fields, typed, numbers);
  const problems = touched ? { ...found, ...made.problems } : found;

  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTouched(true);
    if (Object.keys(made.problems).length === 0 && made.value !== undefined) onSave(made.value);
  };
  return (
    <form onSubmit={submit} noValidate aria-label={`Rule ${kind.title}`}>
      <Stack gap="sm">
        <div>
          <Title order={4} size="h5">
            {kind.title}
          </Title>
          {kind.description && (
            <Text size="sm" c="dimmed">
              {kind.description}
            </Text>
          )}
        </div>
        {fields.map((field) => (
          <ParameterField
            key={field.path}
            field={field}
            typed={typed}
            problems={problems}
            suggestions={suggestions}
            onChange={(part) => setTyped((now) => ({ ...now, ...part }))}
          />
        ))}
        {hasExpressions(kind) && <Functions functions={functions} />}
        {fields.length === 0 && <Text size="sm">It has no parameters.</Text>}
        {rest(problems, fields).map((message) => (
          <Text key={message} size="sm" c="red" role="alert">
            {message}
          </Text>
        ))}
        <Group gap="xs">
          <Button type="submit" size="xs" loading={busy}>
            Set this rule
          </Button>
          <Button size="xs" variant="default" onClick={onCancel}>
            Cancel
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

const hasExpressions = ({ key, type }: RuleKind) =>
  key === "expression" || key === "rollup" || type === "conditional";

/** What an expression may say. */
function Functions({ functions }: { functions: RuleCatalog["functions"] }) {
  return (
    <details>
      <Text span size="sm" component="summary">
        What expressions can say
      </Text>
      {functions.map(({ syntax, description }) => (
        <Text key={syntax} size="sm">
          <Code>{syntax}</Code> {description}
        </Text>
      ))}
    </details>
  );
}

function rest(problems: Record<string, string>, fields: readonly Field[]): string[] {
  const shown = new Set(
    fields.flatMap(function paths(field): string[] {
      return [field.path, ...field.fields.flatMap(paths)];
    }),
  );
  return Object.entries(problems)
    .filter(([path]) => !shown.has(path))
    .map(([path, message]) => (path === "" ? message : `${path}: ${message}`));
}

/** What is wrong, by the parameter of a rule: `scale` for `distribution.scale`; others by the whole path. */
export function byParameter(
  problems: readonly NonNullable<Problem["problems"]>[number][],
  key: string,
  place: (path: string) => string | null,
): Record<string, string> {
  const found: Record<string, string> = {};
  for (const problem of problems) {
    const path = place(problem.path ?? "");
    const inner = path === key ? "" : path?.startsWith(`${key}.`) ? path.slice(key.length + 1) : null;
    const text = problem.hint ? `${problem.message}: ${problem.hint}` : problem.message;
    found[inner ?? (path === "" ? "" : (problem.path ?? ""))] = text;
  }
  return found;
}
