import { ActionIcon, Anchor, Code, Skeleton, Stack, Table, Text, Tooltip } from "@mantine/core";
import { IconBucket, IconRefresh } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { Link, useParams } from "react-router";
import { keys } from "~/api/keys";
import { useBuckets } from "~/api/s3";
import { Ago } from "~/components/Ago";
import { EmptyState } from "~/components/EmptyState";
import { PageHeader } from "~/components/PageHeader";
import { ProblemAlert } from "~/components/ProblemAlert";
import { s3Path } from "./keys";
import { Objects } from "./Objects";

/** `/s3`: the buckets; `/s3/:bucket?prefix=`: what is in one. */
export function S3Browser() {
  const { bucket } = useParams();
  if (bucket !== undefined) return <Objects key={bucket} bucket={bucket} />;
  return (
    <>
      <PageHeader title="S3" actions={<Refresh />} />
      <Buckets />
    </>
  );
}

export function Refresh() {
  const client = useQueryClient();
  return (
    <Tooltip label="Refresh">
      <ActionIcon
        variant="default"
        size="lg"
        aria-label="Refresh"
        onClick={() => void client.invalidateQueries({ queryKey: keys.s3 })}
      >
        <IconRefresh size={17} aria-hidden />
      </ActionIcon>
    </Tooltip>
  );
}

/** Why the store cannot be listed, and how to have it. */
export function StoreError({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  return (
    <Stack gap="xs">
      <ProblemAlert error={error} title="The store does not answer as it should" onRetry={onRetry} />
      <Text size="sm" c="dimmed">
        See <Code>dw-sim status</Code>. The local store is part of the stack: <Code>dw-sim up</Code> starts
        it.
      </Text>
    </Stack>
  );
}

function Buckets() {
  const { data, error, refetch } = useBuckets();
  if (error) return <StoreError error={error} onRetry={() => void refetch()} />;
  if (!data) return <Skeleton h={160} />;
  if (data.length === 0)
    return (
      <EmptyState icon={IconBucket} title="No buckets">
        A run that is staged makes the bucket of the settings. Others are made with any S3 client:{" "}
        <Code>aws s3 mb s3://name</Code>
      </EmptyState>
    );
  return (
    <Table withTableBorder aria-label="Buckets">
      <Table.Thead>
        <Table.Tr>
          <Table.Th>Bucket</Table.Th>
          <Table.Th w={140}>Created</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {data.map((bucket) => (
          <Table.Tr key={bucket.name}>
            <Table.Td style={{ overflowWrap: "anywhere" }}>
              <Anchor component={Link} to={s3Path(bucket.name)}>
                {bucket.name}
              </Anchor>
            </Table.Td>
            <Table.Td>
              <Ago at={bucket.created_at} />
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
