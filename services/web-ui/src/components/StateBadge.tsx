import { Badge } from "@mantine/core";

const COLORS: Record<string, string> = {
  running: "blue",
  completed: "teal",
  done: "teal",
  ready: "teal",
  failed: "red",
  stopped: "gray",
  cancelled: "gray",
  aborted: "orange",
  deleting: "orange",
};

/** The state of a service, a job or a run: by word and by colour. */
export function StateBadge({ state }: { state: string }) {
  const word = state.toLowerCase();
  return (
    <Badge color={COLORS[word] ?? "gray"} variant="light" tt="none" miw="max-content">
      {word}
    </Badge>
  );
}
