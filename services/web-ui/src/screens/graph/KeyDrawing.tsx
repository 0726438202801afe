import { Button, Group, Menu, Select } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { MarkerType, type NodeChange, ReactFlowProvider } from "@xyflow/react";
import { useCallback, useMemo, useState } from "react";
import { saveBlob } from "~/api/download";
import { downloadDot, type KeyGraphData } from "~/api/graph";
import { notifyError } from "~/components/notify";
import { counted } from "~/format";
import { Canvas, handlesOf } from "./Canvas";
import classes from "./Graph.module.css";
import { KeyEdge, type KeyEdgeType } from "./KeyEdge";
import { arrange, CARD_WIDTH, cardsOf, cyclesOf, inCycle, keyId, neighbours, type Places } from "./model";
import { pngOf, svgOf } from "./svg";
import { type State, TableCard, type TableNode } from "./TableCard";

const nodeTypes = { table: TableCard };
const edgeTypes = { key: KeyEdge };

export interface DrawingProps {
  name: string;
  graph: KeyGraphData;
  height: number | string;
  chosen: string | null;
  onChoose: (table: string | null) => void;
}

/** The tables as cards, the keys as lines between their columns. */
export default function KeyDrawing(props: DrawingProps) {
  return (
    <ReactFlowProvider>
      <Drawing {...props} />
    </ReactFlowProvider>
  );
}

function Drawing({ name, graph, height, chosen, onChoose }: DrawingProps) {
  const [opened, setOpened] = useState<Record<string, boolean>>({});
  const cards = useMemo(() => cardsOf(graph, opened), [graph, opened]);
  const places = useMemo(() => arrange(cards, graph.keys), [cards, graph.keys]);
  const cycles = useMemo(() => cyclesOf(graph.keys), [graph.keys]);
  const near = useMemo(() => (chosen === null ? null : neighbours(chosen, graph.keys)), [chosen, graph.keys]);
  // Where the user has put cards; another arrangement forgets it.
  const [moved, setMoved] = useState<{ of: Places; places: Places }>({ of: places, places: {} });
  const choose = useCallback(
    (table: string) => onChoose(table === chosen ? null : table),
    [chosen, onChoose],
  );
  const fold = useCallback(
    (table: string, open: boolean) => setOpened((old) => ({ ...old, [table]: open })),
    [],
  );

  const here = useMemo(
    (): Places => ({ ...places, ...(moved.of === places ? moved.places : {}) }),
    [places, moved],
  );
  const nodes = useMemo(
    () =>
      cards.map((card): TableNode => {
        const { name: id } = card.table;
        const state = stateOf(id, chosen, near);
        return {
          id,
          type: "table",
          position: here[id] ?? { x: 0, y: 0 },
          width: CARD_WIDTH,
          height: card.height,
          handles: handlesOf(CARD_WIDTH, card.height),
          data: { card, open: card.hidden === 0, state, onChoose: choose, onFold: fold },
        };
      }),
    [cards, here, chosen, near, choose, fold],
  );
  const onNodesChange = useCallback(
    (changes: NodeChange<TableNode>[]) => {
      const drawn = changes.flatMap((change) =>
        change.type === "position" && change.position ? [[change.id, change.position] as const] : [],
      );
      if (drawn.length === 0) return;
      setMoved((old) => ({
        of: places,
        places: { ...(old.of === places ? old.places : {}), ...Object.fromEntries(drawn) },
      }));
    },
    [places],
  );

  const edges = useMemo((): KeyEdgeType[] => {
    const byName = new Map(cards.map((card) => [card.table.name, card]));
    return graph.keys.flatMap((key, index) => {
      const from = byName.get(key.from_table);
      const to = byName.get(key.to_table);
      if (!from || !to) return [];
      const touches = chosen === key.from_table || chosen === key.to_table;
      return {
        id: keyId(key, index),
        type: "key",
        source: key.from_table,
        target: key.to_table,
        markerEnd: { type: MarkerType.ArrowClosed, width: 16, height: 16 },
        data: {
          keyOf: key,
          from,
          to,
          cycle: inCycle(key, cycles),
          state: chosen === null ? "plain" : touches ? "near" : "far",
        },
      };
    });
  }, [cards, graph.keys, cycles, chosen]);

  const picture = () => svgOf(graph, cards, here, cycles);

  return (
    <>
      <Group gap="xs" mb="xs" justify="space-between">
        <Select
          aria-label="Find a table"
          placeholder="Find a table"
          size="xs"
          w={220}
          searchable
          clearable
          data={graph.tables.map((table) => table.name)}
          value={chosen}
          onChange={onChoose}
        />
        <Group gap="xs">
          <Button
            size="xs"
            variant="default"
            onClick={() => setOpened(Object.fromEntries(graph.tables.map((table) => [table.name, true])))}
          >
            All columns
          </Button>
          <Button
            size="xs"
            variant="default"
            onClick={() => setOpened(Object.fromEntries(graph.tables.map((table) => [table.name, false])))}
          >
            Only keys
          </Button>
          <Menu position="bottom-end">
            <Menu.Target>
              <Button size="xs" variant="default" leftSection={<IconDownload size={14} aria-hidden />}>
                Export
              </Button>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Item
                onClick={() =>
                  saveBlob(new Blob([picture().svg], { type: "image/svg+xml" }), `${name}-keys.svg`)
                }
              >
                SVG
              </Menu.Item>
              <Menu.Item
                onClick={() =>
                  pngOf(picture())
                    .then((blob) => saveBlob(blob, `${name}-keys.png`))
                    .catch(notifyError)
                }
              >
                PNG
              </Menu.Item>
              <Menu.Item onClick={() => void downloadDot(name, "graph").catch(notifyError)}>
                DOT (Graphviz)
              </Menu.Item>
            </Menu.Dropdown>
          </Menu>
        </Group>
      </Group>
      <Canvas
        nodes={nodes}
        edges={edges}
        nodeTypes={nodeTypes}
        edgeTypes={edgeTypes}
        onNodesChange={onNodesChange}
        onPaneClick={() => onChoose(null)}
        label={`Drawing of ${counted(graph.tables.length, "table")} and ${counted(graph.keys.length, "key")}`}
        height={height}
      />
      <Legend cycles={cycles} />
    </>
  );
}

function stateOf(table: string, chosen: string | null, near: Set<string> | null): State {
  if (chosen === null || near === null) return "plain";
  if (table === chosen) return "chosen";
  return near.has(table) ? "near" : "far";
}

function Legend({ cycles }: { cycles: string[][] }) {
  return (
    <div className={classes.legend} style={{ marginTop: 8 }}>
      <span>
        <Sample /> from a foreign key to what it refers to
      </span>
      <span>
        <Sample dashed /> may be null
      </span>
      {cycles.map((cycle) => (
        <span key={cycle.join()}>
          <Sample cycle /> a circle: {cycle.join(", ")}
        </span>
      ))}
    </div>
  );
}

function Sample({ dashed, cycle }: { dashed?: boolean; cycle?: boolean }) {
  return (
    <svg
      width={30}
      height={8}
      aria-hidden
      className={classes.edge}
      data-nullable={dashed || undefined}
      data-cycle={cycle || undefined}
    >
      <path d="M0,4 H30" className={classes.line} />
    </svg>
  );
}
