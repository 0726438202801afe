import { Anchor, Badge, Button, Group, Skeleton, Stack, Tabs, Text } from "@mantine/core";
import { Link, useNavigate, useParams, useSearchParams } from "react-router";
import { type ExperimentDetail, useExperiment } from "~/api/experiments";
import { type Job, useJobs } from "~/api/jobs";
import { JobProgress } from "~/components/JobProgress";
import { PageHeader } from "~/components/PageHeader";
import { ProblemAlert } from "~/components/ProblemAlert";
import { StateBadge } from "~/components/StateBadge";
import { counted } from "~/format";
import { useExperimentDialogs } from "../experiments/useExperimentDialogs";
import { WarningBanners } from "../experiments/WarningBanners";
import { KeyGraph } from "../graph/KeyGraph";
import { jobPath } from "../run/links";
import { Loaded } from "./Loaded";
import { Runs } from "./Runs";
import { SchemaTables } from "./SchemaTables";
import { Settings } from "./Settings";
import { Verify } from "./Verify";

const ABOVE = [{ label: "Experiments", to: "/experiments" }];
const TABS = [
  { value: "tables", label: "Tables" },
  { value: "graph", label: "Key graph" },
  { value: "runs", label: "Runs" },
  { value: "loaded", label: "Loaded data" },
  { value: "verify", label: "Verify" },
  { value: "settings", label: "Settings" },
];

/** One experiment: its schema, what was made of it, and where it is loaded. */
export function ExperimentPage() {
  const { name = "" } = useParams();
  const experiment = useExperiment(name);
  if (experiment.isSuccess) return <Content detail={experiment.data} />;
  return (
    <>
      <PageHeader title={name} above={ABOVE} />
      {experiment.isError ? (
        <ProblemAlert error={experiment.error} onRetry={() => void experiment.refetch()} />
      ) : (
        <Stack aria-busy="true">
          <Skeleton h={36} />
          <Skeleton h={320} />
        </Stack>
      )}
    </>
  );
}

function Content({ detail }: { detail: ExperimentDetail }) {
  const { summary, experiment } = detail;
  const [search, setSearch] = useSearchParams();
  const navigate = useNavigate();
  const dialogs = useExperimentDialogs(() => void navigate("/experiments"));
  const active = useJobs({ experiment: summary.name, active: true });
  const job = active.data?.find((each) => each.state === "running") ?? null;
  const tab = TABS.find(({ value }) => value === search.get("tab"))?.value ?? "tables";
  const grows = experiment.tables.some((table) => table.growth !== null);
  const generate = () => dialogs.open("generate", summary);

  return (
    <>
      <PageHeader
        title={summary.name}
        above={ABOVE}
        badges={<StateBadge state={job ? "running" : summary.state} />}
        description={<Description detail={detail} />}
        actions={
          <>
            <Button variant="default" onClick={() => dialogs.open("load", summary)} disabled={job !== null}>
              Load
            </Button>
            {grows && (
              <Button
                variant="default"
                onClick={() => dialogs.open("append", summary)}
                disabled={job !== null || summary.last_run === null}
              >
                Append
              </Button>
            )}
            <Button onClick={generate} disabled={job !== null}>
              Generate
            </Button>
          </>
        }
      />
      <WarningBanners experiment={summary.name} warnings={summary.warnings} />
      {job && <Active job={job} />}
      <Tabs
        value={tab}
        onChange={(value) => value && setSearch({ tab: value }, { replace: true })}
        keepMounted={false}
      >
        <Tabs.List mb="md" style={{ flexWrap: "nowrap", overflowX: "auto", overflowY: "hidden" }}>
          {TABS.map(({ value, label }) => (
            <Tabs.Tab key={value} value={value}>
              {label}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value="tables">
          <SchemaTables experiment={experiment} />
        </Tabs.Panel>
        <Tabs.Panel value="graph">
          <KeyGraph name={summary.name} />
        </Tabs.Panel>
        <Tabs.Panel value="runs">
          <Runs summary={summary} onGenerate={generate} />
        </Tabs.Panel>
        <Tabs.Panel value="loaded">
          <Loaded summary={summary} tables={experiment.tables} onLoad={() => dialogs.open("load", summary)} />
        </Tabs.Panel>
        <Tabs.Panel value="verify">
          <Verify summary={summary} onVerify={() => dialogs.verify(summary)} />
        </Tabs.Panel>
        <Tabs.Panel value="settings">
          <Settings summary={summary} experiment={experiment} dialogs={dialogs} busy={job !== null} />
        </Tabs.Panel>
      </Tabs>
      {dialogs.element}
    </>
  );
}

function Description({ detail: { summary } }: { detail: ExperimentDetail }) {
  const rows = summary.tables.reduce((sum, table) => sum + table.target_rows, 0);
  return (
    <Group gap={6}>
      {summary.target_warehouse.map((warehouse) => (
        <Badge key={warehouse} variant="default" tt="none">
          {warehouse}
        </Badge>
      ))}
      <Text inherit component="span" className="dw-numeric">
        {counted(summary.tables.length, "table")} · {counted(rows, "row")}
      </Text>
      {summary.description && <Text inherit>{summary.description}</Text>}
    </Group>
  );
}

function Active({ job }: { job: Job }) {
  return (
    <Stack gap={4} mb="md">
      <JobProgress job={job} />
      <Anchor component={Link} to={jobPath(job)} size="sm">
        Follow it
      </Anchor>
    </Stack>
  );
}
