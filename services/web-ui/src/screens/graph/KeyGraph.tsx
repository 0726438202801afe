import { Box, SegmentedControl, Skeleton } from "@mantine/core";
import { IconSitemap } from "@tabler/icons-react";
import { lazy, Suspense } from "react";
import { useSearchParams } from "react-router";
import { useKeyGraph } from "~/api/graph";
import { EmptyState } from "~/components/EmptyState";
import { ProblemAlert } from "~/components/ProblemAlert";
import { KeyList } from "./KeyList";

const KeyDrawing = lazy(() => import("./KeyDrawing"));
const Lineage = lazy(() => import("./Lineage"));

const VIEWS = [
  { value: "keys", label: "Keys" },
  { value: "list", label: "List of keys" },
  { value: "lineage", label: "Lineage" },
];

/**
 * The tables of an experiment with their keys, or where their rows come from. Which of it is shown is in the
 * address: `?graph=` and `?table=`.
 */
export function KeyGraph({ name, height = 560 }: { name: string; height?: number | string }) {
  const [params, setParams] = useSearchParams();
  const view = VIEWS.find((each) => each.value === params.get("graph"))?.value ?? "keys";
  const set = (parameter: string, value: string | null) =>
    setParams(
      (old) => {
        if (value === null) old.delete(parameter);
        else old.set(parameter, value);
        return old;
      },
      { replace: true },
    );
  const choice = {
    chosen: params.get("table"),
    onChoose: (table: string | null) => set("table", table),
  };
  return (
    <>
      <SegmentedControl
        aria-label="What to show"
        size="xs"
        mb="xs"
        data={VIEWS}
        value={view}
        onChange={(value) => set("graph", value === "keys" ? null : value)}
      />
      <Suspense fallback={<Skeleton h={height} />}>
        {view === "lineage" ? (
          <Lineage name={name} height={height} />
        ) : (
          <Keys name={name} height={height} asList={view === "list"} {...choice} />
        )}
      </Suspense>
    </>
  );
}

function Keys({
  name,
  height,
  asList,
  chosen,
  onChoose,
}: {
  name: string;
  height: number | string;
  asList: boolean;
  chosen: string | null;
  onChoose: (table: string | null) => void;
}) {
  const { data: graph, error, refetch } = useKeyGraph(name);
  if (error) return <ProblemAlert error={error} onRetry={() => void refetch()} />;
  if (!graph) return <Skeleton h={height} />;
  if (graph.tables.length === 0)
    return (
      <EmptyState icon={IconSitemap} title="No tables">
        An experiment's tables are drawn here once it has some.
      </EmptyState>
    );
  if (asList)
    return (
      <Box>
        <KeyList graph={graph} />
      </Box>
    );
  const known = graph.tables.some((table) => table.name === chosen) ? chosen : null;
  return <KeyDrawing name={name} graph={graph} height={height} chosen={known} onChoose={onChoose} />;
}
