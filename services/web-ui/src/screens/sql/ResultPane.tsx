import { Alert, Badge, Button, Group, Loader, SegmentedControl, Skeleton, Text } from "@mantine/core";
import { IconChartBar, IconPlayerPlay, IconTable } from "@tabler/icons-react";
import { lazy, Suspense, useEffect, useMemo, useState } from "react";
import { ApiError } from "~/api/client";
import { EmptyState } from "~/components/EmptyState";
import { ProblemAlert } from "~/components/ProblemAlert";
import { ResultsGrid } from "~/components/ResultsGrid";
import { count, counted, duration } from "~/format";
import { ExportMenu } from "./ExportMenu";
import { type Run, sourceOf } from "./runs";

const ResultChart = lazy(async () => ({ default: (await import("./ResultChart")).ResultChart }));

export function ResultPane({
  run,
  name,
  view,
  onView,
  place,
  onGo,
  onConfirm,
}: {
  run: Run | null;
  /** Of the tab. */
  name: string;
  view: "rows" | "chart";
  onView: (view: "rows" | "chart") => void;
  /** Where in the editor the error is, when that is known. */
  place: { line: number; column: number | null } | null;
  onGo: () => void;
  /** Run a statement that changes a warehouse on another machine after all. */
  onConfirm: () => void;
}) {
  // biome-ignore lint/correctness/useExhaustiveDependencies: these make the source another one
  const source = useMemo(
    () => (run ? sourceOf(run) : null),
    [run?.queryId, run?.rowCount, run?.complete, run?.page],
  );
  if (run === null)
    return (
      <EmptyState icon={IconPlayerPlay} title="Nothing was run yet">
        Ctrl+Enter runs the selection or the statement at the cursor.
      </EmptyState>
    );
  if (run.state === "running" || run.state === "cancelling") return <Running run={run} />;
  if (run.problem !== null && source === null)
    return <Failed run={run} place={place} onGo={onGo} onConfirm={onConfirm} />;
  if (source === null || run.page === null) return null;
  return (
    <>
      <Group gap="xs" mb={6} justify="space-between" wrap="nowrap" align="flex-start">
        <Group gap="xs" style={{ minWidth: 0 }}>
          <SegmentedControl
            size="xs"
            aria-label="How the result is shown"
            value={view}
            onChange={(value) => onView(value === "chart" ? "chart" : "rows")}
            data={[
              { value: "rows", label: <Choice icon={IconTable} text="Rows" /> },
              { value: "chart", label: <Choice icon={IconChartBar} text="Chart" /> },
            ]}
          />
          <Summary run={run} />
        </Group>
        {source.columns.length > 0 && <ExportMenu run={run} name={name} />}
      </Group>
      {run.problem !== null && (
        <ProblemAlert error={new ApiError(run.problem)} title="Not all rows could be read" />
      )}
      {run.truncated && (
        <Alert color="yellow" variant="light" mb={6} p="xs">
          The first {count(run.rowCount)} rows are here; the result has more. Export → everything writes all
          of them.
        </Alert>
      )}
      {source.columns.length === 0 ? (
        <EmptyState icon={IconPlayerPlay} title="Done">
          The statement has no result.
        </EmptyState>
      ) : view === "chart" ? (
        <Suspense fallback={<Skeleton h={320} />}>
          <ResultChart source={source} />
        </Suspense>
      ) : (
        <ResultsGrid source={source} label={`Result of ${name}`} />
      )}
    </>
  );
}

function Choice({ icon: Icon, text }: { icon: typeof IconTable; text: string }) {
  return (
    <Group gap={5} wrap="nowrap">
      <Icon size={14} aria-hidden />
      {text}
    </Group>
  );
}

function Summary({ run }: { run: Run }) {
  const seconds = run.page?.seconds;
  const rows = run.complete ? counted(run.rowCount, "row") : `${count(run.rowCount)} rows so far`;
  return (
    <Text size="xs" c="dimmed" className="dw-numeric" role="status">
      {run.page?.columns.length ? `${rows} · ` : ""}
      {duration(run.seconds ?? 0)}
      {seconds &&
        ` (connect ${duration(seconds.connect)}, execute ${duration(seconds.execute)}, first page ${duration(seconds.first_page)})`}
    </Text>
  );
}

function Running({ run }: { run: Run }) {
  const [now, setNow] = useState(() => performance.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(performance.now()), 100);
    return () => clearInterval(timer);
  }, []);
  return (
    <Group p="md" gap="sm" role="status" aria-label="The query runs">
      <Loader size="sm" />
      <Text size="sm" className="dw-numeric" aria-hidden>
        {run.state === "cancelling" ? "Cancelling" : `Running on ${run.statement.warehouse}`} ·{" "}
        {(Math.max(now - run.startedAt, 0) / 1000).toFixed(1)} s
      </Text>
    </Group>
  );
}

function Failed({
  run,
  place,
  onGo,
  onConfirm,
}: {
  run: Run;
  place: { line: number; column: number | null } | null;
  onGo: () => void;
  onConfirm: () => void;
}) {
  const { problem } = run;
  if (problem === null) return null;
  if (run.state === "cancelled")
    return (
      <Alert color="gray" title="Cancelled">
        The query was cancelled after {duration(run.seconds ?? 0)}.
      </Alert>
    );
  const code = problem.warehouse_code;
  return (
    <div style={{ overflow: "auto" }}>
      <ProblemAlert
        error={new ApiError(problem)}
        title={problem.code === "sql" ? `${run.statement.warehouse} refused the statement` : problem.title}
      />
      <Group mt="xs" gap="xs">
        {code && (
          <Badge color="red" variant="light" tt="none">
            code {code}
          </Badge>
        )}
        {place && (
          <Button size="xs" variant="default" onClick={onGo}>
            Go to line {place.line}
            {place.column === null ? "" : `, column ${place.column}`}
          </Button>
        )}
        {problem.code === "confirmation" && (
          <Button size="xs" color="red" onClick={onConfirm}>
            Run it there all the same
          </Button>
        )}
        <Text size="xs" c="dimmed">
          after {duration(run.seconds ?? 0)}
        </Text>
      </Group>
    </div>
  );
}
