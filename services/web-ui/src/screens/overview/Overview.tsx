import { Alert, Skeleton, Stack, Text, Title } from "@mantine/core";
import { IconCloud } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { type ExperimentSummary, useExperiments } from "~/api/experiments";
import { useAbout } from "~/api/services";
import { Figures } from "~/components/Figures";
import { PageHeader } from "~/components/PageHeader";
import { ProblemAlert } from "~/components/ProblemAlert";
import { count } from "~/format";
import { Activity } from "./Activity";
import { Connections } from "./Connections";
import { FirstSteps } from "./FirstSteps";
import { Services } from "./Services";

/** How the stack stands, what to do first, and how to connect to it. */
export function Overview() {
  const experiments = useExperiments();
  return (
    <>
      <PageHeader title="Overview" description={<About />} />
      <Stack gap="xl">
        <Services />
        {experiments.isPending && <Skeleton h={130} />}
        {experiments.isError && (
          <ProblemAlert error={experiments.error} onRetry={() => void experiments.refetch()} />
        )}
        {experiments.isSuccess && (
          <>
            <FirstSteps experiments={experiments.data} />
            {experiments.data.length > 0 && <Figures figures={totals(experiments.data)} />}
          </>
        )}
        <Part title="Recent jobs">
          <Activity />
        </Part>
        <Part title="Connect">
          <Connections />
        </Part>
      </Stack>
    </>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section aria-label={title}>
      <Title order={2} size="h3" mb="sm">
        {title}
      </Title>
      {children}
    </section>
  );
}

export function totals(experiments: readonly ExperimentSummary[]) {
  const sum = (values: number[]) => count(values.reduce((total, value) => total + value, 0));
  const rowsIn = (warehouse: string) =>
    sum(
      experiments
        .flatMap(({ loaded }) => loaded.filter((each) => each.warehouse === warehouse))
        .map(({ rows }) => rows),
    );
  const used = new Set(experiments.flatMap(({ loaded }) => loaded.map(({ warehouse }) => warehouse)));
  return [
    { label: "Experiments", value: count(experiments.length) },
    { label: "Tables", value: sum(experiments.map(({ tables }) => tables.length)) },
    ...[...used].sort().map((warehouse) => ({ label: `Rows in ${warehouse}`, value: rowsIn(warehouse) })),
  ];
}

/** One line of the same height while it is not known yet. */
function About() {
  const about = useAbout();
  if (about.isError) return <>{about.error.message}</>;
  return (
    <>
      <Text inherit style={{ overflowWrap: "anywhere" }} mih={22}>
        {about.data && `Version ${about.data.version}, home ${about.data.home}`}
      </Text>
      {about.data && about.data.remote_targets.length > 0 && (
        <Alert role="note" color="orange" variant="light" mt="xs" py="xs" icon={<IconCloud aria-hidden />}>
          Not on this machine: {about.data.remote_targets.join(", ")}. What changes them is confirmed first.
        </Alert>
      )}
    </>
  );
}
