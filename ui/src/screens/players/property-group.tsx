/** The default or the custom properties of a player, written where they stand. */

import { Card, Stack, Text, Title } from "@mantine/core";
import { useMemo } from "react";
import { useDefinitions } from "@/api/definitions";
import { useMay } from "@/session/session";
import { AddProperty } from "./add-property";
import type { Player } from "./player-api";
import { addable, entriesOf, isWritable, type PropertyKind } from "./properties";
import { PropertyRow } from "./property-row";

/** A card with the properties of one kind. */
export function PropertyGroup({
  player,
  kind,
  title,
  lead,
}: {
  player: Player;
  kind: PropertyKind;
  title: string;
  lead: string;
}) {
  const mayWrite = useMay("identity", "write");
  const declared = useDefinitions("taxonomy/property", { enabled: useMay("taxonomy", "read") });
  const stored = player[kind];
  const entries = useMemo(() => entriesOf(stored), [stored]);
  const names = useMemo(
    () => addable(declared.data ?? [], kind, stored),
    [declared.data, kind, stored],
  );
  const described = useMemo(
    () => new Map((declared.data ?? []).map((each) => [each.name, each.description])),
    [declared.data],
  );
  const heading = `${kind}-properties`;
  return (
    <Card component="section" aria-labelledby={heading}>
      <Title order={2} id={heading}>
        {title}
      </Title>
      <Text size="sm" c="dimmed" mb="sm">
        {lead}
      </Text>
      <Stack gap={0} component="ul" p={0} m={0} style={{ listStyle: "none" }}>
        {entries.map(([name, value]) => (
          <PropertyRow
            key={name}
            playerId={player.id}
            kind={kind}
            name={name}
            value={value}
            description={described.get(name) ?? ""}
            writable={mayWrite && isWritable(kind, name)}
          />
        ))}
      </Stack>
      {entries.length === 0 && (
        <Text size="sm" c="dimmed" mb="sm">
          None yet.
        </Text>
      )}
      {mayWrite && <AddProperty playerId={player.id} kind={kind} names={names} />}
    </Card>
  );
}
