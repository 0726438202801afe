import { Badge, Group, Skeleton, Table, Text } from "@mantine/core";
import { type TablePlace, tableIn, useCatalog } from "~/api/catalog";
import { type GraphColumn, type KeyGraphData, useKeyGraph } from "~/api/graph";
import { ProblemAlert } from "~/components/ProblemAlert";

/** The columns of a table with their types; with keys and rules when it is known whose table it is. */
export function Columns({ place, experiment }: { place: TablePlace; experiment: string | null }) {
  const { data, error, refetch } = useCatalog(place.warehouse, {
    columns: true,
    experiment: experiment ?? undefined,
  });
  if (error) return <ProblemAlert error={error} onRetry={() => void refetch()} />;
  if (!data) return <Skeleton h={300} />;
  const columns = tableIn(data.databases, place).table?.columns;
  if (!columns) return <Text c="dimmed">The catalog does not know this table.</Text>;
  return experiment === null ? (
    <ColumnTable columns={columns} />
  ) : (
    <OfExperiment columns={columns} experiment={experiment} table={place.table} />
  );
}

type CatalogColumns = { name: string; type: string; nullable: boolean }[];

function OfExperiment({
  columns,
  experiment,
  table,
}: {
  columns: CatalogColumns;
  experiment: string;
  table: string;
}) {
  const { data } = useKeyGraph(experiment);
  return <ColumnTable columns={columns} known={data && columnsOf(data, table)} />;
}

/** Columns of the schema by name in lower case: warehouses fold names in their own ways. */
export function columnsOf(graph: KeyGraphData, table: string): Map<string, GraphColumn> {
  const found = graph.tables.find((each) => each.name.toLowerCase() === table.toLowerCase());
  return new Map(found?.columns.map((column) => [column.name.toLowerCase(), column]));
}

function ColumnTable({
  columns,
  known,
}: {
  columns: CatalogColumns;
  known?: Map<string, GraphColumn> | undefined;
}) {
  return (
    <Table.ScrollContainer minWidth={520} type="native" tabIndex={0} role="region" aria-label="Columns">
      <Table striped withTableBorder>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Column</Table.Th>
            <Table.Th>Type</Table.Th>
            <Table.Th>Null</Table.Th>
            {known && <Table.Th>Keys</Table.Th>}
            {known && <Table.Th>Filled by</Table.Th>}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {columns.map((column) => {
            const more = known?.get(column.name.toLowerCase());
            return (
              <Table.Tr key={column.name}>
                <Table.Td fw={600} style={{ overflowWrap: "anywhere" }}>
                  {column.name}
                </Table.Td>
                <Table.Td ff="monospace">{column.type}</Table.Td>
                <Table.Td>{column.nullable ? "may be null" : "not null"}</Table.Td>
                {known && <Table.Td>{more && <Keys column={more} />}</Table.Td>}
                {known && <Table.Td>{more?.rule}</Table.Td>}
              </Table.Tr>
            );
          })}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function Keys({ column }: { column: GraphColumn }) {
  return (
    <Group gap={4}>
      {column.primary_key && (
        <Badge variant="light" tt="none">
          primary key
        </Badge>
      )}
      {column.unique && !column.primary_key && (
        <Badge variant="light" color="grape" tt="none">
          unique
        </Badge>
      )}
      {column.references && (
        <Badge variant="light" color="gray" tt="none">
          refers to {column.references}
        </Badge>
      )}
    </Group>
  );
}
