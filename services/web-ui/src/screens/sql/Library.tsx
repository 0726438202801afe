import {
  ActionIcon,
  Badge,
  Button,
  Drawer,
  Group,
  Skeleton,
  Stack,
  Text,
  TextInput,
  Tooltip,
  UnstyledButton,
} from "@mantine/core";
import { IconDownload, IconHistory, IconPencil, IconSearch, IconStar, IconTrash } from "@tabler/icons-react";
import { useState } from "react";
import {
  downloadSaved,
  type HistoryEntry,
  type SavedQuery,
  useClearHistory,
  useDeleteSavedQuery,
  useHistory,
  useSavedQueries,
} from "~/api/queries";
import { Ago } from "~/components/Ago";
import { confirmDestruction } from "~/components/confirm";
import { EmptyState } from "~/components/EmptyState";
import { notifyError } from "~/components/notify";
import { ProblemAlert } from "~/components/ProblemAlert";
import { counted, duration } from "~/format";
import classes from "./Sql.module.css";

const SHOWN = 100;

export function HistoryDrawer({
  opened,
  onClose,
  onOpen,
}: {
  opened: boolean;
  onClose: () => void;
  onOpen: (entry: HistoryEntry) => void;
}) {
  const history = useHistory(opened);
  const clear = useClearHistory();
  const [wanted, setWanted] = useState("");
  const found = (history.data ?? []).filter((entry) =>
    has(wanted, entry.sql, entry.warehouse, entry.experiment),
  );
  return (
    <Drawer opened={opened} onClose={onClose} position="right" size="lg" title="History">
      <Group mb="sm" wrap="nowrap">
        <Search label="Search the history" value={wanted} onChange={setWanted} />
        <Button
          size="xs"
          variant="default"
          disabled={!history.data?.length}
          onClick={() =>
            confirmDestruction({
              title: "Clear the history?",
              children: "Every query that was run is forgotten. Saved queries stay.",
              verb: "Clear",
              onConfirm: () => clear.mutate(undefined, { onError: (error) => notifyError(error) }),
            })
          }
        >
          Clear
        </Button>
      </Group>
      {history.isError ? (
        <ProblemAlert error={history.error} onRetry={() => void history.refetch()} />
      ) : history.isPending ? (
        <Skeleton h={240} />
      ) : found.length === 0 ? (
        <EmptyState icon={IconHistory} title={wanted ? "Nothing matches" : "No query was run yet"} />
      ) : (
        <Stack gap={2}>
          {found.slice(0, SHOWN).map((entry) => (
            <UnstyledButton key={entry.id} className={classes.entry} onClick={() => onOpen(entry)}>
              <Text component="div" className={classes.sql} lineClamp={3}>
                {entry.sql}
              </Text>
              <Group gap="xs" mt={4}>
                <Where query={entry} />
                <Text size="xs" c="dimmed" component="div">
                  <Ago at={entry.at} /> · {duration(entry.seconds)}
                  {entry.rows !== null && ` · ${counted(entry.rows, "row")}`}
                </Text>
              </Group>
              {entry.error && (
                <Text size="xs" c="red" lineClamp={2}>
                  {entry.error}
                </Text>
              )}
            </UnstyledButton>
          ))}
          {found.length > SHOWN && (
            <Text size="sm" c="dimmed">
              and {found.length - SHOWN} older ones: search for them
            </Text>
          )}
        </Stack>
      )}
    </Drawer>
  );
}

export function SavedDrawer({
  opened,
  onClose,
  onOpen,
  onRename,
}: {
  opened: boolean;
  onClose: () => void;
  onOpen: (query: SavedQuery) => void;
  onRename: (query: SavedQuery) => void;
}) {
  const saved = useSavedQueries(opened);
  const remove = useDeleteSavedQuery();
  const [wanted, setWanted] = useState("");
  const found = (saved.data ?? []).filter((query) => has(wanted, query.name, query.sql));
  return (
    <Drawer opened={opened} onClose={onClose} position="right" size="lg" title="Saved queries">
      <Group mb="sm">
        <Search label="Search the saved queries" value={wanted} onChange={setWanted} />
      </Group>
      {saved.isError ? (
        <ProblemAlert error={saved.error} onRetry={() => void saved.refetch()} />
      ) : saved.isPending ? (
        <Skeleton h={240} />
      ) : found.length === 0 ? (
        <EmptyState icon={IconStar} title={wanted ? "Nothing matches" : "No query is saved yet"}>
          {wanted ? null : "Ctrl+S in the editor saves the query that is shown."}
        </EmptyState>
      ) : (
        <Stack gap={2}>
          {found.map((query) => (
            <Group key={query.id} wrap="nowrap" gap={4} align="flex-start">
              <UnstyledButton className={classes.entry} style={{ minWidth: 0 }} onClick={() => onOpen(query)}>
                <Group gap="xs">
                  <Text size="sm" fw={600} style={{ overflowWrap: "anywhere" }}>
                    {query.name}
                  </Text>
                  <Where query={query} />
                </Group>
                <Text component="div" className={classes.sql} c="dimmed" lineClamp={2}>
                  {query.sql}
                </Text>
              </UnstyledButton>
              <Act label={`Rename ${query.name}`} icon={IconPencil} onClick={() => onRename(query)} />
              <Act
                label={`Download ${query.name}`}
                icon={IconDownload}
                onClick={() => void downloadSaved(query).catch((error: unknown) => notifyError(error))}
              />
              <Act
                label={`Delete ${query.name}`}
                icon={IconTrash}
                onClick={() =>
                  confirmDestruction({
                    title: `Delete ${query.name}?`,
                    children: "The saved query is gone for good.",
                    verb: "Delete",
                    onConfirm: () => remove.mutate(query.id, { onError: (error) => notifyError(error) }),
                  })
                }
              />
            </Group>
          ))}
        </Stack>
      )}
    </Drawer>
  );
}

function Act({ label, icon: Icon, onClick }: { label: string; icon: typeof IconTrash; onClick: () => void }) {
  return (
    <Tooltip label={label}>
      <ActionIcon mt={6} variant="subtle" color="gray" aria-label={label} onClick={onClick}>
        <Icon size={16} aria-hidden />
      </ActionIcon>
    </Tooltip>
  );
}

function Where({ query }: { query: { warehouse: string | null; experiment: string | null } }) {
  if (query.warehouse === null) return null;
  return (
    <Badge size="sm" variant="light" color="gray" tt="none">
      {query.experiment === null ? query.warehouse : `${query.warehouse} · ${query.experiment}`}
    </Badge>
  );
}

function Search({
  label,
  value,
  onChange,
}: {
  label: string;
  value: string;
  onChange: (text: string) => void;
}) {
  return (
    <TextInput
      flex={1}
      size="xs"
      aria-label={label}
      placeholder="Search"
      leftSection={<IconSearch size={14} aria-hidden />}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}

function has(wanted: string, ...texts: (string | null)[]): boolean {
  const text = wanted.trim().toLowerCase();
  return texts.some((each) => each?.toLowerCase().includes(text));
}
