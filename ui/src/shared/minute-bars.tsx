/** Small columns over time, drawn as SVG: for glances, not for study. */

export interface Bar {
  /** What the column says when one points at it. */
  title: string;
  value: number;
  /** A part of the value that is drawn apart, such as what was refused. */
  bad?: number;
}

const WIDTH = 600;
const GAP = 2;

/** Columns of equal width; the text beside it tells what matters to who cannot see it. */
export function MinuteBars({
  bars,
  height = 72,
  label,
}: {
  bars: Bar[];
  height?: number;
  label: string;
}) {
  const most = Math.max(1, ...bars.map((bar) => bar.value + (bar.bad ?? 0)));
  const step = WIDTH / Math.max(1, bars.length);
  return (
    <svg
      viewBox={`0 0 ${WIDTH} ${height}`}
      width="100%"
      height={height}
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
    >
      {bars.map((bar, index) => {
        const good = (bar.value / most) * (height - 2);
        const bad = ((bar.bad ?? 0) / most) * (height - 2);
        return (
          <g key={bar.title}>
            <title>{bar.title}</title>
            <rect x={index * step} y={0} width={step} height={height} fill="transparent" />
            <rect
              x={index * step}
              y={height - Math.max(1, good)}
              width={step - GAP}
              height={Math.max(1, good)}
              fill="var(--mantine-primary-color-filled)"
              opacity={good ? 1 : 0.25}
            />
            {bad > 0 && (
              <rect
                x={index * step}
                y={height - good - bad}
                width={step - GAP}
                height={bad}
                fill="var(--mantine-color-red-filled)"
              />
            )}
          </g>
        );
      })}
    </svg>
  );
}
