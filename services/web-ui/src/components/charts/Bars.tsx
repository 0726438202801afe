import { count } from "~/format";
import classes from "./Charts.module.css";
import { percent } from "./figures";

export interface Bar {
  label: string;
  value: number;
}

/** Values by size as bars; a table, so that it is read as one, too. */
export function Bars({
  label,
  bars,
  whole,
}: {
  label: string;
  bars: readonly Bar[];
  /** What a full bar would be; the largest value when it is not given. */
  whole?: number;
}) {
  const full = whole ?? Math.max(1, ...bars.map((bar) => bar.value));
  return (
    <table className={classes.bars} aria-label={label}>
      <tbody>
        {bars.map((bar) => (
          <tr key={bar.label}>
            <th scope="row" title={bar.label}>
              <span
                className={classes.bar}
                style={{ "--dw-share": `${(bar.value / Math.max(full, 1)) * 100}%` } as React.CSSProperties}
              >
                {bar.label === "" ? "(empty)" : bar.label}
              </span>
            </th>
            <td title={count(bar.value)}>{whole ? percent(bar.value, whole) : count(bar.value)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** A part of a whole as a bar with its figure. */
export function Share({ label, part, whole }: { label: string; part: number; whole: number }) {
  return (
    <div>
      <div className={classes.axis}>
        <span>{label}</span>
        <span>{percent(part, whole)}</span>
      </div>
      <div className={classes.share} aria-hidden>
        <div style={{ width: `${whole > 0 ? (part / whole) * 100 : 0}%` }} />
      </div>
    </div>
  );
}
