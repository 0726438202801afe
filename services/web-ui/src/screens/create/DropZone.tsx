import { Box, Button, FileButton, Group, Text } from "@mantine/core";
import { IconFileUpload } from "@tabler/icons-react";
import { type DragEvent, type ReactNode, useState } from "react";

const ACCEPTED = ".sql,.ddl,.txt,.json,.yaml,.yml,text/*,application/json";

/** A place for a file: chosen with a button, or dropped anywhere on what is inside. */
export function DropZone({ onFile, children }: { onFile: (file: File) => void; children: ReactNode }) {
  const [over, setOver] = useState(false);
  const take = (event: DragEvent) => {
    const file = event.dataTransfer.files[0];
    setOver(false);
    if (!file) return;
    // The editor would put the file's text where it was dropped.
    event.preventDefault();
    event.stopPropagation();
    onFile(file);
  };
  const hover = (event: DragEvent) => {
    if (!event.dataTransfer.types.includes("Files")) return;
    event.preventDefault();
    setOver(true);
  };
  return (
    <Box
      onDropCapture={take}
      onDragOverCapture={hover}
      onDragLeave={(event: DragEvent<HTMLDivElement>) => {
        if (!event.currentTarget.contains(event.relatedTarget as Node | null)) setOver(false);
      }}
      style={{
        outline: over ? "2px dashed var(--mantine-primary-color-filled)" : undefined,
        outlineOffset: 4,
      }}
    >
      <Group gap="sm" mb="xs">
        <FileButton onChange={(file) => file && onFile(file)} accept={ACCEPTED}>
          {(props) => (
            <Button
              {...props}
              size="xs"
              variant="default"
              leftSection={<IconFileUpload size={16} aria-hidden />}
            >
              Open a file
            </Button>
          )}
        </FileButton>
        <Text size="sm" c="dimmed" visibleFrom="xs">
          or drop it on the editor
        </Text>
      </Group>
      {children}
    </Box>
  );
}
