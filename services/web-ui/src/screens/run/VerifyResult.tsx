import { Accordion, Alert, Badge, Button, Group, Stack, Text, Title } from "@mantine/core";
import { IconAlertCircle, IconCircleCheck } from "@tabler/icons-react";
import { useState } from "react";
import { Link } from "react-router";
import type { Check, VerifyReport, WarehouseVerification } from "~/api/jobs";
import { CopyBlock } from "~/components/CopyBlock";
import { count, counted, duration } from "~/format";
import { sqlPath } from "./links";

const LISTED = 12;

/** Violations first, the worst of them at the top; then by table. */
export function inOrder(checks: readonly Check[]): Check[] {
  return [...checks].sort(
    (a, b) => Number(a.ok) - Number(b.ok) || b.violations - a.violations || a.table.localeCompare(b.table),
  );
}

/** Whether what is loaded keeps what the schema promises, by warehouse. */
export function VerifyResult({ report, experiment }: { report: VerifyReport; experiment: string }) {
  return (
    <Stack gap="lg">
      {report.warehouses.map((found) => (
        <OfWarehouse key={found.warehouse} found={found} experiment={experiment} />
      ))}
    </Stack>
  );
}

function OfWarehouse({ found, experiment }: { found: WarehouseVerification; experiment: string }) {
  const bad = found.checks.filter((check) => !check.ok);
  const [all, setAll] = useState(false);
  const [open, setOpen] = useState<string[]>([]);
  const checks = inOrder(found.checks);
  const shown = all ? checks : checks.slice(0, Math.max(LISTED, bad.length));
  return (
    <section aria-label={`Verification of ${found.warehouse}`}>
      <Title order={2} size="h4" mb="xs">
        {found.warehouse}
      </Title>
      {found.error !== null ? (
        <Alert color="red" icon={<IconAlertCircle aria-hidden />} title="The checks did not end">
          {found.error}
        </Alert>
      ) : (
        <Alert
          role="note"
          color={found.ok ? "teal" : "red"}
          variant="light"
          py="xs"
          icon={found.ok ? <IconCircleCheck aria-hidden /> : <IconAlertCircle aria-hidden />}
        >
          {found.ok
            ? `All ${counted(checks.length, "check")} hold.`
            : `${counted(bad.length, "check")} of ${count(checks.length)} do not hold.`}
        </Alert>
      )}
      <Accordion
        multiple
        variant="separated"
        chevronPosition="left"
        mt="sm"
        value={open}
        onChange={setOpen}
        order={3}
      >
        {shown.map((check) => {
          const key = encodeURIComponent(
            `${check.table} ${check.rule} ${check.columns.join()} ${check.expected}`,
          );
          return (
            <Accordion.Item key={key} value={key}>
              <Accordion.Control>
                <CheckLine check={check} />
              </Accordion.Control>
              <Accordion.Panel>
                {open.includes(key) && (
                  <Stack gap="xs">
                    <Text size="sm">
                      Expected {check.expected}; found {check.actual}. It took {duration(check.seconds)}.
                    </Text>
                    <CopyBlock text={check.sql} label="the SQL of the check" />
                    <Group gap="xs">
                      <Button
                        component={Link}
                        to={sqlPath(found.warehouse, experiment, check.sql)}
                        size="xs"
                        variant="default"
                      >
                        Open in the SQL workspace
                      </Button>
                    </Group>
                  </Stack>
                )}
              </Accordion.Panel>
            </Accordion.Item>
          );
        })}
      </Accordion>
      {checks.length > shown.length && (
        <Button mt="sm" variant="default" size="xs" onClick={() => setAll(true)}>
          Show all {counted(checks.length, "check")}
        </Button>
      )}
    </section>
  );
}

function CheckLine({ check }: { check: Check }) {
  return (
    <Group gap="xs" wrap="nowrap">
      <Badge color={check.ok ? "teal" : "red"} variant="light" tt="none" style={{ flexShrink: 0 }}>
        {check.ok ? "holds" : counted(check.violations, "violation")}
      </Badge>
      <Text size="sm" style={{ overflowWrap: "anywhere" }}>
        <b>{check.table}</b>
        {check.columns.length > 0 && ` (${check.columns.join(", ")})`} · {check.rule.replaceAll("_", " ")}
        {check.excepted > 0 && ` · ${counted(check.excepted, "row")} with defects excepted`}
      </Text>
    </Group>
  );
}
