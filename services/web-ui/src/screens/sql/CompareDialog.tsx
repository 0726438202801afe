import {
  Alert,
  Badge,
  Button,
  Group,
  Modal,
  Select,
  SimpleGrid,
  Stack,
  TagsInput,
  Text,
  Textarea,
} from "@mantine/core";
import { IconArrowsLeftRight, IconEqual, IconEqualNot } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { ApiError } from "~/api/client";
import {
  type Comparison,
  type ComparisonRequest,
  compareQueries,
  type Side,
  type Warehouse,
  type WarehouseState,
} from "~/api/queries";
import { ProblemAlert } from "~/components/ProblemAlert";
import { count, counted, duration } from "~/format";
import { Differences, TypeDifferences } from "./Differences";
import classes from "./Sql.module.css";

/** One query in two warehouses, or two queries: are the results the same, and if not, where do they differ? */
export function CompareDialog({
  sql,
  experiment,
  warehouses,
  onClose,
}: {
  sql: string;
  experiment: string | null;
  warehouses: readonly WarehouseState[];
  onClose: () => void;
}) {
  const first = usual(warehouses, 0);
  const [left, setLeft] = useState({ warehouse: first, sql });
  const [right, setRight] = useState({ warehouse: usual(warehouses, 1) ?? first, sql });
  const [key, setKey] = useState<string[]>([]);
  const stop = useRef(new AbortController());
  useEffect(() => () => stop.current.abort(), []);
  const comparing = useMutation({
    mutationFn: (asked: ComparisonRequest) => {
      stop.current = new AbortController();
      return compareQueries(asked, stop.current.signal);
    },
  });
  const ready =
    left.warehouse !== null && right.warehouse !== null && left.sql.trim() !== "" && right.sql.trim() !== "";
  const compare = () => {
    if (left.warehouse === null || right.warehouse === null) return;
    comparing.mutate({
      left: { warehouse: left.warehouse, sql: left.sql },
      right: { warehouse: right.warehouse, sql: right.sql },
      experiment,
      key: key.length > 0 ? key : null,
    });
  };
  const cancelled = comparing.error instanceof DOMException;
  return (
    <Modal opened onClose={onClose} fullScreen title="Compare two results">
      <Stack gap="sm">
        <SimpleGrid cols={{ base: 1, sm: 2 }}>
          <SideInput name="Left" side={left} warehouses={warehouses} onChange={setLeft} />
          <SideInput name="Right" side={right} warehouses={warehouses} onChange={setRight} />
        </SimpleGrid>
        <Group align="flex-end" gap="sm">
          <TagsInput
            size="xs"
            miw={220}
            label="Columns that tell rows apart"
            placeholder={key.length === 0 ? "all columns" : ""}
            data={comparing.data?.columns.map((column) => column.name) ?? []}
            value={key}
            onChange={setKey}
          />
          {comparing.isPending ? (
            <Button size="xs" color="red" variant="light" onClick={() => stop.current.abort()}>
              Cancel
            </Button>
          ) : (
            <Button
              size="xs"
              leftSection={<IconArrowsLeftRight size={15} aria-hidden />}
              disabled={!ready}
              onClick={compare}
            >
              Compare
            </Button>
          )}
          <Button
            size="xs"
            variant="default"
            onClick={() => setRight({ ...right, sql: left.sql })}
            disabled={left.sql === right.sql}
          >
            Left text on the right too
          </Button>
          {experiment && <Text size="xs">in {experiment}</Text>}
        </Group>
        {comparing.isPending && (
          <Text size="sm" c="dimmed" role="status">
            Both queries run…
          </Text>
        )}
        {cancelled && <Text size="sm">Cancelled.</Text>}
        {comparing.isError && !cancelled && <ProblemAlert error={comparing.error} onRetry={compare} />}
        {comparing.data && !comparing.isPending && <Verdict comparison={comparing.data} />}
      </Stack>
    </Modal>
  );
}

function SideInput({
  name,
  side,
  warehouses,
  onChange,
}: {
  name: string;
  side: { warehouse: Warehouse | null; sql: string };
  warehouses: readonly WarehouseState[];
  onChange: (side: { warehouse: Warehouse | null; sql: string }) => void;
}) {
  return (
    <Stack gap={6}>
      <Select
        size="xs"
        w={200}
        label={`${name} warehouse`}
        allowDeselect={false}
        data={warehouses.map((each) => ({
          value: each.warehouse,
          label: each.available ? each.warehouse : `${each.warehouse} (not available)`,
          disabled: !each.available,
        }))}
        value={side.warehouse}
        onChange={(value) => value && onChange({ ...side, warehouse: value as Warehouse })}
      />
      <Textarea
        label={`${name} query`}
        rows={6}
        resize="vertical"
        spellCheck={false}
        classNames={{ input: classes.sql ?? "" }}
        value={side.sql}
        onChange={(event) => onChange({ ...side, sql: event.currentTarget.value })}
      />
    </Stack>
  );
}

function Verdict({ comparison }: { comparison: Comparison }) {
  const { left, right, equal } = comparison;
  const failed = left.error !== null || right.error !== null;
  return (
    <Stack gap="sm">
      <SimpleGrid cols={{ base: 1, sm: 2 }}>
        <SideState name="Left" side={left} />
        <SideState name="Right" side={right} />
      </SimpleGrid>
      {!failed && (
        <>
          <Alert
            color={equal ? "teal" : "orange"}
            icon={equal ? <IconEqual aria-hidden /> : <IconEqualNot aria-hidden />}
            title={equal ? "The results are equal" : "The results differ"}
            role="status"
          >
            {equal
              ? `${counted(left.rows, "row")} on both sides, compared ${comparison.ordered ? "in their order" : "in any order"}.`
              : `${count(comparison.different)} different, ${count(comparison.only_left)} only on the left, ${count(comparison.only_right)} only on the right; compared ${comparison.ordered ? "in their order" : "in any order"}.`}
            {comparison.truncated && " Only the first rows of the results were compared."}
          </Alert>
          <TypeDifferences comparison={comparison} />
          {comparison.differences.length > 0 && <Differences comparison={comparison} />}
        </>
      )}
    </Stack>
  );
}

function SideState({ name, side }: { name: string; side: Side }) {
  if (side.error)
    return (
      <ProblemAlert error={new ApiError(side.error)} title={`${name}: ${side.warehouse} refused the query`} />
    );
  return (
    <Group gap="xs">
      <Badge variant="light" tt="none">
        {side.warehouse}
      </Badge>
      <Text size="sm" className="dw-numeric">
        {counted(side.rows, "row")} in {duration(side.seconds)}
      </Text>
    </Group>
  );
}

function usual(warehouses: readonly WarehouseState[], place: number): Warehouse | null {
  const order: Warehouse[] = ["redshift", "snowflake", "sqlite"];
  const found = order.filter((name) => warehouses.some((each) => each.warehouse === name && each.available));
  return found[place] ?? null;
}
