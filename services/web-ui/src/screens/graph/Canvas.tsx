import "@xyflow/react/dist/style.css";
import { useComputedColorScheme } from "@mantine/core";
import {
  Background,
  BackgroundVariant,
  Controls,
  type Edge,
  type EdgeTypes,
  MiniMap,
  type Node,
  type NodeHandle,
  type NodeTypes,
  type OnNodesChange,
  Position,
  ReactFlow,
  useReactFlow,
  useStore,
} from "@xyflow/react";
import { type KeyboardEvent, useEffect, useId } from "react";
import classes from "./Graph.module.css";

const STEP = 80;
const FIT = { padding: 0.08, maxZoom: 1.1 };

/** Where lines leave and reach a node of this size: known before it is measured. */
export function handlesOf(width: number, height: number): NodeHandle[] {
  const place = { y: height / 2, width: 1, height: 1 };
  return [
    { type: "source", position: Position.Right, x: width, ...place },
    { type: "target", position: Position.Left, x: 0, ...place },
  ];
}

/** A drawing that is moved by pointer or by keys: arrows, + and -, 0 for all of it. */
export function Canvas<N extends Node, E extends Edge>({
  nodes,
  edges,
  nodeTypes,
  edgeTypes,
  onNodesChange,
  label,
  height,
  onPaneClick,
}: {
  nodes: N[];
  edges: E[];
  nodeTypes: NodeTypes;
  edgeTypes?: EdgeTypes;
  onNodesChange?: OnNodesChange<N>;
  label: string;
  height: number | string;
  onPaneClick?: () => void;
}) {
  const scheme = useComputedColorScheme("light", { getInitialValueInEffect: false });
  const flow = useReactFlow();
  const far = useStore((state) => state.transform[2] < 0.45);
  const help = useId();
  const count = nodes.length;

  // biome-ignore lint/correctness/useExhaustiveDependencies: another number of nodes is another drawing
  useEffect(() => {
    const timer = setTimeout(() => void flow.fitView(FIT), 60);
    return () => clearTimeout(timer);
  }, [flow, count]);

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const { x, y, zoom } = flow.getViewport();
    const moves: Record<string, [number, number]> = {
      ArrowLeft: [STEP, 0],
      ArrowRight: [-STEP, 0],
      ArrowUp: [0, STEP],
      ArrowDown: [0, -STEP],
    };
    const move = moves[event.key];
    if (move) void flow.setViewport({ x: x + move[0], y: y + move[1], zoom });
    else if (event.key === "+" || event.key === "=") void flow.zoomIn();
    else if (event.key === "-") void flow.zoomOut();
    else if (event.key === "0") void flow.fitView(FIT);
    else if (event.key === "Escape") onPaneClick?.();
    else return;
    event.preventDefault();
  };

  return (
    // biome-ignore lint/a11y/useSemanticElements: a drawing with things in it to choose is no fieldset
    <div
      role="group"
      className={classes.frame}
      data-far={far || undefined}
      style={{ height }}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: it is moved with the arrow keys
      tabIndex={0}
      aria-label={label}
      aria-describedby={help}
      onKeyDown={onKeyDown}
    >
      <span id={help} hidden>
        Arrow keys move the drawing, plus and minus change its size, 0 shows all of it.
      </span>
      <ReactFlow
        role="presentation"
        nodes={nodes}
        edges={edges}
        nodeTypes={nodeTypes}
        {...(edgeTypes && { edgeTypes })}
        {...(onNodesChange && { onNodesChange })}
        {...(onPaneClick && { onPaneClick })}
        colorMode={scheme}
        nodesFocusable={false}
        edgesFocusable={false}
        nodesConnectable={false}
        elementsSelectable={false}
        disableKeyboardA11y
        onlyRenderVisibleElements={count > 200}
        deleteKeyCode={null}
        minZoom={0.05}
        maxZoom={2}
        fitView
        fitViewOptions={FIT}
      >
        <Background variant={BackgroundVariant.Dots} gap={20} size={1} />
        <Controls showInteractive={false} fitViewOptions={FIT} />
        {count > 20 && <MiniMap pannable zoomable ariaLabel="Small map of the drawing" />}
      </ReactFlow>
    </div>
  );
}
