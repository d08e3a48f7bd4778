/** A line over time, drawn as SVG, with numbers at its side and times below. */

import { useElementSize } from "@mantine/hooks";
import { linePath, type Point, someOf, ticksUpTo } from "./size-scale";

const HEIGHT = 260;
const LEFT = 64;
const BOTTOM = 28;
const TOP = 10;
const RIGHT = 14;
const TIME_LABEL_WIDTH = 170;

export function SizeChart({
  points,
  shownTime,
  name,
}: {
  points: readonly Point[];
  shownTime: (seconds: number) => string;
  name: string;
}) {
  const { ref, width } = useElementSize();
  const box = { width: Math.max(120, width - LEFT - RIGHT), height: HEIGHT - TOP - BOTTOM };
  const ticks = ticksUpTo(Math.max(...points.map((point) => point.value)));
  const top = ticks.at(-1) ?? 1;
  const line = linePath(points, box, top);
  const path = line.map(({ x, y }, index) => `${index ? "L" : "M"}${x},${y}`).join("");
  const times = someOf(points, Math.max(2, Math.floor(box.width / TIME_LABEL_WIDTH)));
  const places = linePath(points, box, top);
  const first = points[0];
  const last = points.at(-1);
  const words = `Size of ${name}: from ${first?.value.toLocaleString("en")} players at ${shownTime(first?.at ?? 0)} to ${last?.value.toLocaleString("en")} at ${shownTime(last?.at ?? 0)}`;
  return (
    <div ref={ref}>
      <svg width="100%" height={HEIGHT} role="img" aria-label={words}>
        <g transform={`translate(${LEFT},${TOP})`}>
          {ticks.map((tick) => {
            const y = box.height - (tick / top) * box.height;
            return (
              <g key={tick}>
                <line
                  x1={0}
                  x2={box.width}
                  y1={y}
                  y2={y}
                  stroke="var(--mantine-color-default-border)"
                />
                <text
                  x={-8}
                  y={y + 4}
                  textAnchor="end"
                  fontSize={12}
                  fill="var(--mantine-color-dimmed)"
                >
                  {tick.toLocaleString("en")}
                </text>
              </g>
            );
          })}
          {times.map((point) => {
            const place = places[points.indexOf(point)];
            const anchor =
              points.length === 1
                ? "middle"
                : point === first
                  ? "start"
                  : point === last
                    ? "end"
                    : "middle";
            return (
              <text
                key={point.at}
                x={place?.x ?? 0}
                y={box.height + 20}
                textAnchor={anchor}
                fontSize={12}
                fill="var(--mantine-color-dimmed)"
              >
                {shownTime(point.at)}
              </text>
            );
          })}
          <path
            d={path}
            fill="none"
            stroke="var(--mantine-primary-color-filled)"
            strokeWidth={2}
            strokeLinejoin="round"
          />
          {line.map(({ x, y }, index) => (
            <circle
              key={points[index]?.at}
              cx={x}
              cy={y}
              r={points.length > 60 ? 5 : 3}
              fill="var(--mantine-primary-color-filled)"
              fillOpacity={points.length > 60 ? 0 : 1}
            >
              <title>
                {shownTime(points[index]?.at ?? 0)}: {points[index]?.value.toLocaleString("en")}
              </title>
            </circle>
          ))}
        </g>
      </svg>
    </div>
  );
}
