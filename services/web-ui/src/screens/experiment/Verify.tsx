import { Anchor, Button, Group, Skeleton, Stack, Text } from "@mantine/core";
import { IconChecklist } from "@tabler/icons-react";
import { Link } from "react-router";
import type { ExperimentSummary } from "~/api/experiments";
import { useJobs } from "~/api/jobs";
import { Ago } from "~/components/Ago";
import { EmptyState } from "~/components/EmptyState";
import { ProblemAlert } from "~/components/ProblemAlert";
import { JobView } from "../run/JobView";

/** The newest verification of what is loaded. */
export function Verify({ summary, onVerify }: { summary: ExperimentSummary; onVerify: () => void }) {
  const jobs = useJobs({ experiment: summary.name, limit: 200 });
  if (jobs.isPending) return <Skeleton h={300} />;
  if (jobs.isError) return <ProblemAlert error={jobs.error} onRetry={() => void jobs.refetch()} />;
  const newest = jobs.data.find((job) => job.kind === "verify");
  const loaded = summary.loaded.length > 0;
  if (newest === undefined) {
    return (
      <EmptyState
        icon={IconChecklist}
        title="Not verified yet"
        action={
          <Button onClick={onVerify} disabled={!loaded}>
            Verify
          </Button>
        }
      >
        {loaded
          ? "Counts, in each warehouse, the rows that break a promise of the schema: keys, ranges, lengths, references."
          : "Load a run first; then its rows can be checked against the schema."}
      </EmptyState>
    );
  }
  return (
    <Stack>
      <Group justify="space-between">
        <Text size="sm" component="div">
          <Anchor component={Link} to={`/jobs/${newest.id}`} inherit>
            Job {newest.id}
          </Anchor>
          , <Ago at={newest.started_at} />
        </Text>
        <Button
          size="xs"
          variant="default"
          onClick={onVerify}
          disabled={!loaded || newest.state === "running"}
        >
          Verify again
        </Button>
      </Group>
      <JobView job={newest} />
    </Stack>
  );
}
