import { Button, Group, Modal, Stack, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { type SavedQuery, type SavedQueryDraft, useSaveQuery } from "~/api/queries";
import { notifyDone } from "~/components/notify";
import { ProblemAlert } from "~/components/ProblemAlert";

export interface Saving {
  /** Null: a new one. */
  id: number | null;
  draft: SavedQueryDraft;
  title: string;
}

/** Ask for the name under which a query is saved. */
export function SaveDialog({
  saving,
  onClose,
  onSaved,
}: {
  saving: Saving | null;
  onClose: () => void;
  onSaved: (query: SavedQuery) => void;
}) {
  return (
    <Modal opened={saving !== null} onClose={onClose} title={saving?.title ?? ""}>
      {saving && <SaveForm key={saving.title} saving={saving} onClose={onClose} onSaved={onSaved} />}
    </Modal>
  );
}

function SaveForm({
  saving,
  onClose,
  onSaved,
}: {
  saving: Saving;
  onClose: () => void;
  onSaved: (query: SavedQuery) => void;
}) {
  const [name, setName] = useState(saving.draft.name);
  const save = useSaveQuery();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate(
      { id: saving.id, draft: { ...saving.draft, name: name.trim() } },
      {
        onSuccess: (query) => {
          notifyDone(`Saved ${query.name}`);
          onSaved(query);
          onClose();
        },
      },
    );
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        <TextInput
          label="Name"
          required
          data-autofocus
          maxLength={200}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        {save.isError && <ProblemAlert error={save.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={save.isPending} disabled={name.trim() === ""}>
            Save
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
