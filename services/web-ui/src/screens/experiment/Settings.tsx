import { Button, Group, Paper, Select, Stack, Text, Title } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useState } from "react";
import { download } from "~/api/download";
import { type Experiment, type ExperimentSummary, pathOf } from "~/api/experiments";
import { notifyError } from "~/components/notify";
import { moment } from "~/format";
import { WAREHOUSES } from "../experiments/LoadDialog";
import type { ExperimentDialogs } from "../experiments/useExperimentDialogs";

/** The experiment's own facts, its schema as a file, and what destroys. */
export function Settings({
  summary,
  experiment,
  dialogs,
  busy,
}: {
  summary: ExperimentSummary;
  experiment: Experiment;
  dialogs: ExperimentDialogs;
  busy: boolean;
}) {
  return (
    <Stack gap="lg" maw={720}>
      <section aria-labelledby="about">
        <Title order={2} size="h4" id="about" mb="xs">
          About
        </Title>
        <Text size="sm" style={{ overflowWrap: "anywhere" }}>
          {experiment.description || "No description."} Dialect {summary.dialect}, seed{" "}
          {experiment.seed ?? "chosen by each run"}, created {moment(summary.created_at)}.
        </Text>
      </section>
      <Downloads name={summary.name} warehouses={summary.target_warehouse} />
      <Paper
        withBorder
        p="md"
        component="section"
        aria-labelledby="danger"
        style={{ borderColor: "var(--mantine-color-red-outline)" }}
      >
        <Title order={2} size="h4" id="danger" mb="xs">
          Danger zone
        </Title>
        <Stack gap="md">
          <Danger
            text="Empty its tables in the warehouses, delete its staged files and forget its runs. The schema stays."
            verb="Reset"
            disabled={busy}
            onClick={() => dialogs.reset(summary)}
          />
          <Danger
            text="Drop its tables everywhere and forget the experiment."
            verb="Delete"
            disabled={busy}
            onClick={() => dialogs.open("delete", summary)}
          />
        </Stack>
      </Paper>
    </Stack>
  );
}

function Danger({
  text,
  verb,
  disabled,
  onClick,
}: {
  text: string;
  verb: string;
  disabled: boolean;
  onClick: () => void;
}) {
  return (
    <Group justify="space-between" gap="sm">
      <Text size="sm" style={{ flex: "1 1 240px" }}>
        {text}
      </Text>
      <Button color="red" variant="outline" onClick={onClick} disabled={disabled}>
        {verb}…
      </Button>
    </Group>
  );
}

function Downloads({ name, warehouses }: { name: string; warehouses: readonly string[] }) {
  const [warehouse, setWarehouse] = useState<string>(warehouses[0] ?? "redshift");
  const save = (query: string, extension: string) =>
    download(pathOf(name, `/schema?${query}`), `${name}.${extension}`).catch((error: unknown) =>
      notifyError(error, "The schema was not downloaded"),
    );
  const icon = <IconDownload size={16} aria-hidden />;
  return (
    <section aria-labelledby="schema-file">
      <Title order={2} size="h4" id="schema-file" mb="xs">
        Schema as a file
      </Title>
      <Group align="flex-end" gap="sm">
        <Button variant="default" leftSection={icon} onClick={() => void save("format=json", "json")}>
          JSON
        </Button>
        <Button variant="default" leftSection={icon} onClick={() => void save("format=yaml", "yaml")}>
          YAML
        </Button>
        <Select
          label="DDL for"
          data={WAREHOUSES}
          value={warehouse}
          onChange={(value) => value && setWarehouse(value)}
          allowDeselect={false}
          w={140}
        />
        <Button
          variant="default"
          leftSection={icon}
          onClick={() => void save(`format=ddl&warehouse=${encodeURIComponent(warehouse)}`, "sql")}
        >
          SQL
        </Button>
      </Group>
    </section>
  );
}
