import { Skeleton, Tabs, Text } from "@mantine/core";
import { type Connection, useConnections } from "~/api/services";
import { CopyBlock } from "~/components/CopyBlock";
import { ProblemAlert } from "~/components/ProblemAlert";

const LIST = { flexWrap: "nowrap", overflowX: "auto", overflowY: "hidden" } as const;

/** How each client connects to each service, to paste. */
export function Connections() {
  const connections = useConnections();
  if (connections.isPending) return <Skeleton h={240} />;
  if (connections.isError)
    return <ProblemAlert error={connections.error} onRetry={() => void connections.refetch()} />;
  const services = [...new Set(connections.data.map((each) => each.service))];
  const [first] = services;
  if (first === undefined) return <Text size="sm">There are no services to connect to.</Text>;
  return (
    <Tabs defaultValue={services.includes("redshift") ? "redshift" : first} keepMounted={false}>
      <Tabs.List style={LIST} aria-label="Services">
        {services.map((service) => (
          <Tabs.Tab key={service} value={service}>
            {service}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      {services.map((service) => {
        const clients = connections.data.filter((each) => each.service === service);
        return (
          <Tabs.Panel key={service} value={service} pt="sm">
            <Tabs defaultValue={clients[0]?.client ?? ""} variant="pills" keepMounted={false}>
              <Tabs.List aria-label={`Clients of ${service}`} mb="sm">
                {clients.map((each) => (
                  <Tabs.Tab key={each.client} value={each.client}>
                    {within(each)}
                  </Tabs.Tab>
                ))}
              </Tabs.List>
              {clients.map((each) => (
                <Tabs.Panel key={each.client} value={each.client} mih={170}>
                  <CopyBlock text={each.text} label={`${each.title} for ${service}`} />
                </Tabs.Panel>
              ))}
            </Tabs>
          </Tabs.Panel>
        );
      })}
    </Tabs>
  );
}

/** The title without the service, which the tab above says already. */
function within({ title }: Connection): string {
  const [, rest] = title.split(/, (.*)/s);
  return rest || title;
}
