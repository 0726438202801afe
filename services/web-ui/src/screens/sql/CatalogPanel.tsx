import { ActionIcon, Skeleton, Text, TextInput, UnstyledButton } from "@mantine/core";
import { IconChevronDown, IconChevronRight, IconSearch } from "@tabler/icons-react";
import { type ReactNode, useMemo, useState } from "react";
import { type Database, useWholeCatalog, type Warehouse } from "~/api/queries";
import { ProblemAlert } from "~/components/ProblemAlert";
import { short } from "~/format";
import { homeSchema, written } from "./names";
import classes from "./Sql.module.css";

/** What the warehouse holds; a click puts the name into the editor. */
export function CatalogPanel({
  warehouse,
  experiment,
  onInsert,
}: {
  warehouse: Warehouse | null;
  experiment: string | null;
  onInsert: (text: string) => void;
}) {
  const catalog = useWholeCatalog(warehouse);
  const [wanted, setWanted] = useState("");
  const found = useMemo(() => matching(catalog.data ?? [], wanted), [catalog.data, wanted]);
  if (warehouse === null) return <Text c="dimmed">No warehouse answers.</Text>;
  if (catalog.isError) return <ProblemAlert error={catalog.error} onRetry={() => void catalog.refetch()} />;
  const home = homeSchema(catalog.data ?? [], warehouse, experiment)?.schema;
  return (
    <>
      <TextInput
        size="xs"
        mb={6}
        placeholder="Find a table or column"
        aria-label="Find a table or column"
        leftSection={<IconSearch size={14} aria-hidden />}
        value={wanted}
        onChange={(event) => setWanted(event.currentTarget.value)}
      />
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls */}
      <section className={classes.tree} aria-label={`Tables of ${warehouse}`} tabIndex={0}>
        {catalog.isPending ? (
          <Skeleton h={200} />
        ) : found.length === 0 ? (
          <Text size="sm" c="dimmed" p="xs">
            {wanted === "" ? "There are no tables yet." : "Nothing has that name."}
          </Text>
        ) : (
          <ul>
            {found.map((database) => (
              <Node
                key={database.name}
                name={database.name}
                note="database"
                initially
                forced={wanted !== ""}
                onInsert={() => onInsert(written(database.name, warehouse))}
              >
                {database.schemas.map((schema) => {
                  const prefix = schema === home ? "" : `${written(schema.name, warehouse)}.`;
                  return (
                    <Node
                      key={schema.name}
                      name={schema.name}
                      note={
                        schema.experiment && schema.experiment !== schema.name ? schema.experiment : "schema"
                      }
                      initially={schema === home || database.schemas.length < 4}
                      forced={wanted !== ""}
                      onInsert={() => onInsert(written(schema.name, warehouse))}
                    >
                      {schema.tables.map((table) => (
                        <Node
                          key={table.name}
                          name={table.name}
                          note={
                            table.rows === null || table.rows === undefined
                              ? table.kind
                              : `${short(table.rows)} rows`
                          }
                          onInsert={() => onInsert(prefix + written(table.name, warehouse))}
                        >
                          {(table.columns ?? []).map((column) => (
                            <Node
                              key={column.name}
                              name={column.name}
                              note={column.type}
                              onInsert={() => onInsert(written(column.name, warehouse))}
                            />
                          ))}
                        </Node>
                      ))}
                    </Node>
                  );
                })}
              </Node>
            ))}
          </ul>
        )}
      </section>
    </>
  );
}

function Node({
  name,
  note,
  initially = false,
  forced = false,
  onInsert,
  children,
}: {
  name: string;
  note: string;
  initially?: boolean;
  /** Open as long as something is searched for. */
  forced?: boolean;
  onInsert: () => void;
  children?: ReactNode[];
}) {
  const [opened, setOpened] = useState(initially);
  const shown = opened || forced;
  return (
    <li>
      <div className={classes.node}>
        {children && (
          <ActionIcon
            size={20}
            variant="subtle"
            color="gray"
            aria-expanded={shown}
            aria-label={`${shown ? "Close" : "Open"} ${name}`}
            onClick={() => setOpened(!shown)}
          >
            {shown ? <IconChevronDown size={14} aria-hidden /> : <IconChevronRight size={14} aria-hidden />}
          </ActionIcon>
        )}
        <UnstyledButton className={classes.nodeName} onClick={onInsert} title={`Insert ${name}`}>
          <span>{name}</span>
          <small>{note}</small>
        </UnstyledButton>
      </div>
      {children && shown && <ul>{children}</ul>}
    </li>
  );
}

/** Tables whose name, or one of whose columns, has the text in it. */
export function matching(databases: readonly Database[], text: string): Database[] {
  const wanted = text.trim().toLowerCase();
  if (wanted === "") return [...databases];
  const has = (name: string) => name.toLowerCase().includes(wanted);
  return databases.flatMap((database) => {
    const schemas = database.schemas.flatMap((schema) => {
      const tables = schema.tables.filter(
        (table) => has(table.name) || table.columns?.some((column) => has(column.name)),
      );
      return tables.length > 0 || has(schema.name) ? [{ ...schema, tables }] : [];
    });
    return schemas.length > 0 ? [{ ...database, schemas }] : [];
  });
}
