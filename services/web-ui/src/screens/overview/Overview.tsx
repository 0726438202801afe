import { Card, Group, SimpleGrid, Skeleton, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { api, body } from "~/api/client";
import { keys } from "~/api/keys";
import { PageHeader } from "~/components/PageHeader";
import { ProblemAlert } from "~/components/ProblemAlert";
import { StateBadge } from "~/components/StateBadge";

export function Overview() {
  return (
    <>
      <PageHeader title="Overview" />
      <Services />
    </>
  );
}

function Services() {
  const services = useQuery({
    queryKey: keys.services,
    queryFn: () => body(api.GET("/api/services")),
    refetchInterval: 5_000,
  });
  if (services.isPending) return <Skeleton h={90} />;
  if (services.isError)
    return <ProblemAlert error={services.error} onRetry={() => void services.refetch()} />;
  return (
    <SimpleGrid cols={{ base: 1, xs: 2, lg: 4 }}>
      {services.data.services.map((service) => (
        <Card key={service.name} withBorder padding="sm">
          <Group justify="space-between">
            <Text fw={600}>{service.name}</Text>
            <StateBadge state={service.state} />
          </Group>
          <Text size="sm" c="dimmed" className="dw-numeric">
            {service.host}:{service.port}
          </Text>
        </Card>
      ))}
    </SimpleGrid>
  );
}
