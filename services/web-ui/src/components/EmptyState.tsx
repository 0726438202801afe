import { Center, Stack, Text, ThemeIcon, Title } from "@mantine/core";
import type { ComponentType, ReactNode } from "react";

/** What a list shows that has nothing in it: what it is for, and the way to the first item. */
export function EmptyState({
  icon: Icon,
  title,
  order = 2,
  children,
  action,
}: {
  icon: ComponentType<{ size?: number; "aria-hidden"?: boolean }>;
  title: string;
  /** The level of its heading; 1 where it is all there is of a screen. */
  order?: 1 | 2 | 3;
  children?: ReactNode;
  action?: ReactNode;
}) {
  return (
    <Center py={64} px="md">
      <Stack align="center" gap="sm" maw={460}>
        <ThemeIcon size={56} radius="xl" variant="light">
          <Icon size={30} aria-hidden />
        </ThemeIcon>
        <Title order={order} size="h3" ta="center">
          {title}
        </Title>
        {children && (
          <Text c="dimmed" ta="center" component="div">
            {children}
          </Text>
        )}
        {action}
      </Stack>
    </Center>
  );
}
