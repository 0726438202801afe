import { Anchor, Badge, Button, Group, Skeleton, Tabs } from "@mantine/core";
import { IconTerminal2 } from "@tabler/icons-react";
import { lazy, Suspense } from "react";
import { Link, useSearchParams } from "react-router";
import { type CatalogTable, type TablePlace, useCatalog, type Warehouse } from "~/api/catalog";
import { PageHeader } from "~/components/PageHeader";
import { count } from "~/format";
import { Columns } from "./Columns";
import { sqlPath, tablePath } from "./places";

const Preview = lazy(async () => ({ default: (await import("./Preview")).Preview }));
const Profile = lazy(async () => ({ default: (await import("./Profile")).Profile }));

const TABS = ["preview", "columns", "profile"] as const;

/** One table: its first rows, its columns, what they hold. The tab is in the address. */
export function TablePage({
  place,
  experiment,
  table,
}: {
  place: TablePlace;
  experiment: string | null;
  /** As the catalog tells it; null while that is not known. */
  table: CatalogTable | null;
}) {
  const [params, setParams] = useSearchParams();
  const tab = TABS.find((each) => each === params.get("tab")) ?? "preview";
  return (
    <>
      <PageHeader
        title={place.table}
        description={
          <>
            {place.warehouse} · {place.database} · {place.schema}
            {experiment !== null && (
              <>
                {" · experiment "}
                <Anchor
                  component={Link}
                  to={`/experiments/${encodeURIComponent(experiment)}`}
                  inherit
                  underline="always"
                >
                  {experiment}
                </Anchor>
              </>
            )}
          </>
        }
        badges={
          <>
            {table && table.kind !== "table" && <Badge variant="light">{table.kind}</Badge>}
            {table?.rows != null && (
              <Badge variant="default" tt="none" className="dw-numeric">
                {count(table.rows)} rows
              </Badge>
            )}
          </>
        }
        actions={
          <Button
            component={Link}
            to={sqlPath(place, experiment)}
            variant="default"
            size="xs"
            leftSection={<IconTerminal2 size={15} aria-hidden />}
          >
            Open in SQL
          </Button>
        }
      />
      {experiment !== null && <Elsewhere place={place} experiment={experiment} rows={table?.rows ?? null} />}
      <Tabs
        value={tab}
        keepMounted={false}
        onChange={(value) =>
          setParams(
            (old) => {
              old.set("tab", value ?? "preview");
              return old;
            },
            { replace: true },
          )
        }
      >
        <Tabs.List mb="sm">
          <Tabs.Tab value="preview">Preview</Tabs.Tab>
          <Tabs.Tab value="columns">Columns</Tabs.Tab>
          <Tabs.Tab value="profile">Profile</Tabs.Tab>
        </Tabs.List>
        <Suspense fallback={<Skeleton h={480} />}>
          <Tabs.Panel value="preview">
            <Preview place={place} expected={table?.rows ?? null} />
          </Tabs.Panel>
          <Tabs.Panel value="columns">
            <Columns place={place} experiment={experiment} />
          </Tabs.Panel>
          <Tabs.Panel value="profile">
            <Profile place={place} />
          </Tabs.Panel>
        </Suspense>
      </Tabs>
    </>
  );
}

const OTHER: Record<Warehouse, Warehouse | null> = {
  redshift: "snowflake",
  snowflake: "redshift",
  sqlite: null,
};

/** The same table of the experiment in the other warehouse, and whether it has as many rows. */
function Elsewhere({
  place,
  experiment,
  rows,
}: {
  place: TablePlace;
  experiment: string;
  rows: number | null;
}) {
  const other = OTHER[place.warehouse];
  const catalog = useCatalog(other ?? "snowflake", { experiment, enabled: other !== null });
  const found = catalog.data?.databases
    .flatMap((database) =>
      database.schemas.flatMap((schema) =>
        schema.tables.map((table) => ({ database: database.name, schema: schema.name, table })),
      ),
    )
    .find(({ table }) => table.name.toLowerCase() === place.table.toLowerCase());
  if (other === null || !found) return null;
  const there = found.table.rows;
  const known = rows !== null && there !== null;
  return (
    <Group gap="xs" mb="sm">
      <Anchor
        component={Link}
        size="sm"
        to={tablePath({
          warehouse: other,
          database: found.database,
          schema: found.schema,
          table: found.table.name,
        })}
      >
        The same table in {other}
      </Anchor>
      {there !== null && (
        <Badge
          variant="light"
          tt="none"
          color={!known ? "gray" : rows === there ? "teal" : "orange"}
          className="dw-numeric"
        >
          {count(there)} rows{known && (rows === there ? ", as many" : ", not as many")}
        </Badge>
      )}
    </Group>
  );
}
