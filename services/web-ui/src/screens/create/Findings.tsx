import { Badge, Group, List, Paper, Text, UnstyledButton } from "@mantine/core";
import { counted } from "~/format";
import type { Finding } from "./check";

const COLOURS = { error: "red", warning: "orange", info: "blue" };
const LISTED = 100;

/** Everything that was found, each leading to its place in the editor. */
export function Findings({
  findings,
  onGo,
}: {
  findings: readonly Finding[];
  onGo: (line: number, column: number | null) => void;
}) {
  if (findings.length === 0) return null;
  const errors = findings.filter((finding) => finding.severity === "error").length;
  return (
    <Paper withBorder p="sm" role="region" aria-label="What was found">
      <Text fw={600} mb="xs" role={errors > 0 ? "alert" : "status"}>
        {errors > 0 ? counted(errors, "error") : counted(findings.length, "remark")}
      </Text>
      <List listStyleType="none" spacing={6} size="sm">
        {findings.slice(0, LISTED).map((finding) => (
          <List.Item key={finding.key}>
            <Entry finding={finding} onGo={onGo} />
          </List.Item>
        ))}
      </List>
      {findings.length > LISTED && (
        <Text size="sm" c="dimmed" mt="xs">
          and {counted(findings.length - LISTED, "more")}
        </Text>
      )}
    </Paper>
  );
}

function Entry({ finding, onGo }: { finding: Finding; onGo: (line: number, column: number | null) => void }) {
  const { line, column } = finding;
  const said = (
    <Group gap={8} align="baseline" wrap="nowrap">
      <Badge size="sm" variant="light" tt="none" color={COLOURS[finding.severity]} style={{ flexShrink: 0 }}>
        {finding.severity}
      </Badge>
      <Text size="sm" style={{ overflowWrap: "anywhere" }} component="span">
        {line != null && (
          <Text span fw={600} td="underline" size="sm" className="dw-numeric">
            {`line ${line}${column == null ? "" : `:${column}`}`}
          </Text>
        )}{" "}
        {finding.path && (
          <Text span ff="monospace" size="sm">
            {finding.path}{" "}
          </Text>
        )}
        {finding.message}
        {finding.hint && (
          <Text span c="dimmed" size="sm">
            {" "}
            {finding.hint}
          </Text>
        )}
      </Text>
    </Group>
  );
  if (line == null) return said;
  return <UnstyledButton onClick={() => onGo(line, column ?? null)}>{said}</UnstyledButton>;
}
