import { Alert, Button, Group, Stack, Text } from "@mantine/core";
import { IconAlertCircle, IconCircleCheck } from "@tabler/icons-react";
import { Link } from "react-router";
import type { LoadAnswer } from "~/api/jobs";
import { counted, duration } from "~/format";
import { dataPath, quoted, sqlPath } from "./links";

/** What a load brought into each warehouse, and the ways to it. */
export function LoadResult({ answer, experiment }: { answer: LoadAnswer; experiment: string }) {
  return (
    <Stack gap="sm">
      {answer.loads.map((load) => {
        const tables = Object.keys(load.rows);
        const rows = Object.values(load.rows).reduce((sum, count) => sum + count, 0);
        const [first] = tables;
        return (
          <Alert
            key={load.warehouse}
            role={load.error ? "alert" : "note"}
            color={load.error ? "red" : "teal"}
            variant="light"
            icon={load.error ? <IconAlertCircle aria-hidden /> : <IconCircleCheck aria-hidden />}
            title={load.warehouse}
          >
            <Text size="sm" style={{ overflowWrap: "anywhere", whiteSpace: "pre-wrap" }}>
              {load.error ??
                `${counted(rows, "row")} in ${counted(tables.length, "table")} after ${duration(load.seconds)}`}
            </Text>
            {!load.error && first !== undefined && (
              <Group gap="xs" mt="xs">
                <Button
                  component={Link}
                  to={dataPath(load.warehouse, experiment)}
                  size="xs"
                  variant="default"
                >
                  See the data in {load.warehouse}
                </Button>
                <Button
                  component={Link}
                  to={sqlPath(load.warehouse, experiment, `SELECT * FROM ${quoted(first)} LIMIT 100`)}
                  size="xs"
                  variant="default"
                >
                  Query {load.warehouse}
                </Button>
              </Group>
            )}
          </Alert>
        );
      })}
    </Stack>
  );
}
