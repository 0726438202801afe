import { type PointerEvent, useRef } from "react";
import classes from "./Sql.module.css";

const LEAST = 80;
const MOST = 900;

/** Between the editor and the result: dragged, or moved with the arrow keys. */
export function Splitter({ height, onChange }: { height: number; onChange: (height: number) => void }) {
  const from = useRef<{ y: number; height: number } | null>(null);
  const set = (wanted: number) => onChange(Math.min(Math.max(Math.round(wanted), LEAST), MOST));
  const move = (event: PointerEvent) => {
    if (from.current) set(from.current.height + event.clientY - from.current.y);
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a rule cannot be moved
    <div
      role="separator"
      aria-orientation="horizontal"
      aria-label="Height of the editor"
      aria-valuenow={height}
      aria-valuemin={LEAST}
      aria-valuemax={MOST}
      tabIndex={0}
      className={classes.splitter}
      onPointerDown={(event) => {
        from.current = { y: event.clientY, height };
        event.currentTarget.setPointerCapture(event.pointerId);
      }}
      onPointerMove={move}
      onPointerUp={() => {
        from.current = null;
      }}
      onKeyDown={(event) => {
        if (event.key === "ArrowUp") set(height - 20);
        if (event.key === "ArrowDown") set(height + 20);
      }}
    />
  );
}
