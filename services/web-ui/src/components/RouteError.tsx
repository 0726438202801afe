import { Button } from "@mantine/core";
import { IconCompassOff } from "@tabler/icons-react";
import { isRouteErrorResponse, Link, useRouteError } from "react-router";
import { EmptyState } from "./EmptyState";
import { PageHeader } from "./PageHeader";
import { ProblemAlert } from "./ProblemAlert";

/** A screen that failed, or that is not there. */
export function RouteError() {
  const error = useRouteError();
  if (isRouteErrorResponse(error) && error.status === 404) return <NoSuchScreen />;
  return (
    <>
      <PageHeader title="This screen failed" />
      <ProblemAlert error={error} onRetry={() => window.location.reload()} />
    </>
  );
}

export function NoSuchScreen() {
  return (
    <EmptyState
      icon={IconCompassOff}
      order={1}
      title="There is no such page"
      action={
        <Button component={Link} to="/">
          To the overview
        </Button>
      }
    />
  );
}
