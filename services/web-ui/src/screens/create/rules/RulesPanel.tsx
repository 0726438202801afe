import {
  ActionIcon,
  Badge,
  Button,
  Group,
  Paper,
  Select,
  SimpleGrid,
  Stack,
  Text,
  Title,
} from "@mantine/core";
import { IconPencil, IconTrash } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { ApiError } from "~/api/client";
import type { Experiment } from "~/api/experiments";
import { previewRows, type RuleCatalog, type RuleKind, useRuleCatalog } from "~/api/rules";
import { ProblemAlert } from "~/components/ProblemAlert";
import { FirstRows } from "./FirstRows";
import type { Field, Json } from "./parameters";
import { byParameter, RuleForm } from "./RuleForm";
import {
  below,
  columnOf,
  holdsNumbers,
  offered,
  type Rule,
  rulesOf,
  shortly,
  type Target,
  tableOf,
  withoutRule,
  withRule,
} from "./schema";

const WHOLE = "(the whole table)";

interface Open {
  kind: RuleKind;
  rule: Rule | null;
}

/** Rules of the tables and columns of a schema: seen, set by forms, tried on the first rows, and written into the text. */
export function RulesPanel({
  experiment,
  onWrite,
  writing,
}: {
  experiment: Experiment;
  onWrite: (experiment: Experiment) => void;
  writing: boolean;
}) {
  const catalog = useRuleCatalog();
  if (catalog.error) return <ProblemAlert error={catalog.error} onRetry={() => void catalog.refetch()} />;
  if (!catalog.data) return null;
  return <Panel catalog={catalog.data} given={experiment} onWrite={onWrite} writing={writing} />;
}

function Panel({
  catalog,
  given,
  onWrite,
  writing,
}: {
  catalog: RuleCatalog;
  given: Experiment;
  onWrite: (experiment: Experiment) => void;
  writing: boolean;
}) {
  const [experiment, setExperiment] = useState(given);
  const [target, setTarget] = useState<Target>({ table: given.tables[0]?.name ?? "", column: null });
  const [open, setOpen] = useState<Open | null>(null);
  const preview = useMutation({
    mutationFn: ({ asked, table }: { asked: Experiment; table: string }) => previewRows(asked, table),
  });
  const table = tableOf(experiment, target);
  const rules = rulesOf(catalog.rules, experiment, target);

  const form = (next: Open | null) => {
    setOpen(next);
    preview.reset();
  };
  const show = (next: Target) => {
    setTarget(next);
    form(null);
  };
  const take = (next: Experiment) => {
    setExperiment(next);
    setOpen(null);
    preview.mutate({ asked: next, table: target.table });
  };
  // A rule is kept only where the schema can be made with it.
  const save = ({ kind, rule }: Open, value: Json) => {
    const next = withRule(experiment, target, kind, value, rule?.index ?? null);
    const onSuccess = () => {
      setExperiment(next);
      setOpen(null);
    };
    preview.mutate({ asked: next, table: target.table }, { onSuccess });
  };
  const problems = preview.error instanceof ApiError ? (preview.error.problem.problems ?? []) : [];
  const found = open === null ? {} : byParameter(problems, keyOf(open), (path) => below(path, target));

  return (
    <section aria-labelledby="rules">
      <Title order={3} size="h4" id="rules" mb="xs">
        Rules
      </Title>
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="lg">
        <Stack gap="sm">
          <Group grow align="flex-start">
            <Select
              label="Table"
              data={experiment.tables.map(({ name }) => name)}
              value={target.table}
              onChange={(name) => name !== null && show({ table: name, column: null })}
              searchable
            />
            <Select
              label="Column"
              data={[WHOLE, ...(table?.columns.map(({ name }) => name) ?? [])]}
              value={target.column ?? WHOLE}
              onChange={(name) => show({ ...target, column: name === null || name === WHOLE ? null : name })}
              searchable
            />
          </Group>
          <RuleList
            rules={rules}
            onEdit={(rule) => form({ kind: rule.kind, rule })}
            onRemove={(rule) => take(withoutRule(experiment, target, rule))}
          />
          <Select
            label="Add a rule"
            placeholder="Distribution, expression, order, …"
            data={grouped(offered(catalog.rules, experiment, target))}
            value={null}
            onChange={(id) => {
              const kind = catalog.rules.find((each) => idOf(each) === id);
              if (kind)
                form({ kind, rule: kind.many ? null : (rules.find((one) => one.kind === kind) ?? null) });
            }}
            searchable
          />
          <Group gap="xs">
            <Button
              size="xs"
              variant="default"
              onClick={() => preview.mutate({ asked: experiment, table: target.table })}
              loading={preview.isPending}
            >
              Show the first rows
            </Button>
            <Button
              size="xs"
              onClick={() => onWrite(experiment)}
              disabled={experiment === given}
              loading={writing}
            >
              Write into the text
            </Button>
          </Group>
        </Stack>
        {open !== null && (
          <Paper withBorder p="sm">
            <RuleForm
              key={`${target.table}.${target.column}.${idOf(open.kind)}.${open.rule?.index}`}
              kind={open.kind}
              value={open.rule?.value}
              numbers={holdsNumbers(columnOf(experiment, target))}
              suggestions={(field) => suggested(field, open.kind, experiment, target, catalog)}
              functions={catalog.functions}
              found={found}
              busy={preview.isPending}
              onSave={(value) => save(open, value)}
              onCancel={() => form(null)}
            />
          </Paper>
        )}
      </SimpleGrid>
      {preview.error && open === null && <ProblemAlert error={preview.error} />}
      {preview.data && <FirstRows preview={preview.data} mark={target.column} />}
    </section>
  );
}

function RuleList({
  rules,
  onEdit,
  onRemove,
}: {
  rules: readonly Rule[];
  onEdit: (rule: Rule) => void;
  onRemove: (rule: Rule) => void;
}) {
  if (rules.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        No rules: the name and the type decide.
      </Text>
    );
  }
  return (
    <Stack gap={6}>
      {rules.map((rule) => (
        <Group key={`${idOf(rule.kind)} ${rule.index}`} gap="xs" wrap="nowrap" justify="space-between">
          <Group gap={8} wrap="nowrap" style={{ minWidth: 0 }}>
            <Badge variant="light" tt="none" style={{ flexShrink: 0 }}>
              {rule.kind.title}
            </Badge>
            <Text size="sm" ff="monospace" truncate>
              {shortly(rule)}
            </Text>
          </Group>
          <Group gap={4} wrap="nowrap">
            <ActionIcon
              variant="subtle"
              aria-label={`Change ${rule.kind.title}`}
              onClick={() => onEdit(rule)}
            >
              <IconPencil size={16} aria-hidden />
            </ActionIcon>
            <ActionIcon
              variant="subtle"
              color="red"
              aria-label={`Remove ${rule.kind.title}`}
              onClick={() => onRemove(rule)}
            >
              <IconTrash size={16} aria-hidden />
            </ActionIcon>
          </Group>
        </Group>
      ))}
    </Stack>
  );
}

const idOf = (kind: RuleKind) => [kind.place, kind.key, kind.type ?? ""].join(" ");

/** Where the server says that a problem of the rule is. */
function keyOf({ kind, rule }: Open): string {
  return kind.many && rule?.index != null ? `${kind.key}.${rule.index}` : kind.key;
}

function grouped(kinds: readonly RuleKind[]) {
  return [...new Set(kinds.map(({ group }) => group))].map((group) => ({
    group,
    items: kinds
      .filter((kind) => kind.group === group)
      .map((kind) => ({ value: idOf(kind), label: kind.title })),
  }));
}

const COLUMNS = new Set(["columns", "references", "along", "time_column", "primary_key"]);

function suggested(
  field: Field,
  kind: RuleKind,
  experiment: Experiment,
  target: Target,
  catalog: RuleCatalog,
) {
  const name = field.path.split(".").at(-1) || kind.key;
  if (kind.key === "faker_rule")
    return catalog.texts.map(({ name: text, argument }) => (argument ? `${text}:` : text));
  if (name === "table") return experiment.tables.map((table) => table.name);
  if (COLUMNS.has(name) || /^columns?\b/.test(field.help))
    return tableOf(experiment, target)?.columns.map((column) => column.name) ?? [];
  return [];
}
