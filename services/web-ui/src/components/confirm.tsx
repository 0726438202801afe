import { Text } from "@mantine/core";
import { modals } from "@mantine/modals";
import type { ReactNode } from "react";

/** Ask before something that cannot be taken back. */
export function confirmDestruction({
  title,
  children,
  verb,
  onConfirm,
}: {
  title: string;
  children: ReactNode;
  verb: string;
  onConfirm: () => void;
}): void {
  modals.openConfirmModal({
    title,
    children: (
      <Text size="sm" component="div">
        {children}
      </Text>
    ),
    labels: { confirm: verb, cancel: "Cancel" },
    confirmProps: { color: "red" },
    onConfirm,
  });
}
