import { Button, Group, Select, SimpleGrid, Skeleton, Text, TextInput } from "@mantine/core";
import { IconFlask, IconPlus, IconSearch } from "@tabler/icons-react";
import { useState } from "react";
import { Link, useSearchParams } from "react-router";
import { type ExperimentSummary, useExperiments } from "~/api/experiments";
import { useJobs } from "~/api/jobs";
import { EmptyState } from "~/components/EmptyState";
import { PageHeader } from "~/components/PageHeader";
import { ProblemAlert } from "~/components/ProblemAlert";
import { counted } from "~/format";
import { ExperimentCard } from "./ExperimentCard";
import { matching, STANDINGS } from "./filter";
import { WAREHOUSES } from "./LoadDialog";
import { useExperimentDialogs } from "./useExperimentDialogs";
import { WarningBanners } from "./WarningBanners";
import { useWarned } from "./warnings";

const PAGE = 60;
const BANNERS = 3;

export function Experiments() {
  return (
    <>
      <PageHeader
        title="Experiments"
        actions={
          <Button component={Link} to="/new-experiment" leftSection={<IconPlus size={16} aria-hidden />}>
            New experiment
          </Button>
        }
      />
      <List />
    </>
  );
}

function List() {
  const experiments = useExperiments();
  const jobs = useJobs({ active: true });
  const dialogs = useExperimentDialogs();
  const [search, setSearch] = useSearchParams();
  const [pages, setPages] = useState(1);

  if (experiments.isPending) {
    return (
      <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }} aria-busy="true">
        {["a", "b", "c"].map((key) => (
          <Skeleton key={key} h={190} />
        ))}
      </SimpleGrid>
    );
  }
  if (experiments.isError)
    return <ProblemAlert error={experiments.error} onRetry={() => void experiments.refetch()} />;
  if (experiments.data.length === 0) return <NoExperiments />;

  const running = new Map(
    (jobs.data ?? []).filter((job) => job.state === "running").map((job) => [job.experiment, job]),
  );
  const filter = {
    text: search.get("q") ?? "",
    warehouse: search.get("warehouse"),
    standing: search.get("show"),
  };
  const found = matching(experiments.data, filter, new Set(running.keys()));
  const set = (name: string, value: string | null) =>
    setSearch(
      (now) => {
        const next = new URLSearchParams(now);
        if (value) next.set(name, value);
        else next.delete(name);
        return next;
      },
      { replace: true },
    );

  return (
    <>
      <Group mb="md" align="flex-end" gap="sm">
        <TextInput
          label="Find"
          placeholder="name, description or table"
          leftSection={<IconSearch size={16} aria-hidden />}
          value={filter.text}
          onChange={(event) => set("q", event.currentTarget.value)}
          style={{ flex: "1 1 220px" }}
        />
        <Select
          label="Warehouse"
          placeholder="any"
          data={WAREHOUSES}
          value={filter.warehouse}
          onChange={(value) => set("warehouse", value)}
          clearable
          w={150}
        />
        <Select
          label="Show"
          placeholder="all"
          data={STANDINGS}
          value={filter.standing}
          onChange={(value) => set("show", value)}
          clearable
          w={170}
        />
      </Group>
      <Banners summaries={found} />
      <Text size="sm" c="dimmed" mb="xs" role="status">
        {found.length === experiments.data.length
          ? counted(found.length, "experiment")
          : `${found.length} of ${counted(experiments.data.length, "experiment")}`}
      </Text>
      <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }}>
        {found.slice(0, PAGE * pages).map((summary) => (
          <ExperimentCard
            key={summary.name}
            summary={summary}
            job={running.get(summary.name) ?? null}
            dialogs={dialogs}
          />
        ))}
      </SimpleGrid>
      {found.length > PAGE * pages && (
        <Button mt="md" variant="default" onClick={() => setPages(pages + 1)}>
          Show more
        </Button>
      )}
      {dialogs.element}
    </>
  );
}

/** The first experiments whose warnings nobody has read yet; the others have their badge. */
function Banners({ summaries }: { summaries: readonly ExperimentSummary[] }) {
  const warned = useWarned(summaries);
  return warned
    .slice(0, BANNERS)
    .map((summary) => (
      <WarningBanners key={summary.name} experiment={summary.name} warnings={summary.warnings} compact />
    ));
}

function NoExperiments() {
  return (
    <EmptyState
      icon={IconFlask}
      title="No experiments yet"
      action={
        <Button component={Link} to="/new-experiment">
          Create the first
        </Button>
      }
    >
      An experiment is a set of tables: their columns, keys and rules. Give it as SQL, JSON or YAML, and it is
      filled with data that fits.
    </EmptyState>
  );
}
