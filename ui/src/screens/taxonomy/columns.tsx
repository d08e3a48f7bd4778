/** Columns that several lists of the taxonomy share. */

import { Badge, Code, Group, Text } from "@mantine/core";
import { IconLock } from "@tabler/icons-react";
import type { Definitions } from "@/api/definitions";
import type { Column } from "@/shared/data-table";
import { LabelBadges } from "@/shared/labels";
import { TextLink } from "@/shared/page";
import { Time } from "@/shared/time";
import {
  addressOf,
  isLocked,
  lockedBecause,
  type Originated,
  originWord,
  schemaInShort,
  type TaxonomyKind,
  VALUE_TYPES,
} from "./kinds";

interface Row extends Originated {
  id: string;
  name: string;
  description: string;
  used_by_count: number;
  update_time_sec: string;
}

/** Says of a definition that came with the server where it came from, and why it is locked. */
export function OriginBadge({ definition, one }: { definition: Originated; one: string }) {
  if (!isLocked(definition)) {
    return null;
  }
  return (
    <Badge
      color="gray"
      leftSection={<IconLock size={11} aria-hidden />}
      title={lockedBecause(definition, one)}
    >
      {originWord(definition)}
    </Badge>
  );
}

export function nameColumn<R extends Row>(kind: TaxonomyKind, one: string): Column<R> {
  return {
    key: "name",
    header: "Name",
    sort: (row) => row.name,
    cell: (row) => (
      <div>
        <Group gap="xs">
          <TextLink to={addressOf(kind, row)} fw={600}>
            {row.name}
          </TextLink>
          <OriginBadge definition={row} one={one} />
        </Group>
        {row.description && (
          <Text size="xs" c="dimmed" lineClamp={1}>
            {row.description}
          </Text>
        )}
      </div>
    ),
  };
}

export function usedByColumn<R extends Row>(): Column<R> {
  return {
    key: "used",
    header: "Used by",
    align: "right",
    sort: (row) => row.used_by_count,
    cell: (row) => row.used_by_count.toLocaleString("en"),
    width: 100,
  };
}

export function changedColumn<R extends Row>(): Column<R> {
  return {
    key: "updated",
    header: "Changed",
    sort: (row) => Number(row.update_time_sec),
    cell: (row) => <Time seconds={row.update_time_sec} />,
    width: 140,
    wide: true,
  };
}

export function labelsColumn<R extends { labels: string[] }>(): Column<R> {
  return {
    key: "labels",
    header: "Labels",
    wide: true,
    cell: (row) => <LabelBadges labels={row.labels} />,
  };
}

export function typeColumn<R extends { value_type: keyof typeof VALUE_TYPES }>(
  header: string,
): Column<R> {
  return {
    key: "type",
    header,
    sort: (row) => VALUE_TYPES[row.value_type].label,
    cell: (row) => VALUE_TYPES[row.value_type].label,
    width: 100,
  };
}

export const VALIDATORS_COLUMN: Column<Definitions["taxonomy/event"]> = {
  key: "validators",
  header: "Validators",
  cell: (event) => (
    <>
      <ValidatorLine what="Value" name={event.value_validator} />
      <ValidatorLine what="Metadata" name={event.metadata_validator} />
      {!event.value_validator && !event.metadata_validator && "–"}
    </>
  ),
};

function ValidatorLine({ what, name }: { what: string; name: string }) {
  return name ? (
    <Text size="xs">
      {what}: <TextLink to={`/taxonomy/validators/${encodeURIComponent(name)}`}>{name}</TextLink>
    </Text>
  ) : null;
}

export const SCHEMA_COLUMN: Column<Definitions["taxonomy/validator"]> = {
  key: "schema",
  header: "What fits",
  sort: (validator) => schemaInShort(validator.schema),
  cell: (validator) => schemaInShort(validator.schema),
};

export const GROUP_COLUMN: Column<Definitions["taxonomy/property"]> = {
  key: "group",
  header: "Sent under",
  sort: (property) => (isLocked(property) ? "default" : "custom"),
  cell: (property) => <Code>{isLocked(property) ? "default" : "custom"}</Code>,
  width: 130,
};
