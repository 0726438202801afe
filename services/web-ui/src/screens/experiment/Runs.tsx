import { Anchor, Button, ScrollArea, Skeleton, Stack, Table, Text } from "@mantine/core";
import { IconHistory } from "@tabler/icons-react";
import { lazy, Suspense } from "react";
import { Link } from "react-router";
import { type ExperimentSummary, type GenerationRun, screenOf, useRuns } from "~/api/experiments";
import { Ago } from "~/components/Ago";
import { EmptyState } from "~/components/EmptyState";
import { ProblemAlert } from "~/components/ProblemAlert";
import { StateBadge } from "~/components/StateBadge";
import { count, duration, short } from "~/format";
import { elapsedSeconds } from "../run/timing";

const RunChart = lazy(async () => ({ default: (await import("./RunChart")).RunChart }));
const LISTED = 100;
export const CHART_HEIGHT = 240;

export interface RunFigures {
  run: GenerationRun;
  rows: number;
  seconds: number | null;
  rate: number | null;
}

/** `rows` are all rows of a run; the rate is that of the rows it made itself, besides those of the run it extends. */
export function figuresOf(run: GenerationRun, runs: readonly GenerationRun[]): RunFigures {
  const rows = rowsOf(run);
  const extended = runs.find(({ id }) => id === run.extends);
  const made = rows - (extended ? rowsOf(extended) : 0);
  const seconds = run.finished_at === null ? null : elapsedSeconds(run.started_at, run.finished_at, 0);
  return { run, rows, seconds, rate: seconds !== null && seconds > 0 && made > 0 ? made / seconds : null };
}

function rowsOf(run: GenerationRun): number {
  return Object.values(run.row_counts).reduce((sum, each) => sum + each, 0);
}

/** The history of an experiment's runs, newest first, and how fast they were. */
export function Runs({ summary, onGenerate }: { summary: ExperimentSummary; onGenerate: () => void }) {
  const runs = useRuns(summary.name);
  if (runs.isPending) return <Skeleton h={CHART_HEIGHT + 160} />;
  if (runs.isError) return <ProblemAlert error={runs.error} onRetry={() => void runs.refetch()} />;
  if (runs.data.length === 0) {
    return (
      <EmptyState
        icon={IconHistory}
        title="No runs yet"
        action={<Button onClick={onGenerate}>Generate</Button>}
      >
        Each generation is kept here with its rows, its time and its files.
      </EmptyState>
    );
  }
  const figures = runs.data.map((run) => figuresOf(run, runs.data));
  const complete = figures
    .filter(({ run }) => run.status === "COMPLETED")
    .slice(0, 50)
    .reverse();
  return (
    <Stack gap="lg">
      {complete.length > 1 && (
        <Suspense fallback={<Skeleton h={CHART_HEIGHT} />}>
          <RunChart figures={complete} />
        </Suspense>
      )}
      <ScrollArea
        type="auto"
        offsetScrollbars="x"
        viewportProps={{ tabIndex: 0, role: "region", "aria-label": "Table of runs" }}
      >
        <Table fz="sm" miw={620} highlightOnHover>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Run</Table.Th>
              <Table.Th>State</Table.Th>
              <Table.Th>Begun</Table.Th>
              <Table.Th ta="right">Seed</Table.Th>
              <Table.Th ta="right">Rows</Table.Th>
              <Table.Th ta="right">Time</Table.Th>
              <Table.Th ta="right">Rows/s</Table.Th>
              <Table.Th>Files</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody className="dw-numeric">
            {figures.slice(0, LISTED).map(({ run, rows, seconds, rate }) => (
              <Table.Tr key={run.id}>
                <Table.Th scope="row">
                  <Anchor component={Link} to={screenOf(run.experiment, `/runs/${run.id}`)} inherit>
                    Run {run.id}
                  </Anchor>
                </Table.Th>
                <Table.Td>
                  <StateBadge state={run.status} />
                </Table.Td>
                <Table.Td>
                  <Ago at={run.started_at} />
                </Table.Td>
                <Table.Td ta="right">{run.seed}</Table.Td>
                <Table.Td ta="right">{count(rows)}</Table.Td>
                <Table.Td ta="right">{seconds === null ? "–" : duration(seconds)}</Table.Td>
                <Table.Td ta="right">{rate === null ? "–" : short(rate)}</Table.Td>
                <Table.Td>{run.staged ? "staged" : "–"}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </ScrollArea>
      {figures.length > LISTED && (
        <Text size="sm" c="dimmed">
          The newest {LISTED} of {count(figures.length)} runs.
        </Text>
      )}
    </Stack>
  );
}
