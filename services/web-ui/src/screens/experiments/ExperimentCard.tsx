import {
  ActionIcon,
  Anchor,
  Badge,
  Button,
  Card,
  Group,
  List,
  Menu,
  Stack,
  Text,
  Tooltip,
} from "@mantine/core";
import {
  IconAlertTriangle,
  IconChecklist,
  IconDatabaseImport,
  IconDots,
  IconEraser,
  IconPlayerPlay,
  IconSitemap,
  IconTrash,
} from "@tabler/icons-react";
import { Link } from "react-router";
import { type ExperimentSummary, screenOf } from "~/api/experiments";
import type { Job } from "~/api/jobs";
import { Ago } from "~/components/Ago";
import { JobProgress } from "~/components/JobProgress";
import { StateBadge } from "~/components/StateBadge";
import { counted } from "~/format";
import { jobPath } from "../run/links";
import type { ExperimentDialogs } from "./useExperimentDialogs";

/** One experiment of the list: what it is, how it stands, and all that can be done with it. */
export function ExperimentCard({
  summary,
  job,
  dialogs,
}: {
  summary: ExperimentSummary;
  job: Job | null;
  dialogs: ExperimentDialogs;
}) {
  const { name } = summary;
  const rows = summary.tables.reduce((sum, table) => sum + table.target_rows, 0);
  return (
    <Card withBorder padding="md" component="article" aria-label={name}>
      <Stack gap="xs" h="100%">
        <Group justify="space-between" wrap="nowrap" align="flex-start">
          <Anchor component={Link} to={screenOf(name)} fw={600} style={{ overflowWrap: "anywhere" }}>
            {name}
          </Anchor>
          <Group gap={6} wrap="nowrap">
            {summary.warnings.length > 0 && <WarningsBadge warnings={summary.warnings} />}
            <StateBadge state={job ? "running" : summary.state} />
          </Group>
        </Group>
        {summary.description && (
          <Text size="sm" c="dimmed" lineClamp={2}>
            {summary.description}
          </Text>
        )}
        <Group gap={6}>
          {summary.target_warehouse.map((warehouse) => (
            <Badge key={warehouse} variant="default" tt="none">
              {warehouse}
            </Badge>
          ))}
          <Text size="sm" className="dw-numeric">
            {counted(summary.tables.length, "table")} · {counted(rows, "row")}
          </Text>
        </Group>
        <Standing summary={summary} job={job} />
        <Group justify="space-between" mt="auto" pt="xs">
          <Button
            size="xs"
            leftSection={<IconPlayerPlay size={14} aria-hidden />}
            onClick={() => dialogs.open("generate", summary)}
            disabled={job !== null}
            aria-label={`Generate ${name}`}
          >
            Generate
          </Button>
          <More summary={summary} busy={job !== null} dialogs={dialogs} />
        </Group>
      </Stack>
    </Card>
  );
}

function Standing({ summary, job }: { summary: ExperimentSummary; job: Job | null }) {
  if (job) {
    return (
      <Stack gap={4}>
        <JobProgress job={job} />
        <Anchor component={Link} to={jobPath(job)} size="sm">
          Follow it
        </Anchor>
      </Stack>
    );
  }
  const run = summary.last_run;
  return (
    <Stack gap={2}>
      <Text size="sm" component="div">
        {run ? (
          <Group gap={6}>
            <Anchor component={Link} to={screenOf(summary.name, `/runs/${run.id}`)} size="sm">
              Run {run.id}
            </Anchor>
            <StateBadge state={run.status} />
            <span>
              <Ago at={run.started_at} />
            </span>
          </Group>
        ) : (
          "Not generated yet"
        )}
      </Text>
      {summary.loaded.map((loaded) => (
        <Text key={loaded.warehouse} size="sm" c="dimmed" className="dw-numeric">
          {counted(loaded.rows, "row")} in {loaded.warehouse}
        </Text>
      ))}
    </Stack>
  );
}

function WarningsBadge({ warnings }: { warnings: string[] }) {
  return (
    <Tooltip
      multiline
      maw={360}
      label={
        <List size="sm" spacing={4}>
          {warnings.slice(0, 5).map((text) => (
            <List.Item key={text}>{text}</List.Item>
          ))}
          {warnings.length > 5 && <List.Item>and {warnings.length - 5} more</List.Item>}
        </List>
      }
    >
      <Badge
        component="button"
        type="button"
        color="orange"
        variant="light"
        tt="none"
        leftSection={<IconAlertTriangle size={12} aria-hidden />}
        aria-label={counted(warnings.length, "warning")}
        style={{ cursor: "help" }}
      >
        {warnings.length}
      </Badge>
    </Tooltip>
  );
}

function More({
  summary,
  busy,
  dialogs,
}: {
  summary: ExperimentSummary;
  busy: boolean;
  dialogs: ExperimentDialogs;
}) {
  const icon = { size: 16, "aria-hidden": true };
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <ActionIcon variant="default" size="md" aria-label={`More for ${summary.name}`}>
          <IconDots size={16} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item
          leftSection={<IconDatabaseImport {...icon} />}
          disabled={busy}
          onClick={() => dialogs.open("load", summary)}
        >
          Load…
        </Menu.Item>
        <Menu.Item
          leftSection={<IconChecklist {...icon} />}
          disabled={busy || summary.loaded.length === 0}
          onClick={() => dialogs.verify(summary)}
        >
          Verify what is loaded
        </Menu.Item>
        <Menu.Item
          leftSection={<IconSitemap {...icon} />}
          component={Link}
          to={screenOf(summary.name, "?tab=graph")}
        >
          Key graph
        </Menu.Item>
        <Menu.Divider />
        <Menu.Item
          leftSection={<IconEraser {...icon} />}
          disabled={busy}
          onClick={() => dialogs.reset(summary)}
        >
          Reset…
        </Menu.Item>
        <Menu.Item
          color="red"
          leftSection={<IconTrash {...icon} />}
          disabled={busy}
          onClick={() => dialogs.open("delete", summary)}
        >
          Delete…
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
