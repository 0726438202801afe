import {
  ActionIcon,
  Anchor,
  Breadcrumbs,
  Button,
  Code,
  Group,
  Menu,
  Skeleton,
  Table,
  Text,
  VisuallyHidden,
} from "@mantine/core";
import { useClipboard } from "@mantine/hooks";
import { IconCopy, IconDots, IconDownload, IconFolder, IconFolderOpen, IconTrash } from "@tabler/icons-react";
import { Link, useSearchParams } from "react-router";
import { downloadObject, type StoredObject, useDeleteObject, useObjects } from "~/api/s3";
import { Ago } from "~/components/Ago";
import { confirmDestruction } from "~/components/confirm";
import { EmptyState } from "~/components/EmptyState";
import { notifyDone, notifyError } from "~/components/notify";
import { PageHeader } from "~/components/PageHeader";
import { bytes, counted } from "~/format";
import { foldersOf, nameUnder, s3Path, uriOf } from "./keys";
import { PreviewDrawer } from "./PreviewDrawer";
import { Refresh, StoreError } from "./S3Browser";

/** Folders and objects of a bucket. The folder and the object that is looked at are in the address. */
export function Objects({ bucket }: { bucket: string }) {
  const [params, setParams] = useSearchParams();
  const prefix = params.get("prefix") ?? "";
  const open = (key: string | null) =>
    setParams((old) => {
      if (key === null) old.delete("key");
      else old.set("key", key);
      return old;
    });
  return (
    <>
      <PageHeader title={bucket} above={[{ label: "S3", to: "/s3" }]} actions={<Refresh />} />
      <Place bucket={bucket} prefix={prefix} />
      <Listing bucket={bucket} prefix={prefix} onOpen={open} />
      <PreviewDrawer bucket={bucket} objectKey={params.get("key")} onClose={() => open(null)} />
    </>
  );
}

function Place({ bucket, prefix }: { bucket: string; prefix: string }) {
  const folders = foldersOf(prefix);
  return (
    <Group justify="space-between" mb="sm" gap="xs">
      <Breadcrumbs component="nav" aria-label="Folder" style={{ flexWrap: "wrap" }}>
        {[{ name: bucket, prefix: "" }, ...folders].map((folder, index) =>
          index === folders.length ? (
            <Text
              key={folder.prefix}
              size="sm"
              fw={600}
              aria-current="page"
              style={{ overflowWrap: "anywhere" }}
            >
              {folder.name || "(no name)"}
            </Text>
          ) : (
            <Anchor key={folder.prefix} component={Link} to={s3Path(bucket, folder.prefix)} size="sm">
              {folder.name || "(no name)"}
            </Anchor>
          ),
        )}
      </Breadcrumbs>
      <CopyUri uri={uriOf(bucket, prefix)} />
    </Group>
  );
}

function CopyUri({ uri }: { uri: string }) {
  const clipboard = useClipboard({ timeout: 2_000 });
  return (
    <Button
      variant="default"
      size="xs"
      leftSection={<IconCopy size={14} aria-hidden />}
      onClick={() => clipboard.copy(uri)}
    >
      {clipboard.copied ? "Copied" : "Copy the folder's URI"}
    </Button>
  );
}

function Listing({
  bucket,
  prefix,
  onOpen,
}: {
  bucket: string;
  prefix: string;
  onOpen: (key: string) => void;
}) {
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useObjects(bucket, prefix);
  if (error && !data) return <StoreError error={error} onRetry={() => void refetch()} />;
  if (!data) return <Skeleton h={300} />;
  const prefixes = [...new Set(data.pages.flatMap((page) => page.prefixes))];
  const objects = data.pages.flatMap((page) => page.objects);
  if (prefixes.length + objects.length === 0)
    return (
      <EmptyState icon={IconFolderOpen} title="Nothing is here">
        {prefix === "" ? "The bucket is empty." : "No object begins with this prefix."}
      </EmptyState>
    );
  return (
    <>
      <Table.ScrollContainer
        minWidth={460}
        type="native"
        tabIndex={0}
        role="region"
        aria-label="Folders and objects"
      >
        <Table withTableBorder highlightOnHover>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Name</Table.Th>
              <Table.Th w={90} ta="end">
                Size
              </Table.Th>
              <Table.Th w={140}>Modified</Table.Th>
              <Table.Th w={50}>
                <VisuallyHidden>Actions</VisuallyHidden>
              </Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {prefixes.map((folder) => (
              <Table.Tr key={folder}>
                <Table.Td style={{ overflowWrap: "anywhere" }}>
                  <Group gap={6} wrap="nowrap">
                    <IconFolder size={16} aria-hidden style={{ flex: "none" }} />
                    <Anchor component={Link} to={s3Path(bucket, folder)} size="sm">
                      {nameUnder(prefix, folder)}
                    </Anchor>
                  </Group>
                </Table.Td>
                <Table.Td />
                <Table.Td />
                <Table.Td />
              </Table.Tr>
            ))}
            {objects.map((object) => (
              <ObjectRow
                key={object.key}
                bucket={bucket}
                prefix={prefix}
                object={object}
                onOpen={() => onOpen(object.key)}
              />
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      <Group justify="space-between" mt="xs">
        <Text size="sm" c="dimmed" role="status">
          {counted(prefixes.length, "folder")}, {counted(objects.length, "object")}
          {hasNextPage && " so far"}
        </Text>
        {hasNextPage && (
          <Button
            size="xs"
            variant="default"
            loading={isFetchingNextPage}
            onClick={() => void fetchNextPage()}
          >
            More
          </Button>
        )}
      </Group>
      {error && <StoreError error={error} onRetry={() => void fetchNextPage()} />}
    </>
  );
}

function ObjectRow({
  bucket,
  prefix,
  object: { key, size, modified_at },
  onOpen,
}: {
  bucket: string;
  prefix: string;
  object: StoredObject;
  onOpen: () => void;
}) {
  const remove = useDeleteObject(bucket);
  const clipboard = useClipboard();
  const name = nameUnder(prefix, key);
  const confirm = () =>
    confirmDestruction({
      title: "Delete the object?",
      children: (
        <>
          <Code style={{ overflowWrap: "anywhere" }}>{uriOf(bucket, key)}</Code> is deleted from the store.
          Tables that are loaded stay as they are.
        </>
      ),
      verb: "Delete",
      onConfirm: () =>
        remove.mutate(key, {
          onSuccess: () => notifyDone(`Deleted ${name}`),
          onError: (error) => notifyError(error, "Not deleted"),
        }),
    });
  return (
    <Table.Tr>
      <Table.Td style={{ overflowWrap: "anywhere" }}>
        <Anchor component="button" type="button" size="sm" ta="start" onClick={onOpen}>
          {name}
        </Anchor>
      </Table.Td>
      <Table.Td ta="end" className="dw-numeric">
        {bytes(size)}
      </Table.Td>
      <Table.Td>
        <Ago at={modified_at} />
      </Table.Td>
      <Table.Td>
        <Menu position="bottom-end" withinPortal>
          <Menu.Target>
            <ActionIcon variant="subtle" color="gray" aria-label={`Actions for ${name}`}>
              <IconDots size={16} aria-hidden />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item
              leftSection={<IconDownload size={15} aria-hidden />}
              onClick={() =>
                void downloadObject(bucket, key).catch((error) => notifyError(error, "Not downloaded"))
              }
            >
              Download
            </Menu.Item>
            <Menu.Item
              leftSection={<IconCopy size={15} aria-hidden />}
              onClick={() => {
                clipboard.copy(uriOf(bucket, key));
                notifyDone("Copied the URI");
              }}
            >
              Copy the URI
            </Menu.Item>
            <Menu.Item color="red" leftSection={<IconTrash size={15} aria-hidden />} onClick={confirm}>
              Delete
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      </Table.Td>
    </Table.Tr>
  );
}
