import { Button, Code, Drawer, Group, Skeleton, Table, Text, VisuallyHidden } from "@mantine/core";
import { IconDownload, IconRoute } from "@tabler/icons-react";
import { type Edge, Handle, type Node, type NodeProps, Position, ReactFlowProvider } from "@xyflow/react";
import { memo, useMemo, useState } from "react";
import { downloadDot, type LineageData, type LineageKind, type LineageNode, useLineage } from "~/api/graph";
import { EmptyState } from "~/components/EmptyState";
import { notifyError } from "~/components/notify";
import { ProblemAlert } from "~/components/ProblemAlert";
import { bytes, count, moment } from "~/format";
import { Canvas, handlesOf } from "./Canvas";
import classes from "./Graph.module.css";
import { arrangeLineage, PLACE_HEIGHT, PLACE_WIDTH, related } from "./lineage";
import type { State } from "./TableCard";

const KIND: Record<LineageKind, { word: string; colour: string }> = {
  schema_table: { word: "Table of the schema", colour: "var(--mantine-color-gray-6)" },
  run: { word: "Run", colour: "var(--mantine-color-blue-6)" },
  file_group: { word: "Files", colour: "var(--mantine-color-violet-6)" },
  warehouse_table: { word: "Table of a warehouse", colour: "var(--mantine-color-teal-6)" },
};

type PlaceNode = Node<{ of: LineageNode; state: State; onChoose: (node: LineageNode) => void }, "place">;

const Place = memo(function Place({ data: { of, state, onChoose } }: NodeProps<PlaceNode>) {
  const { word, colour } = KIND[of.kind];
  return (
    <>
      <Handle type="target" position={Position.Left} isConnectable={false} />
      <button
        type="button"
        className={classes.place}
        style={{ "--place-colour": colour } as React.CSSProperties}
        data-state={state}
        onClick={() => onChoose(of)}
      >
        <VisuallyHidden>{word} </VisuallyHidden>
        <span className={classes.name} style={{ display: "block" }} title={of.label}>
          {of.label}
        </span>
        <span className={classes.muted}>{summary(of)}</span>
      </button>
      <Handle type="source" position={Position.Right} isConnectable={false} />
    </>
  );
});

const nodeTypes = { place: Place };

function summary({ kind, detail, table }: LineageNode): string {
  const rows = detail.rows ?? detail.target_rows;
  const said = typeof rows === "number" ? `${count(rows)} rows` : "";
  if (kind === "run") return [String(detail.status ?? "").toLowerCase(), said].filter(Boolean).join(", ");
  if (kind === "file_group") return [table, said].filter(Boolean).join(", ");
  return said;
}

/** Where the rows of an experiment come from: tables of the schema, runs, files, tables of warehouses. */
export default function Lineage({ name, height }: { name: string; height: number | string }) {
  const { data, error, refetch } = useLineage(name);
  if (error) return <ProblemAlert error={error} onRetry={() => void refetch()} />;
  if (!data) return <Skeleton h={height} />;
  if (data.edges.length === 0)
    return (
      <EmptyState icon={IconRoute} title="No rows yet">
        Generate rows and load them: here you will see which run, which files and which warehouse tables they
        went through.
      </EmptyState>
    );
  return (
    <ReactFlowProvider>
      <Drawing name={name} lineage={data} height={height} />
    </ReactFlowProvider>
  );
}

function Drawing({ name, lineage, height }: { name: string; lineage: LineageData; height: number | string }) {
  const [chosen, setChosen] = useState<LineageNode | null>(null);
  const places = useMemo(() => arrangeLineage(lineage), [lineage]);
  const near = useMemo(() => (chosen ? related(chosen.id, lineage.edges) : null), [chosen, lineage.edges]);
  const nodes = useMemo(
    (): PlaceNode[] =>
      lineage.nodes.map((of) => ({
        id: of.id,
        type: "place",
        position: places[of.id] ?? { x: 0, y: 0 },
        width: PLACE_WIDTH,
        height: PLACE_HEIGHT,
        draggable: false,
        handles: handlesOf(PLACE_WIDTH, PLACE_HEIGHT),
        data: {
          of,
          onChoose: setChosen,
          state: near === null ? "plain" : of.id === chosen?.id ? "chosen" : near.has(of.id) ? "near" : "far",
        },
      })),
    [lineage.nodes, places, near, chosen],
  );
  const edges = useMemo(
    (): Edge[] =>
      lineage.edges.map((edge) => ({
        id: `${edge.source}>${edge.target}`,
        source: edge.source,
        target: edge.target,
        className: classes.edge ?? "",
        style: {
          opacity: near && !(near.has(edge.source) && near.has(edge.target)) ? 0.2 : 1,
          strokeWidth: 1.5,
        },
      })),
    [lineage.edges, near],
  );
  return (
    <>
      <Group justify="space-between" mb="xs">
        <div className={classes.legend}>
          {Object.values(KIND).map(({ word, colour }) => (
            <span key={word}>
              <svg width={10} height={10} aria-hidden>
                <rect width={10} height={10} style={{ fill: colour }} />
              </svg>
              {word}
            </span>
          ))}
        </div>
        <Button
          size="xs"
          variant="default"
          leftSection={<IconDownload size={14} aria-hidden />}
          onClick={() => void downloadDot(name, "lineage").catch(notifyError)}
        >
          DOT (Graphviz)
        </Button>
      </Group>
      <Canvas
        nodes={nodes}
        edges={edges}
        nodeTypes={nodeTypes}
        label="Drawing of where rows come from: tables of the schema, runs, files, tables of warehouses"
        height={height}
        onPaneClick={() => setChosen(null)}
      />
      <Drawer opened={chosen !== null} onClose={() => setChosen(null)} position="right" title={chosen?.label}>
        {chosen && <Detail node={chosen} />}
      </Drawer>
    </>
  );
}

function Detail({ node }: { node: LineageNode }) {
  return (
    <>
      <Text size="sm" c="dimmed" mb="xs">
        {KIND[node.kind].word}
        {node.table && ` · ${node.table}`}
      </Text>
      <Table variant="vertical">
        <Table.Tbody>
          {Object.entries(node.detail)
            .filter(([, value]) => value !== null)
            .map(([what, value]) => (
              <Table.Tr key={what}>
                <Table.Th w={120}>{what.replaceAll("_", " ")}</Table.Th>
                <Table.Td style={{ overflowWrap: "anywhere" }}>{shown(what, value)}</Table.Td>
              </Table.Tr>
            ))}
        </Table.Tbody>
      </Table>
    </>
  );
}

function shown(what: string, value: unknown): React.ReactNode {
  if (typeof value === "string" && what.endsWith("_at")) return moment(value);
  if (typeof value === "number") {
    if (what === "bytes") return bytes(value);
    return what === "seed" || what.endsWith("id") ? String(value) : count(value);
  }
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (what === "location") return <Code>{String(value)}</Code>;
  return String(value);
}
