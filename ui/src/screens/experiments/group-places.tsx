/** Whose the places of an exclusion group are. */

import { Group, Stack, Text } from "@mantine/core";
import type { Definitions } from "@/api/definitions";
import { TextLink } from "@/shared/page";
import classes from "./experiments.module.css";
import { StateBadge } from "./state-badge";
import { percentText } from "./weights";

type Share = Definitions["exclusion-group"]["experiments"][number];

interface Places {
  name: string;
  from_permille: number;
  to_permille: number;
}

/** The places as a bar, one line for each experiment, and its own where one is chosen. */
export function GroupPlaces({ shares, own }: { shares: readonly Share[]; own?: Places }) {
  const lines = shares.filter((share) => share.state !== "ended" && share.state !== "archived");
  if (lines.length === 0 && !own) {
    return (
      <Text size="sm" c="dimmed">
        All places are free: no experiment that runs or is to come has any.
      </Text>
    );
  }
  return (
    <Stack gap={6} component="ul" m={0} p={0} style={{ listStyle: "none" }}>
      {lines.map((share) => (
        <Line key={share.id} places={share}>
          <Text size="sm" component="div">
            <TextLink to={`/experiments/${encodeURIComponent(share.name)}`}>{share.name}</TextLink>
          </Text>
          <StateBadge state={share.state} />
        </Line>
      ))}
      {own && (
        <Line places={own} isOwn>
          <Text size="sm" fw={600} truncate>
            {own.name}
          </Text>
        </Line>
      )}
    </Stack>
  );
}

function Line({
  places,
  isOwn = false,
  children,
}: {
  places: Places;
  isOwn?: boolean;
  children: React.ReactNode;
}) {
  const width = Math.max(0, places.to_permille - places.from_permille);
  return (
    <li>
      <Group justify="space-between" gap="xs" mb={2}>
        <Group gap="xs">{children}</Group>
        <Text size="xs" c="dimmed">
          {percentText(places.from_permille)} to {percentText(places.to_permille)}
        </Text>
      </Group>
      <div className={classes.places} aria-hidden>
        <div
          data-own={isOwn || undefined}
          style={{ left: `${places.from_permille / 10}%`, width: `${width / 10}%` }}
        />
      </div>
    </li>
  );
}
