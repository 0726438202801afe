import { Alert, Anchor, Button, Group, ScrollArea, Stack, Table, Text, Title } from "@mantine/core";
import { IconPlayerStop, IconRefresh } from "@tabler/icons-react";
import { Link, useParams } from "react-router";
import { type GenerationRun, screenOf, useCancelRun, useExperiment, useRun } from "~/api/experiments";
import { type Job, useJobs } from "~/api/jobs";
import { Ago } from "~/components/Ago";
import { CopyBlock } from "~/components/CopyBlock";
import { Figures } from "~/components/Figures";
import { notifyError } from "~/components/notify";
import { PageHeader } from "~/components/PageHeader";
import { ProblemAlert } from "~/components/ProblemAlert";
import { StateBadge } from "~/components/StateBadge";
import { UnreadyPage } from "~/components/UnreadyPage";
import { bytes, count, counted, duration, short } from "~/format";
import { useExperimentDialogs } from "../experiments/useExperimentDialogs";
import { JobView } from "./JobView";
import { s3Path } from "./links";
import { Traceback } from "./Traceback";
import { elapsedSeconds, useNow } from "./timing";

/** One generation run: as it goes on, and what came of it. */
export function RunPage() {
  const { name = "", id = "" } = useParams();
  const run = useRun(name, Number(id));
  const jobs = useJobs({ experiment: name, limit: 200 });
  const above = [
    { label: "Experiments", to: "/experiments" },
    { label: name, to: screenOf(name) },
    { label: "Runs", to: screenOf(name, "?tab=runs") },
  ];

  if (run.isError || run.isPending) {
    return <UnreadyPage title={`Run ${id}`} above={above} query={run} />;
  }

  const ofRun = (jobs.data ?? []).filter((job) => job.run_id === run.data.id);
  const generation = ofRun.find((job) => job.kind === "generate");
  const loads = ofRun.filter((job) => job.kind === "load");
  return (
    <>
      <PageHeader
        title={`Run ${run.data.id}`}
        above={above}
        badges={<StateBadge state={generation?.state ?? run.data.status} />}
        description={
          <>
            of {name}, seed {run.data.seed}, begun <Ago at={run.data.started_at} />
          </>
        }
        actions={<Actions run={run.data} />}
      />
      <Stack gap="lg">
        {generation && generation.state !== "completed" ? (
          <JobView job={generation} />
        ) : (
          <Outcome run={run.data} job={generation} />
        )}
        {loads.map((job) => (
          <section key={job.id} aria-label={`Load job ${job.id}`}>
            <Group gap="sm" mb="sm">
              <Title order={2} size="h3">
                Load
              </Title>
              <StateBadge state={job.state} />
              <Anchor component={Link} to={`/jobs/${job.id}`} size="sm">
                Job {job.id}
              </Anchor>
            </Group>
            <JobView job={job} />
          </section>
        ))}
        {run.data.status === "COMPLETED" && <Files run={run.data} />}
      </Stack>
    </>
  );
}

function Actions({ run }: { run: GenerationRun }) {
  const cancel = useCancelRun();
  const experiment = useExperiment(run.experiment);
  const dialogs = useExperimentDialogs();
  const summary = experiment.data?.summary;
  if (run.status === "RUNNING") {
    return (
      <Button
        variant="default"
        leftSection={<IconPlayerStop size={16} aria-hidden />}
        loading={cancel.isPending}
        onClick={() =>
          cancel.mutate(
            { name: run.experiment, id: run.id },
            { onError: (error) => notifyError(error, "The run was not cancelled") },
          )
        }
      >
        Cancel
      </Button>
    );
  }
  return (
    <>
      <Button
        variant="default"
        leftSection={<IconRefresh size={16} aria-hidden />}
        disabled={summary === undefined}
        onClick={() => summary && dialogs.open("generate", summary)}
      >
        Generate again
      </Button>
      {run.status === "COMPLETED" && (
        <Button disabled={summary === undefined} onClick={() => summary && dialogs.open("load", summary)}>
          Load
        </Button>
      )}
      {dialogs.element}
    </>
  );
}

/** A run that ended, or one that another process makes: without a job of this server. */
function Outcome({ run, job }: { run: GenerationRun; job: Job | undefined }) {
  const now = useNow(run.status === "RUNNING");
  const rows = Object.values(run.row_counts).reduce((sum, each) => sum + each, 0);
  const files = Object.values(run.files).flat();
  const seconds = elapsedSeconds(run.started_at, run.finished_at, now);
  // The rows of an increment are also those of the runs that it extends; its job has counted what it made.
  const made = job?.rows_done ?? (run.extends === null ? rows : 0);
  return (
    <Stack gap="md">
      {run.status === "ABORTED" && (
        <Alert role="note" color="orange" title="The run was broken off">
          {run.error ?? "The server that ran it ended, or it was cancelled."} Nothing of it stays staged;
          generate again.
        </Alert>
      )}
      {run.status === "FAILED" && (
        <ProblemAlert
          error={new Error(run.error ?? "The run failed without a message.")}
          title="The run failed"
        />
      )}
      {run.traceback && run.status !== "COMPLETED" && <Traceback text={run.traceback} />}
      {run.status === "RUNNING" && (
        <Alert role="note" color="blue" title="It is running">
          Another process makes this run (the command line, for one): its progress is not known here.
        </Alert>
      )}
      <Figures
        figures={[
          { label: "Rows", value: count(rows) },
          {
            label: "Files",
            value: `${count(files.length)}, ${bytes(files.reduce((sum, file) => sum + file.size, 0))}`,
          },
          { label: run.status === "RUNNING" ? "Elapsed" : "Time", value: duration(seconds) },
          {
            label: "Rows per second",
            value: made > 0 && seconds > 0 ? short(made / seconds) : "–",
          },
        ]}
      />
    </Stack>
  );
}

function Files({ run }: { run: GenerationRun }) {
  const tables = Object.keys(run.row_counts);
  return (
    <section aria-labelledby="files">
      <Title order={2} size="h3" id="files" mb="sm">
        Files
      </Title>
      <CopyBlock text={run.location} label="the place of the files" />
      <ScrollArea
        type="auto"
        offsetScrollbars="x"
        mt="sm"
        viewportProps={{ tabIndex: 0, role: "region", "aria-label": "Files by table" }}
      >
        <Table fz="sm" miw={420}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Table</Table.Th>
              <Table.Th ta="right">Rows</Table.Th>
              <Table.Th ta="right">Files</Table.Th>
              <Table.Th ta="right">Size</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody className="dw-numeric">
            {tables.map((table) => {
              const files = run.files[table] ?? [];
              const place = s3Path(files[0]?.uri);
              return (
                <Table.Tr key={table}>
                  <Table.Th scope="row" fw={500}>
                    {place ? (
                      <Anchor component={Link} to={place} inherit>
                        {table}
                      </Anchor>
                    ) : (
                      table
                    )}
                  </Table.Th>
                  <Table.Td ta="right">{count(run.row_counts[table] ?? 0)}</Table.Td>
                  <Table.Td ta="right">{count(files.length)}</Table.Td>
                  <Table.Td ta="right">{bytes(files.reduce((sum, file) => sum + file.size, 0))}</Table.Td>
                </Table.Tr>
              );
            })}
          </Table.Tbody>
        </Table>
      </ScrollArea>
      <Text size="sm" c="dimmed" mt="xs">
        {run.staged
          ? `${counted(tables.length, "table")} staged as Parquet.`
          : "These files are not staged any more."}
      </Text>
    </section>
  );
}
