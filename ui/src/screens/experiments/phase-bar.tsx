/** The phases of an experiment on a small bar of time; the words below it say the same. */

import { Box, Group, Text } from "@mantine/core";
import { Time } from "@/shared/time";
import type { Phase } from "./draft";
import classes from "./experiments.module.css";
import { endOf, phaseBar } from "./times";

/** Percentages of the bar: what is narrower has no room for a name. */
const NAMED_FROM = 8;

export function PhaseBar({ phases, nowS }: { phases: readonly Phase[]; nowS: number }) {
  const bar = phaseBar(phases, nowS);
  const first = phases[0];
  if (!first) {
    return null;
  }
  const end = Math.max(...phases.map(endOf));
  return (
    <Box>
      <div
        className={classes.times}
        role="img"
        aria-label={`Phases: ${phases.map((phase) => `${phase.name}, ${phase.state}`).join("; ")}`}
      >
        {phases.map((phase, index) => (
          <div
            key={phase.id}
            className={classes.phase}
            data-state={phase.state}
            title={`${phase.name}, ${phase.state}`}
            style={{
              left: `${bar.segments[index]?.left}%`,
              width: `${bar.segments[index]?.width}%`,
            }}
          >
            {(bar.segments[index]?.width ?? 0) >= NAMED_FROM && phase.name}
          </div>
        ))}
        {bar.now !== null && <div className={classes.now} style={{ left: `${bar.now}%` }} />}
      </div>
      <Group justify="space-between" mt={4}>
        <Text size="xs" c="dimmed" component="div">
          <Time seconds={first.start_time_sec} full />
        </Text>
        <Text size="xs" c="dimmed" component="div">
          <Time seconds={end} full />
        </Text>
      </Group>
    </Box>
  );
}
