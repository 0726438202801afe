import "@mantine/charts/styles.css";
import { CompositeChart } from "@mantine/charts";
import { duration, short } from "~/format";
import { CHART_HEIGHT, type RunFigures } from "./Runs";

/** Seconds of each run as bars, rows per second as a line. The table below has the same figures as text. */
export function RunChart({ figures }: { figures: RunFigures[] }) {
  const data = figures.map(({ run, seconds, rate }) => ({
    run: `Run ${run.id}`,
    Seconds: seconds,
    "Rows per second": rate,
  }));
  return (
    <figure aria-label="Time and rows per second of the completed runs" style={{ margin: 0 }}>
      <CompositeChart
        h={CHART_HEIGHT}
        data={data}
        dataKey="run"
        withLegend
        withRightYAxis
        series={[
          { name: "Seconds", type: "bar", color: "cyan.6" },
          { name: "Rows per second", type: "line", color: "orange.6", yAxisId: "right" },
        ]}
        valueFormatter={(value) => short(value)}
        yAxisProps={{ tickFormatter: (value: number) => duration(value), width: 70 }}
        rightYAxisProps={{ tickFormatter: (value: number) => short(value), width: 60 }}
        maxBarWidth={36}
        curveType="linear"
      />
    </figure>
  );
}
