import { Alert, Button, Code, Collapse, SegmentedControl, Skeleton, Text } from "@mantine/core";
import { useDisclosure, useMediaQuery } from "@mantine/hooks";
import { IconChevronDown, IconChevronUp, IconPlugConnectedX, IconTable } from "@tabler/icons-react";
import { useNavigate, useParams } from "react-router";
import {
  type TablePlace,
  tableIn,
  useCatalog,
  useWarehouses,
  WAREHOUSES,
  type Warehouse,
  type WarehouseAnswer,
} from "~/api/catalog";
import { EmptyState } from "~/components/EmptyState";
import { PageHeader } from "~/components/PageHeader";
import { ProblemAlert } from "~/components/ProblemAlert";
import { CatalogTree } from "./CatalogTree";
import classes from "./Data.module.css";
import { TablePage } from "./TablePage";
import { idOf } from "./tree";

/** `/data`, `/data/:warehouse` and `/data/:warehouse/:database/:schema/:table`. */
export function DataBrowser() {
  const params = useParams();
  const navigate = useNavigate();
  const warehouses = useWarehouses();
  const named = WAREHOUSES.find((each) => each === params.warehouse);
  const chosen = named ?? firstUseful(warehouses.data ?? []);
  const answer = warehouses.data?.find((each) => each.warehouse === chosen);

  if (warehouses.error)
    return (
      <>
        <PageHeader title="Data" />
        <ProblemAlert error={warehouses.error} onRetry={() => void warehouses.refetch()} />
      </>
    );
  return (
    <>
      <SegmentedControl
        aria-label="Warehouse"
        mb="sm"
        data={WAREHOUSES.map((value) => ({ value, label: labelOf(value, warehouses.data) }))}
        value={chosen ?? "redshift"}
        onChange={(value) => void navigate(`/data/${value}`)}
      />
      {chosen && answer ? (
        answer.available ? (
          <Contents warehouse={chosen} answer={answer} place={placeOf(chosen, params)} />
        ) : (
          <Unavailable answer={answer} onRetry={() => void warehouses.refetch()} />
        )
      ) : (
        <Skeleton h={400} />
      )}
    </>
  );
}

/** The first warehouse with an experiment in it, else the first that answers. */
export function firstUseful(answers: readonly WarehouseAnswer[]): Warehouse | undefined {
  const there = answers.filter((each) => each.available);
  return (there.find((each) => each.experiments.length > 0) ?? there[0] ?? answers[0])?.warehouse;
}

function labelOf(warehouse: Warehouse, answers: readonly WarehouseAnswer[] | undefined): string {
  const answer = answers?.find((each) => each.warehouse === warehouse);
  return answer && !answer.available ? `${warehouse} (down)` : warehouse;
}

function placeOf(
  warehouse: Warehouse,
  { database, schema, table }: Record<string, string | undefined>,
): TablePlace | null {
  return database && schema && table ? { warehouse, database, schema, table } : null;
}

function Unavailable({ answer, onRetry }: { answer: WarehouseAnswer; onRetry: () => void }) {
  return (
    <>
      <PageHeader title="Data" />
      <Alert
        color="orange"
        icon={<IconPlugConnectedX aria-hidden />}
        title={`${answer.warehouse} is not available`}
        role="alert"
      >
        <Text size="sm" mb="xs" style={{ overflowWrap: "anywhere" }}>
          {answer.error}
        </Text>
        <Text size="sm" mb="sm">
          {answer.remote ? (
            <>
              It is not on this machine ({answer.address}). Is it reachable, and are the user's name and
              password right?
            </>
          ) : (
            <>
              See <Code>dw-sim status</Code>, and start the stack with <Code>dw-sim up</Code>.
            </>
          )}
        </Text>
        <Button size="xs" variant="default" onClick={onRetry}>
          Try again
        </Button>
      </Alert>
    </>
  );
}

function Contents({
  warehouse,
  answer,
  place,
}: {
  warehouse: Warehouse;
  answer: WarehouseAnswer;
  place: TablePlace | null;
}) {
  const catalog = useCatalog(warehouse);
  const narrow = useMediaQuery("(max-width: 62em)", false, { getInitialValueInEffect: false });
  const [shown, { toggle }] = useDisclosure(place === null);
  const found = place && catalog.data ? tableIn(catalog.data.databases, place) : undefined;
  const tree = catalog.data ? (
    <CatalogTree
      key={warehouse}
      warehouse={warehouse}
      databases={catalog.data.databases}
      chosen={place && idOf(place.database, place.schema, place.table)}
    />
  ) : catalog.error ? (
    <ProblemAlert error={catalog.error} onRetry={() => void catalog.refetch()} />
  ) : (
    <Skeleton h={320} />
  );
  return (
    <div className={classes.layout}>
      <div className={classes.side}>
        {narrow ? (
          <>
            <Button
              variant="default"
              size="xs"
              fullWidth
              justify="space-between"
              rightSection={
                shown ? <IconChevronUp size={15} aria-hidden /> : <IconChevronDown size={15} aria-hidden />
              }
              aria-expanded={shown}
              onClick={toggle}
            >
              Catalog
            </Button>
            <Collapse expanded={shown} mt="xs">
              {tree}
            </Collapse>
          </>
        ) : (
          tree
        )}
      </div>
      <div>
        {place ? (
          <TablePage
            key={idOf(place.warehouse, place.database, place.schema, place.table)}
            place={place}
            experiment={found?.schema?.experiment ?? null}
            table={found?.table ?? null}
          />
        ) : (
          <>
            <PageHeader title="Data" />
            <EmptyState icon={IconTable} title="Choose a table">
              {answer.experiments.length > 0
                ? "The tables of experiments are the first of the catalog."
                : "No experiment is loaded here yet. Generate rows of one, load them, and find its tables here."}
            </EmptyState>
          </>
        )}
      </div>
    </div>
  );
}
