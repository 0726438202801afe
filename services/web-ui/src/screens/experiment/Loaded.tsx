import { Badge, Button, Card, Group, SimpleGrid, Text, Title } from "@mantine/core";
import { IconDatabaseOff } from "@tabler/icons-react";
import { Link } from "react-router";
import type { ExperimentSummary, Table } from "~/api/experiments";
import { Ago } from "~/components/Ago";
import { EmptyState } from "~/components/EmptyState";
import { counted } from "~/format";
import { dataPath, quoted, sqlPath } from "../run/links";

/** What each warehouse holds of the experiment. */
export function Loaded({
  summary,
  tables,
  onLoad,
}: {
  summary: ExperimentSummary;
  tables: readonly Table[];
  onLoad: () => void;
}) {
  if (summary.loaded.length === 0) {
    return (
      <EmptyState
        icon={IconDatabaseOff}
        title="Nothing is loaded"
        action={<Button onClick={onLoad}>Load</Button>}
      >
        A completed run can be loaded into any warehouse, as often as you like.
      </EmptyState>
    );
  }
  const [first] = tables;
  return (
    <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }}>
      {summary.loaded.map((loaded) => (
        <Card key={loaded.warehouse} withBorder component="article" aria-label={loaded.warehouse}>
          <Group justify="space-between">
            <Title order={2} size="h4">
              {loaded.warehouse}
            </Title>
            <Badge variant="default" tt="none">
              {loaded.run_id === null ? "of no run" : `run ${loaded.run_id}`}
            </Badge>
          </Group>
          <Text className="dw-numeric" mt="xs">
            {counted(loaded.rows, "row")} in {counted(loaded.tables, "table")}
          </Text>
          <Text size="sm" c="dimmed" component="div">
            loaded <Ago at={loaded.loaded_at} />
          </Text>
          <Group gap="xs" mt="md">
            <Button
              component={Link}
              to={dataPath(loaded.warehouse, summary.name)}
              size="xs"
              variant="default"
            >
              See the data
            </Button>
            {first && (
              <Button
                component={Link}
                to={sqlPath(loaded.warehouse, summary.name, `SELECT * FROM ${quoted(first.name)} LIMIT 100`)}
                size="xs"
                variant="default"
              >
                Query
              </Button>
            )}
          </Group>
        </Card>
      ))}
    </SimpleGrid>
  );
}
