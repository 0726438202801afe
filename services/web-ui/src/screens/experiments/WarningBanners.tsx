import { Alert, Anchor, Button, Group, Stack, Text } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useState } from "react";
import { Link } from "react-router";
import { screenOf } from "~/api/experiments";
import { counted } from "~/format";
import { useDismissed } from "./warnings";

const SHOWN = 3;

/**
 * What the user should know about an experiment; a banner stays away once it was closed. `compact`: in a list of
 * experiments, one banner for all warnings of one.
 */
export function WarningBanners({
  experiment,
  warnings,
  compact = false,
}: {
  experiment: string;
  warnings: readonly string[];
  compact?: boolean;
}) {
  const { open, dismiss } = useDismissed(experiment, warnings);
  const [all, setAll] = useState(false);
  const [first] = open;
  if (first === undefined) return null;
  if (compact) {
    return (
      <Banner onClose={() => dismiss(open)}>
        <Anchor component={Link} to={screenOf(experiment)} inherit fw={600}>
          {experiment}
        </Anchor>
        : {first}
        {open.length > 1 && ` And ${counted(open.length - 1, "more warning")}.`}
      </Banner>
    );
  }
  const shown = all ? open : open.slice(0, SHOWN);
  return (
    <Stack gap="xs" mb="md" role="region" aria-label={`Warnings of ${experiment}`}>
      {shown.map((text) => (
        <Banner key={text} onClose={() => dismiss([text])}>
          {text}
        </Banner>
      ))}
      {open.length > 1 && (
        <Group gap="xs">
          {open.length > shown.length && (
            <Button size="compact-sm" variant="subtle" onClick={() => setAll(true)}>
              Show {counted(open.length - shown.length, "more warning")}
            </Button>
          )}
          <Button size="compact-sm" variant="subtle" color="gray" onClick={() => dismiss(open)}>
            Dismiss all
          </Button>
        </Group>
      )}
    </Stack>
  );
}

function Banner({ children, onClose }: { children: React.ReactNode; onClose: () => void }) {
  return (
    <Alert
      role="note"
      color="orange"
      variant="light"
      icon={<IconAlertTriangle aria-hidden />}
      withCloseButton
      closeButtonLabel="Dismiss this warning"
      onClose={onClose}
      py="xs"
      mb="xs"
    >
      <Text size="sm" style={{ overflowWrap: "anywhere" }} component="div">
        {children}
      </Text>
    </Alert>
  );
}
