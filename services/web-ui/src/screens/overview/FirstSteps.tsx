import { Button, Card, Group, SimpleGrid, Text, ThemeIcon, Title } from "@mantine/core";
import { IconCheck } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Link, useNavigate } from "react-router";
import { ApiError } from "~/api/client";
import { createExperiment, type ExperimentSummary, screenOf } from "~/api/experiments";
import { keys } from "~/api/keys";
import { notifyError } from "~/components/notify";
import { SAMPLE_NAME, SAMPLES } from "../create/samples";
import { sqlPath } from "../run/links";

/** From an empty stack to a query in three steps; gone once all three are done. */
export function FirstSteps({ experiments }: { experiments: readonly ExperimentSummary[] }) {
  const newest = [...experiments].sort((a, b) => b.created_at.localeCompare(a.created_at))[0];
  const generated = experiments.some((each) => each.last_run?.status === "COMPLETED");
  const loaded = experiments.find((each) => each.loaded.length > 0);
  const place = loaded?.loaded[0];
  if (newest !== undefined && generated && place) return null;
  return (
    <section aria-labelledby="first-steps">
      <Title order={2} size="h3" id="first-steps" mb="sm">
        First steps
      </Title>
      <SimpleGrid cols={{ base: 1, sm: 3 }}>
        <Step number={1} title="Create an experiment" done={newest !== undefined}>
          <Text size="sm" c="dimmed" mb="sm">
            Tables with columns, keys and rules: from your own SQL, JSON or YAML, or a small shop to look
            around.
          </Text>
          <Group gap="xs">
            <ExampleButton primary={newest === undefined} />
            <Button component={Link} to="/new-experiment" variant="default" size="xs">
              Your own schema
            </Button>
          </Group>
        </Step>
        <Step number={2} title="Generate its data" done={generated}>
          <Text size="sm" c="dimmed" mb="sm">
            Consistent rows as Parquet files, loaded into the warehouses right afterwards.
          </Text>
          {newest && (
            <Button
              component={Link}
              to={screenOf(newest.name)}
              size="xs"
              variant={generated ? "default" : "filled"}
            >
              To {newest.name}
            </Button>
          )}
        </Step>
        <Step number={3} title="Query it" done={false}>
          <Text size="sm" c="dimmed" mb="sm">
            Here in the SQL workspace, or with your own tool: the connections are below.
          </Text>
          {loaded && place && (
            <Button component={Link} to={sqlPath(place.warehouse, loaded.name, "")} size="xs">
              Open the SQL workspace
            </Button>
          )}
        </Step>
      </SimpleGrid>
    </section>
  );
}

function Step({
  number,
  title,
  done,
  children,
}: {
  number: number;
  title: string;
  done: boolean;
  children: ReactNode;
}) {
  return (
    <Card withBorder>
      <Group gap="sm" mb="xs" wrap="nowrap">
        <ThemeIcon radius="xl" variant={done ? "filled" : "light"} color={done ? "teal" : ""} aria-hidden>
          {done ? <IconCheck size={16} /> : number}
        </ThemeIcon>
        <Title order={3} size="h5">
          {title}
          {done && " (done)"}
        </Title>
      </Group>
      {children}
    </Card>
  );
}

function ExampleButton({ primary }: { primary: boolean }) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const create = useMutation({
    mutationFn: () => createExperiment(SAMPLES.json, "json", false),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: keys.experiments });
      await navigate(screenOf(SAMPLE_NAME));
    },
    onError: (error) => {
      // It is there already: that is what was wanted.
      if (error instanceof ApiError && error.status === 409) void navigate(screenOf(SAMPLE_NAME));
      else notifyError(error, "The example was not created");
    },
  });
  return (
    <Button
      size="xs"
      variant={primary ? "filled" : "default"}
      loading={create.isPending}
      onClick={() => create.mutate()}
    >
      Example: a shop
    </Button>
  );
}
