import { Anchor, Button, Group, Text } from "@mantine/core";
import { IconPlayerStop } from "@tabler/icons-react";
import { Link, useParams } from "react-router";
import { screenOf } from "~/api/experiments";
import { type Job, useCancelJob, useJob } from "~/api/jobs";
import { Ago } from "~/components/Ago";
import { notifyError } from "~/components/notify";
import { PageHeader } from "~/components/PageHeader";
import { StateBadge } from "~/components/StateBadge";
import { UnreadyPage } from "~/components/UnreadyPage";
import { JobView } from "../run/JobView";

const TITLES: Record<Job["kind"], string> = { generate: "Generate", load: "Load", verify: "Verify" };

/** One job: a load, a verification or a generation. */
export function JobPage() {
  const { id = "" } = useParams();
  const job = useJob(Number(id));
  if (job.isError || job.isPending) {
    return <UnreadyPage title={`Job ${id}`} above={[{ label: "Overview", to: "/" }]} query={job} />;
  }
  const { data } = job;
  return (
    <>
      <PageHeader
        title={`${TITLES[data.kind]} ${data.experiment}`}
        above={[
          { label: "Experiments", to: "/experiments" },
          { label: data.experiment, to: screenOf(data.experiment) },
        ]}
        badges={<StateBadge state={data.state} />}
        description={
          <Group gap={6}>
            <Text inherit component="span">
              Job {data.id}, begun <Ago at={data.started_at} />
            </Text>
            {data.run_id !== null && (
              <Anchor component={Link} to={screenOf(data.experiment, `/runs/${data.run_id}`)} inherit>
                Run {data.run_id}
              </Anchor>
            )}
          </Group>
        }
        actions={data.state === "running" && <Cancel job={data} />}
      />
      <JobView job={data} />
    </>
  );
}

function Cancel({ job }: { job: Job }) {
  const cancel = useCancelJob();
  return (
    <Button
      variant="default"
      leftSection={<IconPlayerStop size={16} aria-hidden />}
      loading={cancel.isPending}
      onClick={() =>
        cancel.mutate(job.id, { onError: (error) => notifyError(error, "The job was not cancelled") })
      }
    >
      Cancel
    </Button>
  );
}
