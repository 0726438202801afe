import { Alert, Button, Code, Group, List, Stack, Text } from "@mantine/core";
import { IconAlertCircle } from "@tabler/icons-react";
import { ApiError, type Problem } from "~/api/client";

export function problemOf(error: unknown): Problem {
  if (error instanceof ApiError) return error.problem;
  const detail = error instanceof Error ? error.message : String(error);
  return { type: "about:blank", title: "Error", status: 0, code: "page", detail, problems: [] };
}

/** An error as the server explains it: what is wrong, where, and what to do. */
export function ProblemAlert({
  error,
  title,
  onRetry,
}: {
  error: unknown;
  title?: string | undefined;
  onRetry?: () => void;
}) {
  const problem = problemOf(error);
  const places = problem.problems ?? [];
  return (
    <Alert
      color="red"
      variant="light"
      icon={<IconAlertCircle aria-hidden />}
      title={title ?? problem.title}
      role="alert"
    >
      <Stack gap="xs">
        {places.length > 1 ? (
          <List size="sm" spacing={4}>
            {places.slice(0, 20).map((place) => (
              <List.Item key={`${place.path}:${place.line}:${place.column}:${place.message}`}>
                {place.line != null && <Code>line {place.line}</Code>}{" "}
                {place.path && <Code>{place.path}</Code>} {place.message}
              </List.Item>
            ))}
            {places.length > 20 && <List.Item>and {places.length - 20} more</List.Item>}
          </List>
        ) : (
          <Text size="sm" style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>
            {problem.detail}
          </Text>
        )}
        {problem.hint && <Text size="sm">{problem.hint}</Text>}
        {onRetry && (
          <Group>
            <Button size="xs" variant="default" onClick={onRetry}>
              Try again
            </Button>
          </Group>
        )}
      </Stack>
    </Alert>
  );
}
