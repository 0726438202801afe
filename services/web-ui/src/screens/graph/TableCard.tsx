import { Tooltip, VisuallyHidden } from "@mantine/core";
import { IconFingerprint, IconKey, IconLink } from "@tabler/icons-react";
import { Handle, type Node, type NodeProps, Position, useReactFlow } from "@xyflow/react";
import { memo } from "react";
import type { GraphColumn } from "~/api/graph";
import { short } from "~/format";
import classes from "./Graph.module.css";
import { CARD_WIDTH, type CardShape } from "./model";

export type State = "chosen" | "near" | "far" | "plain";

export type TableNode = Node<
  {
    card: CardShape;
    open: boolean;
    state: State;
    onChoose: (table: string) => void;
    onFold: (table: string, open: boolean) => void;
  },
  "table"
>;

export const TableCard = memo(function TableCard({ data }: NodeProps<TableNode>) {
  const { card, open, state, onChoose, onFold } = data;
  const { table, columns } = card;
  const flow = useReactFlow();
  return (
    <div className={classes.card} data-state={state} style={{ height: card.height }}>
      <Handle type="target" position={Position.Left} isConnectable={false} />
      <Handle type="source" position={Position.Right} isConnectable={false} />
      <button
        type="button"
        className={classes.head}
        aria-pressed={state === "chosen"}
        title={table.name}
        onClick={() => onChoose(table.name)}
        onFocus={(event) => {
          // Who comes here by keyboard wants to see it.
          if (!event.currentTarget.matches(":focus-visible")) return;
          const place = flow.getNode(table.name)?.position;
          if (place)
            void flow.setCenter(place.x + CARD_WIDTH / 2, place.y + card.height / 2, {
              zoom: Math.max(flow.getZoom(), 0.6),
            });
        }}
      >
        <span className={classes.name}>{table.name}</span>
        <span className={classes.muted}>{short(table.target_rows)} rows</span>
      </button>
      {columns.map((column) => (
        <Row key={column.name} column={column} />
      ))}
      {card.foldable && <Fold card={card} open={open} onFold={onFold} />}
    </div>
  );
});

function Fold({
  card: { table, hidden },
  open,
  onFold,
}: {
  card: CardShape;
  open: boolean;
  onFold: (table: string, open: boolean) => void;
}) {
  return (
    <button
      type="button"
      className={classes.fold}
      aria-expanded={open}
      onClick={() => onFold(table.name, !open)}
    >
      {open ? "Only keys" : `${hidden} more ${hidden === 1 ? "column" : "columns"}`}
      <VisuallyHidden> of {table.name}</VisuallyHidden>
    </button>
  );
}

function Row({ column }: { column: GraphColumn }) {
  const about = [
    `${column.name} ${column.type}`,
    column.primary_key && "primary key",
    column.references && `refers to ${column.references}`,
    column.unique && "unique",
    column.nullable ? "may be null" : "not null",
    column.rule && `filled by ${column.rule}`,
  ].filter(Boolean);
  return (
    <Tooltip label={about.join(" · ")} position="top" multiline maw={360}>
      <div className={classes.row} data-key={column.primary_key || column.references ? true : undefined}>
        <span className={classes.marks}>
          {column.primary_key && <IconKey size={14} role="img" aria-label="primary key" />}
          {column.references && <IconLink size={14} role="img" aria-label="foreign key" />}
          {column.unique && !column.primary_key && (
            <IconFingerprint size={14} role="img" aria-label="unique" />
          )}
        </span>
        <span className={classes.column}>{column.name}</span>
        <span className={classes.type}>
          {column.type}
          {column.nullable ? "?" : ""}
        </span>
      </div>
    </Tooltip>
  );
}
