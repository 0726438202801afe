import { Paper, SimpleGrid, Text } from "@mantine/core";
import type { ReactNode } from "react";

/** A row of figures with their names. */
export function Figures({ figures }: { figures: readonly { label: string; value: ReactNode }[] }) {
  return (
    <SimpleGrid component="dl" cols={{ base: 2, sm: Math.min(figures.length, 4) }} spacing="sm" m={0}>
      {figures.map(({ label, value }) => (
        <Paper key={label} withBorder px="sm" py="xs">
          <Text component="dt" size="xs" c="dimmed">
            {label}
          </Text>
          <Text component="dd" m={0} fw={600} className="dw-numeric" style={{ overflowWrap: "anywhere" }}>
            {value}
          </Text>
        </Paper>
      ))}
    </SimpleGrid>
  );
}
