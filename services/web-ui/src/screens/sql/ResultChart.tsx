import "@mantine/charts/styles.css";
import { AreaChart, BarChart, LineChart, PieChart, ScatterChart } from "@mantine/charts";
import { Box, Group, MultiSelect, Select, Skeleton, Text, VisuallyHidden } from "@mantine/core";
import { IconChartBar } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { EmptyState } from "~/components/EmptyState";
import { ProblemAlert } from "~/components/ProblemAlert";
import type { Row, RowSource } from "~/components/ResultsGridSource";
import { count, short } from "~/format";
import {
  type Aggregate,
  type Bucket,
  type ChartChoice,
  type ChartType,
  isTime,
  POINTS,
  type Point,
  points,
  seriesNames,
  usualChart,
} from "./chart";

const COLOURS = ["cyan.7", "orange.7", "grape.6", "teal.7", "red.6", "indigo.6", "yellow.8", "pink.6"];
const TOLD = 100;

export function ResultChart({ source }: { source: RowSource }) {
  const wanted = Math.min(source.rowCount, POINTS);
  const rows = useQuery({
    queryKey: ["sql-chart", source.id, wanted],
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 60_000,
    queryFn: async ({ signal }) => {
      const found: Row[] = [];
      while (found.length < wanted) {
        const page = await source.getPage(found.length, signal);
        if (page.length === 0) break;
        found.push(...page);
      }
      return found.slice(0, wanted);
    },
  });
  if (rows.isError) return <ProblemAlert error={rows.error} onRetry={() => void rows.refetch()} />;
  if (rows.isPending) return <Skeleton h={320} />;
  if (rows.data.length === 0) return <EmptyState icon={IconChartBar} title="There are no rows to draw" />;
  return <Chart key={source.id} source={source} rows={rows.data} />;
}

function Chart({ source, rows }: { source: RowSource; rows: readonly Row[] }) {
  const { columns } = source;
  const [choice, setChoice] = useState(() => usualChart(columns, rows));
  const found = useMemo(() => points(rows, columns, choice), [rows, columns, choice]);
  const names = seriesNames(columns, choice);
  const xName = choice.x === null ? "row" : (columns[choice.x]?.name ?? "");
  const title = `${choice.type} chart: ${names.join(", ")} by ${xName}`;
  return (
    <Box style={{ flex: 1, minHeight: 0, display: "flex", flexDirection: "column" }}>
      <Controls source={source} choice={choice} onChange={(change) => setChoice({ ...choice, ...change })} />
      {source.rowCount > POINTS && (
        <Text size="xs" c="dimmed">
          Drawn from the first {count(POINTS)} of {count(source.rowCount)} rows; aggregate in the query to
          draw all.
        </Text>
      )}
      <Box component="figure" m={0} mt="xs" style={{ flex: 1, minHeight: 240, overflow: "auto" }}>
        {names.length === 0 ? (
          <EmptyState icon={IconChartBar} title="Choose at least one number to draw" />
        ) : (
          <>
            <div aria-hidden style={{ height: "100%", minHeight: 240 }}>
              <Drawing choice={choice} found={found} names={names} xName={xName} />
            </div>
            <PointsTable title={title} names={names} xName={xName} found={found} />
          </>
        )}
      </Box>
    </Box>
  );
}

function Controls({
  source,
  choice,
  onChange,
}: {
  source: RowSource;
  choice: ChartChoice;
  onChange: (change: Partial<ChartChoice>) => void;
}) {
  const options = source.columns.map((column, index) => ({ value: String(index), label: column.name }));
  const numbers = options.filter((_, index) => source.columns[index]?.kind === "number");
  const time = choice.x !== null && isTime(source.columns[choice.x]);
  const single = choice.type === "pie" || choice.type === "scatter";
  return (
    <Group gap="xs" align="flex-end">
      <Select
        size="xs"
        w={110}
        label="Chart"
        allowDeselect={false}
        data={["bar", "line", "area", "scatter", "pie"]}
        value={choice.type}
        onChange={(type) => {
          if (!type) return;
          const y = type === "pie" || type === "scatter" ? choice.y.slice(0, 1) : choice.y;
          const aggregate: Aggregate = type === "scatter" ? "none" : choice.aggregate;
          onChange({ type: type as ChartType, y, aggregate });
        }}
      />
      <Select
        size="xs"
        w={160}
        label={choice.type === "pie" ? "Slices" : "X"}
        allowDeselect={false}
        searchable
        data={[{ value: "row", label: "(number of the row)" }, ...options]}
        value={choice.x === null ? "row" : String(choice.x)}
        onChange={(value) => value && onChange({ x: value === "row" ? null : Number(value) })}
      />
      <MultiSelect
        size="xs"
        miw={180}
        label={choice.type === "pie" ? "Size" : "Y"}
        placeholder={choice.y.length === 0 ? "Numbers" : ""}
        disabled={choice.aggregate === "count"}
        maxValues={single ? 1 : COLOURS.length}
        data={numbers}
        value={choice.y.map(String)}
        onChange={(values) => onChange({ y: values.map(Number) })}
      />
      {choice.type !== "scatter" && (
        <Select
          size="xs"
          w={120}
          label="Same X"
          allowDeselect={false}
          data={[
            { value: "none", label: "as they are" },
            { value: "count", label: "count" },
            { value: "sum", label: "sum" },
            { value: "avg", label: "average" },
            { value: "min", label: "least" },
            { value: "max", label: "greatest" },
          ]}
          value={choice.aggregate}
          onChange={(value) => value && onChange({ aggregate: value as Aggregate })}
        />
      )}
      {time && choice.type !== "scatter" && (
        <Select
          size="xs"
          w={110}
          label="Time by"
          allowDeselect={false}
          data={[
            { value: "none", label: "moment" },
            { value: "day", label: "day" },
            { value: "month", label: "month" },
            { value: "year", label: "year" },
          ]}
          value={choice.bucket}
          onChange={(value) => {
            const aggregate = choice.aggregate === "none" && value !== "none" ? "sum" : choice.aggregate;
            if (value) onChange({ bucket: value as Bucket, aggregate });
          }}
        />
      )}
    </Group>
  );
}

function Drawing({
  choice,
  found,
  names,
  xName,
}: {
  choice: ChartChoice;
  found: Point[];
  names: string[];
  xName: string;
}) {
  const series = names.map((label, index) => ({ name: `y${index}`, label, color: colour(index) }));
  const shared = {
    h: "100%",
    data: found,
    dataKey: "x",
    series,
    withLegend: names.length > 1,
    valueFormatter: (value: number) => value.toLocaleString("en-US", { maximumFractionDigits: 3 }),
    yAxisProps: { tickFormatter: short, width: 56 },
    xAxisLabel: xName,
  };
  const still = { isAnimationActive: false };
  // What it says is in a table for those who do not see it; it takes no focus of its own.
  const silent = { accessibilityLayer: false };
  switch (choice.type) {
    case "bar":
      return <BarChart {...shared} barProps={still} barChartProps={silent} />;
    case "line":
      return (
        <LineChart
          {...shared}
          withDots={found.length < 60}
          lineProps={still}
          lineChartProps={silent}
          curveType="linear"
        />
      );
    case "area":
      return (
        <AreaChart
          {...shared}
          withDots={found.length < 60}
          areaProps={still}
          areaChartProps={silent}
          curveType="linear"
        />
      );
    case "scatter":
      return (
        <ScatterChart
          h="100%"
          dataKey={{ x: "x", y: "y0" }}
          data={[{ name: names[0] ?? "", color: colour(0), data: scattered(found) }]}
          xAxisLabel={xName}
          yAxisLabel={names[0] ?? ""}
          yAxisProps={{ tickFormatter: short, width: 56 }}
          xAxisProps={{ tickFormatter: short }}
          scatterProps={still}
          scatterChartProps={silent}
        />
      );
    case "pie":
      return (
        <PieChart
          mx="auto"
          pt={28}
          size={210}
          withLabels
          labelsType="percent"
          withLabelsLine
          withTooltip
          withLegend
          pieProps={{ ...still, rootTabIndex: -1 }}
          pieChartProps={silent}
          data={found.map((point, index) => ({
            name: String(point.x),
            value: point.y0 ?? 0,
            color: colour(index),
          }))}
        />
      );
  }
}

function colour(index: number): string {
  return COLOURS[index % COLOURS.length] ?? "cyan.7";
}

function scattered(found: readonly Point[]): Record<string, number>[] {
  return found.flatMap(({ x, y0 }) =>
    typeof x === "number" && Number.isFinite(x) && y0 != null ? [{ x, y0 }] : [],
  );
}

/** What the drawing says, for those who do not see it. */
function PointsTable({
  title,
  names,
  xName,
  found,
}: {
  title: string;
  names: string[];
  xName: string;
  found: readonly Point[];
}) {
  return (
    <VisuallyHidden>
      <table>
        <caption>
          {title}
          {found.length > TOLD ? `; the first ${TOLD} of ${found.length} points` : ""}
        </caption>
        <thead>
          <tr>
            <th scope="col">{xName}</th>
            {names.map((name) => (
              <th scope="col" key={name}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {found.slice(0, TOLD).map((point, place) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: points have no other name, and do not move
            <tr key={place}>
              <th scope="row">{point.x}</th>
              {names.map((name, index) => (
                <td key={name}>{point[`y${index}`] ?? "none"}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </VisuallyHidden>
  );
}
