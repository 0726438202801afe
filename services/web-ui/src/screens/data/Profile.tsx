import { Alert, Button, Drawer, Group, SimpleGrid, Skeleton, Stack, Table, Text, Title } from "@mantine/core";
import { IconChartHistogram } from "@tabler/icons-react";
import { lazy, Suspense, useState } from "react";
import { useSearchParams } from "react-router";
import { type ColumnProfile, type TablePlace, type TableProfile, useProfile } from "~/api/catalog";
import { Bars, Share } from "~/components/charts/Bars";
import { figure, percent } from "~/components/charts/figures";
import { Histogram } from "~/components/charts/Histogram";
import { EmptyState } from "~/components/EmptyState";
import { ProblemAlert } from "~/components/ProblemAlert";
import { type Cell, cellText } from "~/components/ResultsGridCells";
import { count, duration } from "~/format";
import classes from "./Data.module.css";

const HistogramChart = lazy(() => import("~/components/charts/HistogramChart"));
/** Cards that are drawn at first: tables may have a thousand columns. */
const AT_FIRST = 48;

/** What each column holds, as a card; the column that is looked at closely is in the address: `?column=`. */
export function Profile({ place }: { place: TablePlace }) {
  const { data, error, refetch } = useProfile(place);
  const [params, setParams] = useSearchParams();
  const [shown, setShown] = useState(AT_FIRST);
  if (error) return <ProblemAlert error={error} onRetry={() => void refetch()} />;
  if (!data) return <Waiting />;
  if (data.rows === 0)
    return (
      <EmptyState icon={IconChartHistogram} title="No rows to profile">
        The table is empty.
      </EmptyState>
    );
  const show = (column: string | null) =>
    setParams((old) => {
      if (column === null) old.delete("column");
      else old.set("column", column);
      return old;
    });
  const chosen = data.columns.find((column) => column.name === params.get("column"));
  return (
    <>
      <Sampled profile={data} />
      <SimpleGrid cols={{ base: 1, xs: 2, md: 2, lg: 3, xl: 4 }} spacing="sm">
        {data.columns.slice(0, shown).map((column) => (
          <Card
            key={column.name}
            column={column}
            rows={data.profiled_rows}
            onOpen={() => show(column.name)}
          />
        ))}
      </SimpleGrid>
      {data.columns.length > shown && (
        <Button variant="default" mt="sm" onClick={() => setShown((old) => old + 4 * AT_FIRST)}>
          More of the {count(data.columns.length)} columns
        </Button>
      )}
      <Drawer
        opened={chosen !== undefined}
        onClose={() => show(null)}
        position="right"
        size="lg"
        title={chosen ? `${chosen.name} (${chosen.type})` : ""}
      >
        {chosen && <Detail column={chosen} rows={data.profiled_rows} />}
      </Drawer>
    </>
  );
}

function Waiting() {
  return (
    <SimpleGrid cols={{ base: 1, xs: 2, lg: 3, xl: 4 }} spacing="sm" aria-busy="true">
      {["a", "b", "c", "d", "e", "f"].map((each) => (
        <Skeleton key={each} h={230} />
      ))}
    </SimpleGrid>
  );
}

function Sampled({ profile }: { profile: TableProfile }) {
  if (profile.profiled_rows < profile.rows)
    return (
      <Alert color="orange" mb="sm" role="status">
        From {count(profile.profiled_rows)} of {count(profile.rows)} rows (
        {percent(profile.profiled_rows, profile.rows)}), in {duration(profile.seconds)}: figures of the whole
        table may differ.
      </Alert>
    );
  return (
    <Text size="sm" c="dimmed" mb="sm">
      All {count(profile.rows)} rows, in {duration(profile.seconds)}
    </Text>
  );
}

function Card({ column, rows, onOpen }: { column: ColumnProfile; rows: number; onOpen: () => void }) {
  return (
    <div className={classes.card}>
      <Group gap={6} wrap="nowrap" justify="space-between">
        <button type="button" className={classes.open} onClick={onOpen} title={column.name}>
          {column.name}
        </button>
        <Text size="xs" c="dimmed" ff="monospace" truncate>
          {column.type}
        </Text>
      </Group>
      <Stack gap={8} mt={8}>
        <Share label="null" part={column.nulls} whole={rows} />
        <Picture column={column} rows={rows} />
      </Stack>
      <dl className={classes.facts}>
        {factsOf(column)
          .slice(0, 4)
          .map(([what, value]) => (
            <Fact key={what} what={what} value={value} />
          ))}
      </dl>
    </div>
  );
}

function Fact({ what, value }: { what: string; value: string }) {
  return (
    <>
      <dt>{what}</dt>
      <dd title={value}>{value}</dd>
    </>
  );
}

function Picture({ column, rows }: { column: ColumnProfile; rows: number }) {
  if (column.histogram && column.histogram.length > 0)
    return <Histogram name={column.name} bins={column.histogram} />;
  if (column.top_values.length > 0) return <TopValues column={column} rows={rows} most={4} />;
  return (
    <Text size="xs" c="dimmed">
      {column.nulls === rows ? "Only nulls" : (column.note ?? "No values to draw")}
    </Text>
  );
}

function TopValues({ column, rows, most }: { column: ColumnProfile; rows: number; most: number }) {
  return (
    <Bars
      label={`Most frequent values of ${column.name}`}
      whole={rows}
      bars={column.top_values
        .slice(0, most)
        .map(({ value, count: times }) => ({ label: cellText(value as Cell), value: times }))}
    />
  );
}

/** What there is to say of a column, what matters most first. */
export function factsOf(column: ColumnProfile): [string, string][] {
  const facts: [string, unknown][] = [
    [
      "distinct",
      column.distinct === null
        ? null
        : `${column.distinct_is_approximate ? "about " : ""}${count(column.distinct)}`,
    ],
    ["min", column.min],
    ["max", column.max],
    ["mean", column.mean],
    [
      "length",
      column.min_length === null || column.max_length === null
        ? null
        : `${count(column.min_length)} to ${count(column.max_length)}`,
    ],
    ["deviation", column.stddev],
  ];
  return facts.flatMap(([what, value]) => (value === null ? [] : [[what, figure(value)]]));
}

function Detail({ column, rows }: { column: ColumnProfile; rows: number }) {
  return (
    <Stack>
      {column.note && <Text size="sm">{column.note}</Text>}
      <Share label={`null: ${count(column.nulls)} of ${count(rows)}`} part={column.nulls} whole={rows} />
      <Table variant="vertical" aria-label={`Figures of ${column.name}`}>
        <Table.Tbody className="dw-numeric">
          {factsOf(column).map(([what, value]) => (
            <Table.Tr key={what}>
              <Table.Th w={120}>{what}</Table.Th>
              <Table.Td style={{ overflowWrap: "anywhere" }}>{value}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      {column.histogram && column.histogram.length > 0 && (
        <>
          <Title order={3} size="h5">
            Histogram
          </Title>
          <Suspense fallback={<Skeleton h={220} />}>
            <HistogramChart name={column.name} bins={column.histogram} />
          </Suspense>
        </>
      )}
      {column.top_values.length > 0 && (
        <>
          <Title order={3} size="h5">
            Most frequent values
          </Title>
          <TopValues column={column} rows={rows} most={50} />
        </>
      )}
    </Stack>
  );
}
