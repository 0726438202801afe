import "@mantine/charts/styles.css";
import { BarChart } from "@mantine/charts";
import { Table } from "@mantine/core";
import { count } from "~/format";
import { type Bin, binKey, figure, histogramLabel } from "./figures";

/** A histogram with axes, and its figures as a table. Fetched when it is first shown: the charts are large. */
export default function HistogramChart({ name, bins }: { name: string; bins: readonly Bin[] }) {
  const data = bins.map((bin) => ({ from: figure(bin.low), rows: bin.count }));
  return (
    <>
      <div role="img" aria-label={histogramLabel(name, bins)}>
        <BarChart
          h={220}
          data={data}
          dataKey="from"
          series={[{ name: "rows", color: "var(--mantine-primary-color-filled)" }]}
          barProps={{ isAnimationActive: false }}
          barChartProps={{ accessibilityLayer: false, barCategoryGap: 1 }}
          valueFormatter={count}
          gridAxis="x"
        />
      </div>
      <details>
        <summary>As a table</summary>
        <Table aria-label={`Histogram of ${name}`} withTableBorder mt="xs">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>From</Table.Th>
              <Table.Th>To</Table.Th>
              <Table.Th ta="end">Rows</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody className="dw-numeric">
            {bins.map((bin) => (
              <Table.Tr key={binKey(bin)}>
                <Table.Td>{figure(bin.low)}</Table.Td>
                <Table.Td>{figure(bin.high)}</Table.Td>
                <Table.Td ta="end">{count(bin.count)}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </details>
    </>
  );
}
