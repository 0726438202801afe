// biome-ignore-all lint/a11y/useSemanticElements: a list cannot leave out the lines that are not in sight
import { Text, TextInput } from "@mantine/core";
import {
  IconChevronDown,
  IconChevronRight,
  IconDatabase,
  IconEye,
  IconFlask,
  IconFolder,
  IconSearch,
  IconTable,
} from "@tabler/icons-react";
import { defaultRangeExtractor, type Range, useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, useCallback, useId, useMemo, useRef, useState } from "react";
import { Link, useNavigate } from "react-router";
import type { CatalogDatabase, Warehouse } from "~/api/catalog";
import { short } from "~/format";
import classes from "./Data.module.css";
import { tablePath } from "./places";
import { afterKey, type TreeLine, treeLines } from "./tree";

const LINE = 30;

/** Databases, schemas and tables; moved through with the arrow keys. */
export function CatalogTree({
  warehouse,
  databases,
  chosen,
}: {
  warehouse: Warehouse;
  databases: CatalogDatabase[];
  /** The id of the table that is shown. */
  chosen: string | null;
}) {
  const navigate = useNavigate();
  const treeId = useId();
  const scroller = useRef<HTMLDivElement>(null);
  const [filter, setFilter] = useState("");
  const [opened, setOpened] = useState<Record<string, boolean>>({});
  const [place, setPlace] = useState(0);
  const lines = useMemo(() => treeLines(databases, opened, filter), [databases, opened, filter]);
  const active = Math.min(place, Math.max(lines.length - 1, 0));

  const virtual = useVirtualizer({
    count: lines.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => LINE,
    overscan: 10,
    initialRect: { width: 280, height: 600 },
    rangeExtractor: useCallback(
      (range: Range) => [...new Set([...defaultRangeExtractor(range), Math.min(active, range.count - 1)])],
      [active],
    ),
  });

  const toggle = (line: TreeLine) => {
    if (line.kind !== "table") setOpened((old) => ({ ...old, [line.id]: !line.open }));
  };
  const pathOf = (line: TreeLine) =>
    line.kind === "table"
      ? tablePath({ warehouse, database: line.database, schema: line.schema, table: line.label })
      : null;

  const onKeyDown = (event: KeyboardEvent) => {
    const line = lines[active];
    if ((event.key === "Enter" || event.key === " ") && line) {
      event.preventDefault();
      const path = pathOf(line);
      if (path === null) toggle(line);
      else void navigate(path);
      return;
    }
    const next = afterKey(lines, active, event.key);
    if (next === null) return;
    event.preventDefault();
    if (next.toggle !== undefined && line) toggle(line);
    setPlace(next.active);
    virtual.scrollToIndex(next.active);
  };

  return (
    <>
      <TextInput
        aria-label="Filter databases, schemas and tables"
        placeholder="Filter"
        leftSection={<IconSearch size={15} aria-hidden />}
        value={filter}
        onChange={(event) => {
          setFilter(event.currentTarget.value);
          setPlace(0);
        }}
        mb="xs"
      />
      <div
        ref={scroller}
        role="tree"
        aria-label={`Catalog of ${warehouse}`}
        tabIndex={0}
        aria-activedescendant={lines.length > 0 ? `${treeId}-${active}` : undefined}
        className={classes.tree}
        style={{
          height: Math.min(Math.max(lines.length, 4) * LINE + 2, 560),
          maxHeight: "calc(100dvh - 260px)",
          minHeight: 122,
        }}
        onKeyDown={onKeyDown}
      >
        <div role="presentation" style={{ position: "relative", height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map((item) => {
            const line = lines[item.index];
            if (!line) return null;
            const path = pathOf(line);
            return (
              // biome-ignore lint/a11y/useFocusableInteractive: the tree has the focus
              // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are the tree's
              <div
                key={line.id}
                id={`${treeId}-${item.index}`}
                role="treeitem"
                aria-level={line.level}
                aria-selected={line.id === chosen}
                aria-expanded={line.kind === "table" ? undefined : line.open}
                data-active={item.index === active || undefined}
                className={classes.line}
                style={{ top: item.start, "--dw-level": line.level - 1 } as React.CSSProperties}
                onClick={() => {
                  setPlace(item.index);
                  if (path === null) toggle(line);
                }}
              >
                <LineIcon line={line} />
                {path === null ? (
                  <span className={classes.label} title={line.label}>
                    {line.label}
                  </span>
                ) : (
                  <Link to={path} tabIndex={-1} className={classes.label} title={line.label}>
                    {line.label}
                  </Link>
                )}
                <span className={classes.count}>{figureOf(line)}</span>
              </div>
            );
          })}
        </div>
      </div>
      {lines.length === 0 && (
        <Text size="sm" c="dimmed" mt="xs" role="status">
          {filter ? "Nothing of this name." : "Nothing is there yet."}
        </Text>
      )}
    </>
  );
}

function figureOf(line: TreeLine): string {
  if (line.kind !== "table") return String(line.count);
  return line.table.rows === null ? "" : short(line.table.rows);
}

function LineIcon({ line }: { line: TreeLine }) {
  if (line.kind === "table") {
    return line.table.kind.includes("view") ? (
      <IconEye size={15} role="img" aria-label={line.table.kind} />
    ) : (
      <IconTable size={15} aria-hidden />
    );
  }
  const Chevron = line.open ? IconChevronDown : IconChevronRight;
  return (
    <>
      <Chevron size={14} aria-hidden />
      {line.kind === "database" && <IconDatabase size={15} aria-hidden />}
      {line.kind === "schema" &&
        (line.experiment === null ? (
          <IconFolder size={15} aria-hidden />
        ) : (
          <IconFlask size={15} role="img" aria-label={`experiment ${line.experiment}`} />
        ))}
    </>
  );
}
