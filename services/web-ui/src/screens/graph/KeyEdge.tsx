import { BaseEdge, type Edge, EdgeLabelRenderer, type EdgeProps, useInternalNode } from "@xyflow/react";
import { memo } from "react";
import type { GraphKey } from "~/api/graph";
import classes from "./Graph.module.css";
import { type CardShape, columnList, keyText } from "./model";
import { keyLine } from "./paths";
import type { State } from "./TableCard";

export type KeyEdgeType = Edge<
  { keyOf: GraphKey; from: CardShape; to: CardShape; cycle: boolean; state: State },
  "key"
>;

export const KeyEdge = memo(function KeyEdge({ source, target, data, markerEnd }: EdgeProps<KeyEdgeType>) {
  const from = useInternalNode(source)?.internals.positionAbsolute;
  const to = useInternalNode(target)?.internals.positionAbsolute;
  if (!from || !to || !data) return null;
  const { keyOf, cycle, state } = data;
  const { line, stubs, middle } = keyLine(
    { card: data.from, at: from, columns: keyOf.from_columns },
    { card: data.to, at: to, columns: keyOf.to_columns },
    source === target,
  );
  const labelled = state === "near" || (keyOf.composite && state === "plain");
  return (
    <>
      <g
        className={classes.edge}
        data-state={state}
        data-nullable={keyOf.nullable || undefined}
        data-cycle={cycle || undefined}
      >
        <title>{keyText(keyOf)}</title>
        <BaseEdge
          path={line}
          className={classes.line ?? ""}
          interactionWidth={14}
          {...(markerEnd && { markerEnd })}
        />
        {stubs.map((stub) => (
          <path key={stub} d={stub} className={classes.line} />
        ))}
      </g>
      {labelled && (
        <EdgeLabelRenderer>
          <div
            className={classes.label}
            style={{ transform: `translate(-50%, -50%) translate(${middle.x}px, ${middle.y}px)` }}
          >
            {columnList(keyOf.from_columns)} → {columnList(keyOf.to_columns)}
          </div>
        </EdgeLabelRenderer>
      )}
    </>
  );
});
