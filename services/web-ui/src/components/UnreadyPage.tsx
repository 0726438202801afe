import { Skeleton, Stack } from "@mantine/core";
import { PageHeader } from "./PageHeader";
import { ProblemAlert } from "./ProblemAlert";

/** A page of figures whose data is not there yet, or could not be got. */
export function UnreadyPage({
  title,
  above,
  query,
}: {
  title: string;
  above: { label: string; to: string }[];
  query: { isError: boolean; error: unknown; refetch: () => unknown };
}) {
  return (
    <>
      <PageHeader title={title} above={above} />
      {query.isError ? (
        <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />
      ) : (
        <Stack aria-busy="true">
          <Skeleton h={16} />
          <Skeleton h={64} />
          <Skeleton h={220} />
        </Stack>
      )}
    </>
  );
}
