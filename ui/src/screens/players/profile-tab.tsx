/** What is known of a player: properties of the game, of the server, and of what they did. */

import { Card, SimpleGrid, Stack, Text, Title } from "@mantine/core";
import { useMemo } from "react";
import { type Column, DataTable } from "@/shared/data-table";
import { EmptyState } from "@/shared/feedback";
import type { Player } from "./player-api";
import { entriesOf } from "./properties";
import { PropertyGroup } from "./property-group";
import { PropertyValue } from "./property-value";

const COMPUTED_PAGE = 25;

const COLUMNS: Column<[string, string]>[] = [
  {
    key: "name",
    header: "Property",
    width: "58%",
    sort: ([name]) => name,
    cell: ([name]) => (
      <Text size="xs" ff="monospace" style={{ overflowWrap: "anywhere" }}>
        {name}
      </Text>
    ),
  },
  {
    key: "value",
    header: "Value",
    cell: ([name, value]) => <PropertyValue name={name} value={value} />,
  },
];

/** The properties of a player. */
export function ProfileTab({ player }: { player: Player }) {
  const computed = useMemo(() => entriesOf(player.computed), [player.computed]);
  return (
    <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="lg" verticalSpacing="lg">
      <Stack gap="lg">
        <PropertyGroup
          player={player}
          kind="custom"
          title="Custom properties"
          lead="What your game says of the player: it or you may set them."
        />
        <PropertyGroup
          player={player}
          kind="default"
          title="Default properties"
          lead="What every game has: set by the game, some by the server."
        />
      </Stack>
      <Card
        component="section"
        aria-labelledby="computed-properties"
        style={{ alignSelf: "start" }}
      >
        <Title order={2} id="computed-properties">
          Computed properties
        </Title>
        <Text size="sm" c="dimmed" mb="md">
          What the player's events add up to. They change with events alone.
        </Text>
        <DataTable
          label="Computed properties"
          rows={computed}
          columns={COLUMNS}
          rowKey={([name]) => name}
          searchText={([name, value]) => `${name} ${value}`}
          searchPlaceholder="Search properties"
          pageSize={COMPUTED_PAGE}
          empty={
            <EmptyState title="No events yet">
              As soon as the game sends events, their numbers, times and values are here.
            </EmptyState>
          }
        />
      </Card>
    </SimpleGrid>
  );
}
