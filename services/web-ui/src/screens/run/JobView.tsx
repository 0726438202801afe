import { Alert, Anchor, Progress, ScrollArea, Stack, Table, Text } from "@mantine/core";
import { IconPlugConnectedX } from "@tabler/icons-react";
import { Link } from "react-router";
import { ApiError } from "~/api/client";
import { isVerifyReport, type Job } from "~/api/jobs";
import { Figures } from "~/components/Figures";
import { percent } from "~/components/JobProgress";
import { ProblemAlert } from "~/components/ProblemAlert";
import { StateBadge } from "~/components/StateBadge";
import { count, duration, short } from "~/format";
import { LoadResult } from "./LoadResult";
import { dataPath } from "./links";
import { Traceback } from "./Traceback";
import { elapsedSeconds, remainingSeconds, useNow } from "./timing";
import { VerifyResult } from "./VerifyResult";

const LISTED = 300;

/** A job as it goes on and as it ended: progress, rate, tables, what went wrong. */
export function JobView({ job }: { job: Job }) {
  return (
    <Stack gap="md">
      {job.state === "aborted" && (
        <Alert
          role="note"
          color="orange"
          icon={<IconPlugConnectedX aria-hidden />}
          title="The server ended before the job did"
        >
          Start it again: what it had begun is undone, or done over.
        </Alert>
      )}
      {job.error && job.state === "failed" && (
        <ProblemAlert error={new ApiError(job.error)} title={`The ${job.kind} job failed`} />
      )}
      {job.traceback && <Traceback text={job.traceback} />}
      <Overall job={job} />
      {job.result &&
        (isVerifyReport(job.result) ? (
          <VerifyResult report={job.result} experiment={job.experiment} />
        ) : (
          <LoadResult answer={job.result} experiment={job.experiment} />
        ))}
      <Tables job={job} />
    </Stack>
  );
}

function Overall({ job }: { job: Job }) {
  const running = job.state === "running";
  const now = useNow(running);
  const left = running ? remainingSeconds(job) : null;
  const share = percent(job.rows_done, job.rows_total, job.state === "completed");
  return (
    <Stack gap="sm">
      <Progress.Root size="lg">
        <Progress.Section
          value={share}
          animated={running}
          color={job.state === "failed" ? "red" : job.state === "completed" ? "teal" : ""}
          aria-label={`${job.kind}: ${Math.floor(share)} per cent`}
        />
      </Progress.Root>
      <Figures
        figures={[
          { label: `Rows, of ${count(job.rows_total)}`, value: count(job.rows_done) },
          { label: "Rows per second", value: job.rows_done > 0 ? short(job.rows_per_second) : "–" },
          { label: "Elapsed", value: duration(elapsedSeconds(job.started_at, job.finished_at, now)) },
          { label: "Remaining", value: running ? (left === null ? "–" : `about ${duration(left)}`) : "–" },
        ]}
      />
    </Stack>
  );
}

function Tables({ job }: { job: Job }) {
  const several = job.tables.some((table) => table.warehouse !== null);
  if (job.tables.length === 0) return null;
  return (
    <ScrollArea
      type="auto"
      offsetScrollbars="x"
      viewportProps={{ tabIndex: 0, role: "region", "aria-label": "Progress by table" }}
    >
      <Table fz="sm" miw={560}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Table</Table.Th>
            {several && <Table.Th>Warehouse</Table.Th>}
            <Table.Th w="30%">Progress</Table.Th>
            <Table.Th ta="right">Rows</Table.Th>
            <Table.Th ta="right">Time</Table.Th>
            <Table.Th>State</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {job.tables.slice(0, LISTED).map((table) => (
            <Table.Tr key={`${table.warehouse}.${table.table}`}>
              <Table.Th scope="row" fw={500}>
                {table.warehouse ? (
                  <Anchor component={Link} to={dataPath(table.warehouse, job.experiment)} inherit>
                    {table.table}
                  </Anchor>
                ) : (
                  table.table
                )}
              </Table.Th>
              {several && <Table.Td>{table.warehouse}</Table.Td>}
              <Table.Td>
                <Progress
                  value={percent(table.rows_done, table.rows_total, table.state === "done")}
                  color={table.state === "failed" ? "red" : table.state === "done" ? "teal" : ""}
                  aria-label={`Progress of ${table.table}`}
                />
              </Table.Td>
              <Table.Td ta="right" className="dw-numeric" style={{ whiteSpace: "nowrap" }}>
                {count(table.rows_done)} / {count(table.rows_total)}
              </Table.Td>
              <Table.Td ta="right" className="dw-numeric" style={{ whiteSpace: "nowrap" }}>
                {table.seconds === null ? "–" : duration(table.seconds)}
              </Table.Td>
              <Table.Td>
                <StateBadge state={table.state} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      {job.tables.length > LISTED && (
        <Text size="sm" c="dimmed" mt="xs">
          The first {LISTED} of {count(job.tables.length)} tables.
        </Text>
      )}
    </ScrollArea>
  );
}
