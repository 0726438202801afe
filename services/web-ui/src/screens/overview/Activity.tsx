import { Anchor, ScrollArea, Skeleton, Table, Text } from "@mantine/core";
import { Link } from "react-router";
import { screenOf } from "~/api/experiments";
import { useJobs } from "~/api/jobs";
import { Ago } from "~/components/Ago";
import { ProblemAlert } from "~/components/ProblemAlert";
import { StateBadge } from "~/components/StateBadge";
import { count, duration } from "~/format";
import { jobPath } from "../run/links";
import { elapsedSeconds, useNow } from "../run/timing";

/** The newest jobs, what runs among them. */
export function Activity() {
  const jobs = useJobs({ limit: 8 });
  const running = jobs.data?.some((job) => job.state === "running") ?? false;
  const now = useNow(running);
  if (jobs.isPending) return <Skeleton h={180} />;
  if (jobs.isError) return <ProblemAlert error={jobs.error} onRetry={() => void jobs.refetch()} />;
  if (jobs.data.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        Nothing was generated, loaded or verified yet.
      </Text>
    );
  }
  return (
    <ScrollArea
      type="auto"
      offsetScrollbars="x"
      viewportProps={{ tabIndex: 0, role: "region", "aria-label": "Table of recent jobs" }}
    >
      <Table fz="sm" miw={560} highlightOnHover>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Job</Table.Th>
            <Table.Th>Experiment</Table.Th>
            <Table.Th>State</Table.Th>
            <Table.Th ta="right">Rows</Table.Th>
            <Table.Th ta="right">Time</Table.Th>
            <Table.Th>Begun</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody className="dw-numeric">
          {jobs.data.map((job) => (
            <Table.Tr key={job.id}>
              <Table.Th scope="row" style={{ whiteSpace: "nowrap" }}>
                <Anchor component={Link} to={jobPath(job)} inherit>
                  {job.kind} {job.id}
                </Anchor>
              </Table.Th>
              <Table.Td style={{ overflowWrap: "anywhere" }}>
                <Anchor component={Link} to={screenOf(job.experiment)} inherit>
                  {job.experiment}
                </Anchor>
              </Table.Td>
              <Table.Td>
                <StateBadge state={job.state} />
              </Table.Td>
              <Table.Td ta="right">{count(job.rows_done)}</Table.Td>
              <Table.Td ta="right">{duration(elapsedSeconds(job.started_at, job.finished_at, now))}</Table.Td>
              <Table.Td>
                <Ago at={job.started_at} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </ScrollArea>
  );
}
