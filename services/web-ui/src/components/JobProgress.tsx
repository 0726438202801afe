import { Group, Progress, Text } from "@mantine/core";
import type { Job } from "~/api/jobs";
import { count, short } from "~/format";

/** Per cent of rows done, 0 to 100; a job over no rows is done when it has ended. */
export function percent(done: number, total: number, ended: boolean): number {
  if (total <= 0) return ended ? 100 : 0;
  return Math.min(100, (done / total) * 100);
}

/** One line about a job that runs. */
export function JobProgress({ job }: { job: Job }) {
  const share = percent(job.rows_done, job.rows_total, job.state === "completed");
  return (
    <div>
      <Group justify="space-between" gap={4} mb={4} className="dw-numeric">
        <Text size="xs">
          {job.kind}: {count(job.rows_done)} of {count(job.rows_total)} rows
        </Text>
        <Text size="xs" c="dimmed">
          {short(job.rows_per_second)} rows/s
        </Text>
      </Group>
      <Progress value={share} aria-label={`Progress of the ${job.kind} job ${job.id}`} />
    </div>
  );
}
