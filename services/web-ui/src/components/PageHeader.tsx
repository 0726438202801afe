import { Anchor, Box, Breadcrumbs, Group, Text, Title } from "@mantine/core";
import { type ReactNode, useEffect } from "react";
import { Link } from "react-router";

/** The one `h1` of a screen, its way back, and its actions; it also names the browser's tab. */
export function PageHeader({
  title,
  above = [],
  description,
  badges,
  actions,
}: {
  title: string;
  above?: { label: string; to: string }[];
  description?: ReactNode;
  badges?: ReactNode;
  actions?: ReactNode;
}) {
  useEffect(() => {
    document.title = `${title} · dw-simulator`;
  }, [title]);
  return (
    <Box mb="md">
      {above.length > 0 && (
        <Breadcrumbs mb={4} aria-label="Breadcrumbs" component="nav">
          {above.map((place) => (
            <Anchor key={place.to} component={Link} to={place.to} size="sm">
              {place.label}
            </Anchor>
          ))}
        </Breadcrumbs>
      )}
      <Group justify="space-between" align="flex-start" gap="sm">
        <Group gap="sm" style={{ minWidth: 0 }}>
          <Title order={1} size="h2" style={{ overflowWrap: "anywhere" }}>
            {title}
          </Title>
          {badges}
        </Group>
        {actions && <Group gap="xs">{actions}</Group>}
      </Group>
      {description && (
        <Text c="dimmed" size="sm" mt={4} component="div">
          {description}
        </Text>
      )}
    </Box>
  );
}
