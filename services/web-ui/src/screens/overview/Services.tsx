import { Alert, Card, Group, SimpleGrid, Skeleton, Text } from "@mantine/core";
import { useServices } from "~/api/services";
import { Ago } from "~/components/Ago";
import { ProblemAlert } from "~/components/ProblemAlert";
import { StateBadge } from "~/components/StateBadge";
import { counted } from "~/format";

const WHAT: Record<string, string> = {
  s3: "object store",
  redshift: "Redshift, for any PostgreSQL driver",
  snowflake: "Snowflake, for its own drivers",
  api: "this page and the REST API",
};

/** Each service of the stack: its health and where it listens. */
export function Services() {
  const services = useServices();
  if (services.isPending) {
    return (
      <SimpleGrid cols={{ base: 1, xs: 2, lg: 4 }} aria-busy="true">
        {["a", "b", "c", "d"].map((key) => (
          <Skeleton key={key} h={112} />
        ))}
      </SimpleGrid>
    );
  }
  if (services.isError)
    return <ProblemAlert error={services.error} onRetry={() => void services.refetch()} />;
  return (
    <SimpleGrid cols={{ base: 1, xs: 2, lg: 4 }}>
      {services.data.services.map((service) => (
        <Card
          key={service.name}
          withBorder
          padding="sm"
          component="article"
          aria-label={service.name}
          mih={112}
        >
          <Group justify="space-between" wrap="nowrap">
            <Text fw={600}>{service.name}</Text>
            <StateBadge state={service.state} />
          </Group>
          <Text size="xs" c="dimmed">
            {WHAT[service.name] ?? ""}
          </Text>
          <Text size="sm" className="dw-numeric" mt={4}>
            {service.host}:{service.port}
          </Text>
          <Text size="xs" c="dimmed" className="dw-numeric" component="div">
            {service.started_at && (
              <>
                since <Ago at={service.started_at} />
                {", "}
              </>
            )}
            {service.restarts === 0 ? "no restarts" : counted(service.restarts, "restart")}
          </Text>
          {service.last_error && (
            <Alert role="note" color="red" variant="light" p={6} mt={6}>
              <Text size="xs" style={{ overflowWrap: "anywhere" }} lineClamp={6}>
                {service.last_error}
              </Text>
            </Alert>
          )}
        </Card>
      ))}
    </SimpleGrid>
  );
}
