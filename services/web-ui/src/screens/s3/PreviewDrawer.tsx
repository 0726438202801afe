import { Button, Code, Drawer, Group, Skeleton, Stack, Text } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { lazy, Suspense, useMemo } from "react";
import { downloadObject, type ObjectPreview, useObjectPreview } from "~/api/s3";
import { notifyError } from "~/components/notify";
import { ProblemAlert } from "~/components/ProblemAlert";
import type { Cell, Column } from "~/components/ResultsGridCells";
import { rowsInMemory } from "~/components/ResultsGridSource";
import { bytes, counted } from "~/format";
import { uriOf } from "./keys";

const ResultsGrid = lazy(async () => ({ default: (await import("~/components/ResultsGrid")).ResultsGrid }));

const HEIGHT = "calc(100dvh - 190px)";

/** The beginning of an object: rows of Parquet, CSV and JSON, else its text. */
export function PreviewDrawer({
  bucket,
  objectKey,
  onClose,
}: {
  bucket: string;
  objectKey: string | null;
  onClose: () => void;
}) {
  return (
    <Drawer
      opened={objectKey !== null}
      onClose={onClose}
      position="right"
      size="min(960px, 100%)"
      title={objectKey?.split("/").filter(Boolean).pop() ?? ""}
      styles={{ title: { overflowWrap: "anywhere" } }}
    >
      {objectKey !== null && <Content bucket={bucket} objectKey={objectKey} />}
    </Drawer>
  );
}

function Content({ bucket, objectKey }: { bucket: string; objectKey: string }) {
  const { data, error, refetch } = useObjectPreview(bucket, objectKey);
  return (
    <Stack gap="sm">
      <Group justify="space-between" gap="xs" wrap="nowrap">
        <Code style={{ overflowWrap: "anywhere" }}>{uriOf(bucket, objectKey)}</Code>
        <Button
          size="xs"
          variant="default"
          style={{ flex: "none" }}
          leftSection={<IconDownload size={14} aria-hidden />}
          onClick={() =>
            void downloadObject(bucket, objectKey).catch((failure) => notifyError(failure, "Not downloaded"))
          }
        >
          Download
        </Button>
      </Group>
      {error ? (
        <ProblemAlert error={error} title="No preview" onRetry={() => void refetch()} />
      ) : data ? (
        <Preview preview={data} objectKey={objectKey} />
      ) : (
        <Skeleton h={HEIGHT} />
      )}
    </Stack>
  );
}

function Preview({ preview, objectKey }: { preview: ObjectPreview; objectKey: string }) {
  const { kind, columns, rows, text, total_rows: total, size, truncated, note } = preview;
  const source = useMemo(
    () => (columns && rows ? rowsInMemory(objectKey, columns as Column[], rows as Cell[][]) : null),
    [objectKey, columns, rows],
  );
  const said = [
    bytes(size),
    total !== null && counted(total, "row"),
    truncated && (rows ? `the first ${counted(rows.length, "row")} are shown` : "the beginning is shown"),
  ].filter(Boolean);
  return (
    <>
      <Text size="sm" c="dimmed">
        {said.join(" · ")}
      </Text>
      {note && <Text size="sm">{note}</Text>}
      {kind === "table" && source && (
        <Suspense fallback={<Skeleton h={HEIGHT} />}>
          <ResultsGrid source={source} label={`Rows of ${objectKey}`} height={HEIGHT} />
        </Suspense>
      )}
      {kind === "text" && (
        <Code
          block
          role="region"
          aria-label="Text of the object"
          tabIndex={0}
          style={{ maxHeight: HEIGHT, overflow: "auto", whiteSpace: "pre" }}
        >
          {text}
        </Code>
      )}
      {kind === "binary" && (
        <Text>
          The object is neither a table nor text. Download it to open it with a program of its kind.
        </Text>
      )}
    </>
  );
}
