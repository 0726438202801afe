import classes from "./Charts.module.css";
import { type Bin, binKey, figure, histogramLabel } from "./figures";

/** A small histogram without axes' figures but the first and the last. */
export function Histogram({
  name,
  bins,
  height = 56,
}: {
  name: string;
  bins: readonly Bin[];
  height?: number;
}) {
  const most = Math.max(1, ...bins.map((bin) => bin.count));
  const width = 100 / Math.max(bins.length, 1);
  return (
    <div>
      <svg
        className={classes.plot}
        viewBox={`0 0 100 ${height}`}
        height={height}
        preserveAspectRatio="none"
        role="img"
        aria-label={histogramLabel(name, bins)}
      >
        {bins.map((bin, index) => {
          // A bin that is not empty is seen.
          const size = bin.count === 0 ? 0 : Math.max((bin.count / most) * height, 1.5);
          return (
            <rect key={binKey(bin)} x={index * width} y={height - size} width={width * 0.9} height={size} />
          );
        })}
      </svg>
      <div className={classes.axis} aria-hidden>
        <span>{figure(bins[0]?.low)}</span>
        <span>{figure(bins[bins.length - 1]?.high)}</span>
      </div>
    </div>
  );
}
