/** What decides about the same flags at the same time, and who wins. */

import { Badge, Card, Group, Stack, Text, Title } from "@mantine/core";
import { KINDS, kindOf } from "@/api/definitions";
import { TextLink } from "@/shared/page";
import { formatTime, useZone } from "@/shared/time";
import type { Conflict } from "./timeline-layout";

const TITLES: Record<Conflict["kind"], string> = {
  overlap: "Both give values",
  hidden_change: "A change is not seen",
  switched_off: "Switched off",
};

/** The conflicts of the span, in words. */
export function ConflictList({ conflicts, more }: { conflicts: Conflict[]; more: boolean }) {
  const [zone] = useZone();
  return (
    <Card component="section" aria-label="Conflicts" id="conflicts">
      <Title order={2} mb="sm">
        Conflicts
      </Title>
      <Stack gap="md">
        {conflicts.map((conflict) => (
          <div key={keyOf(conflict)}>
            <Group gap="xs">
              <Badge color="yellow">{TITLES[conflict.kind]}</Badge>
              <Text size="sm" component="div">
                <Named reference={conflict.first} /> and <Named reference={conflict.second} />
              </Text>
              <Text size="sm" c="dimmed">
                {formatTime(new Date(Number(conflict.start_time_sec) * 1000), zone)}
                {conflict.end_time_sec !== "0" &&
                  ` – ${formatTime(new Date(Number(conflict.end_time_sec) * 1000), zone)}`}
              </Text>
            </Group>
            <Text size="sm" mt={4} component="div">
              {conflict.flags.length === 1 ? "Flag " : "Flags "}
              {conflict.flags.join(", ")}: {conflict.reason}.
            </Text>
          </div>
        ))}
        {more && (
          <Text size="sm" c="dimmed">
            There are more conflicts than are told.
          </Text>
        )}
      </Stack>
    </Card>
  );
}

function Named({ reference }: { reference: Conflict["first"] }) {
  const kind = kindOf(reference.kind === "flag_change" ? "flag" : reference.kind);
  return (
    <TextLink
      to={`${kind ? KINDS[kind].screen : ""}/${encodeURIComponent(reference.name)}`}
      fw={600}
    >
      {reference.name}
    </TextLink>
  );
}

function keyOf(conflict: Conflict): string {
  return JSON.stringify([conflict.kind, conflict.first, conflict.second, conflict.start_time_sec]);
}
