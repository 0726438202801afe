import { Button, Stack } from "@mantine/core";
import { IconCompassOff } from "@tabler/icons-react";
import { isRouteErrorResponse, Link, useRouteError } from "react-router";
import { EmptyState } from "./EmptyState";
import { ProblemAlert } from "./ProblemAlert";

/** A screen that failed, or that is not there. */
export function RouteError() {
  const error = useRouteError();
  if (isRouteErrorResponse(error) && error.status === 404) return <NoSuchScreen />;
  return (
    <Stack>
      <ProblemAlert error={error} title="This screen failed" onRetry={() => window.location.reload()} />
    </Stack>
  );
}

export function NoSuchScreen() {
  return (
    <EmptyState
      icon={IconCompassOff}
      title="There is no such page"
      action={
        <Button component={Link} to="/">
          To the overview
        </Button>
      }
    />
  );
}
