import { Button, Checkbox, Group, List, Modal, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { type ExperimentSummary, useDelete } from "~/api/experiments";
import { notifyDone } from "~/components/notify";
import { counted } from "~/format";
import { useConfirmed } from "./useConfirmed";

/** Says what is lost before an experiment is deleted. */
export function DeleteDialog({
  summary,
  onClose,
  onDeleted,
}: {
  summary: ExperimentSummary;
  onClose: () => void;
  onDeleted?: () => void;
}) {
  const [purge, setPurge] = useState(true);
  const remove = useDelete();
  const confirmed = useConfirmed();

  const submit = () =>
    confirmed(
      (allowRemote) => remove.mutateAsync({ name: summary.name, purge, allowRemote }),
      ({ dropped_tables }) => {
        notifyDone(`Deleted ${summary.name} and ${counted(dropped_tables, "table")} in warehouses.`);
        onClose();
        onDeleted?.();
      },
      `${summary.name} was not deleted`,
    );

  return (
    <Modal opened onClose={onClose} title={`Delete ${summary.name}?`}>
      <Stack>
        <Text size="sm">This cannot be taken back. What is lost:</Text>
        <List size="sm">
          <List.Item>
            its schema of {counted(summary.tables.length, "table")} and the record of its runs
          </List.Item>
          {summary.loaded.map((loaded) => (
            <List.Item key={loaded.warehouse}>
              {counted(loaded.tables, "table")} with {counted(loaded.rows, "row")} in {loaded.warehouse}
            </List.Item>
          ))}
          {purge && <List.Item>the files that its runs staged</List.Item>}
        </List>
        <Checkbox
          label="Also delete the staged files"
          checked={purge}
          onChange={(event) => setPurge(event.currentTarget.checked)}
        />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose} data-autofocus>
            Cancel
          </Button>
          <Button color="red" loading={remove.isPending} onClick={() => void submit()}>
            Delete
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
