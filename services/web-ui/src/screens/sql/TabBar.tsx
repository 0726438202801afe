import { ActionIcon, TextInput, Tooltip, UnstyledButton } from "@mantine/core";
import { IconPlus, IconX } from "@tabler/icons-react";
import { useState } from "react";
import classes from "./Sql.module.css";
import type { Tab } from "./tabs";

export function TabBar({
  tabs,
  active,
  onShow,
  onClose,
  onRename,
  onNew,
}: {
  tabs: readonly Tab[];
  active: string;
  onShow: (id: string) => void;
  onClose: (tab: Tab) => void;
  onRename: (id: string, name: string) => void;
  onNew: () => void;
}) {
  const [renaming, setRenaming] = useState<string | null>(null);
  return (
    <ul className={classes.tabs} aria-label="Queries">
      {tabs.map((tab) => (
        <li key={tab.id} className={classes.tab} data-active={tab.id === active || undefined}>
          {renaming === tab.id ? (
            <NameInput
              name={tab.name}
              onDone={(name) => {
                setRenaming(null);
                if (name.trim() !== "") onRename(tab.id, name.trim());
              }}
            />
          ) : (
            <UnstyledButton
              className={classes.tabName}
              aria-current={tab.id === active || undefined}
              title={`${tab.name}: double click or F2 renames it`}
              onClick={() => onShow(tab.id)}
              onDoubleClick={() => setRenaming(tab.id)}
              onAuxClick={(event) => event.button === 1 && onClose(tab)}
              onKeyDown={(event) => {
                if (event.key === "F2") setRenaming(tab.id);
                if (event.key === "Delete") onClose(tab);
              }}
            >
              {tab.name}
            </UnstyledButton>
          )}
          <ActionIcon
            size={20}
            mr={4}
            variant="subtle"
            color="gray"
            aria-label={`Close ${tab.name}`}
            onClick={() => onClose(tab)}
          >
            <IconX size={13} aria-hidden />
          </ActionIcon>
        </li>
      ))}
      <li style={{ alignSelf: "center" }}>
        <Tooltip label="New query">
          <ActionIcon variant="subtle" color="gray" aria-label="New query" onClick={onNew}>
            <IconPlus size={16} aria-hidden />
          </ActionIcon>
        </Tooltip>
      </li>
    </ul>
  );
}

function NameInput({ name, onDone }: { name: string; onDone: (name: string) => void }) {
  const [text, setText] = useState(name);
  return (
    <TextInput
      size="xs"
      m={2}
      w={150}
      aria-label="Name of the query"
      data-autofocus
      autoFocus
      maxLength={100}
      value={text}
      onChange={(event) => setText(event.currentTarget.value)}
      onFocus={(event) => event.currentTarget.select()}
      onBlur={() => onDone(text)}
      onKeyDown={(event) => {
        if (event.key === "Enter") onDone(text);
        if (event.key === "Escape") onDone(name);
      }}
    />
  );
}
