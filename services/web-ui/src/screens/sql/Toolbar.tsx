import { ActionIcon, Button, Group, Menu, Select, Text, Tooltip } from "@mantine/core";
import {
  IconArrowsLeftRight,
  IconChevronDown,
  IconDeviceFloppy,
  IconDots,
  IconDownload,
  IconPlayerPlayFilled,
  IconPlayerStopFilled,
} from "@tabler/icons-react";
import type { Warehouse, WarehouseState } from "~/api/queries";

interface Choice {
  value: string;
  label: string;
  disabled: boolean;
  why: string | null;
}

export function Toolbar({
  warehouses,
  warehouse,
  experiment,
  running,
  cancelling,
  onWarehouse,
  onExperiment,
  onRun,
  onCancel,
  onSave,
  onDownload,
  onCompare,
}: {
  warehouses: readonly WarehouseState[];
  warehouse: Warehouse | null;
  experiment: string | null;
  running: boolean;
  cancelling: boolean;
  onWarehouse: (warehouse: Warehouse) => void;
  onExperiment: (experiment: string | null) => void;
  onRun: (everything: boolean) => void;
  onCancel: () => void;
  onSave: (asNew: boolean) => void;
  onDownload: () => void;
  onCompare: () => void;
}) {
  const here = warehouses.find((each) => each.warehouse === warehouse);
  return (
    <Group gap="xs" py={8}>
      <Select
        size="xs"
        w={140}
        aria-label="Warehouse"
        placeholder="Warehouse"
        data={warehouses.map((each) => ({
          value: each.warehouse,
          label: each.warehouse,
          disabled: !each.available,
        }))}
        value={warehouse}
        allowDeselect={false}
        onChange={(value) => value && onWarehouse(value as Warehouse)}
        renderOption={({ option }) => {
          const found = warehouses.find((each) => each.warehouse === option.value);
          return (
            <Explained
              label={option.label}
              why={found?.available ? null : (found?.error ?? "not available")}
            />
          );
        }}
      />
      <Select
        size="xs"
        w={170}
        aria-label="Experiment"
        placeholder="No experiment"
        clearable
        data={experimentChoices(warehouses, here)}
        value={experiment}
        onChange={onExperiment}
        renderOption={({ option }) => (
          <Explained
            label={option.label}
            why={option.disabled ? `not loaded into ${warehouse ?? "this warehouse"}` : null}
          />
        )}
      />
      {running ? (
        <Button
          size="xs"
          color="red"
          variant="light"
          leftSection={<IconPlayerStopFilled size={14} aria-hidden />}
          loading={cancelling}
          onClick={onCancel}
        >
          Cancel
        </Button>
      ) : (
        <Button.Group>
          <Button
            size="xs"
            leftSection={<IconPlayerPlayFilled size={14} aria-hidden />}
            disabled={warehouse === null}
            onClick={() => onRun(false)}
          >
            Run
          </Button>
          <Menu position="bottom-end">
            <Menu.Target>
              <Button size="xs" px={6} aria-label="More ways to run" disabled={warehouse === null}>
                <IconChevronDown size={14} aria-hidden />
              </Button>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Item onClick={() => onRun(false)} rightSection={<Keys text="Ctrl+Enter" />}>
                The selection, or the statement at the cursor
              </Menu.Item>
              <Menu.Item onClick={() => onRun(true)} rightSection={<Keys text="Ctrl+Shift+Enter" />}>
                Everything
              </Menu.Item>
            </Menu.Dropdown>
          </Menu>
        </Button.Group>
      )}
      <Button
        size="xs"
        variant="default"
        leftSection={<IconArrowsLeftRight size={15} aria-hidden />}
        onClick={onCompare}
      >
        Compare
      </Button>
      <Tooltip label="Save (Ctrl+S)">
        <ActionIcon variant="default" size={30} aria-label="Save the query" onClick={() => onSave(false)}>
          <IconDeviceFloppy size={16} aria-hidden />
        </ActionIcon>
      </Tooltip>
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon variant="default" size={30} aria-label="More of this query">
            <IconDots size={16} aria-hidden />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={() => onSave(true)} leftSection={<IconDeviceFloppy size={15} aria-hidden />}>
            Save as another query
          </Menu.Item>
          <Menu.Item onClick={onDownload} leftSection={<IconDownload size={15} aria-hidden />}>
            Download as .sql
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </Group>
  );
}

function Keys({ text }: { text: string }) {
  return (
    <Text size="xs" c="dimmed">
      {text}
    </Text>
  );
}

function Explained({ label, why }: { label: string; why: string | null }) {
  return (
    <div>
      <Text size="sm">{label}</Text>
      {why && (
        <Text size="xs" c="dimmed">
          {why}
        </Text>
      )}
    </div>
  );
}

/** All experiments that are loaded anywhere; those that are not in this warehouse cannot be chosen. */
function experimentChoices(
  warehouses: readonly WarehouseState[],
  here: WarehouseState | undefined,
): Pick<Choice, "value" | "label" | "disabled">[] {
  const names = [...new Set(warehouses.flatMap((each) => each.experiments))].sort();
  return names.map((name) => ({
    value: name,
    label: name,
    disabled: here !== undefined && !here.experiments.includes(name),
  }));
}
