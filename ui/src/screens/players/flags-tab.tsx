/** Every flag as it is for a player, where its value comes from, and why. */

import { Badge, Checkbox, Code, Text } from "@mantine/core";
import { useMemo } from "react";
import type { Schemas } from "@/api/client";
import { type Column, DataTable } from "@/shared/data-table";
import { EmptyState } from "@/shared/feedback";
import { TextLink } from "@/shared/page";
import { Time } from "@/shared/time";
import { useUrlState } from "@/shared/url-state";
import { WhyTrace } from "@/shared/why-trace";
import { AsOfBar, NextChange, useAsOf } from "./as-of-bar";
import { useResolved } from "./player-api";
import { sourceOf } from "./player-words";

type Flag = Schemas["FlagTraceMessage"];

const VALUE_CHARS = 60;

const COLUMNS: Column<Flag>[] = [
  {
    key: "name",
    header: "Flag",
    width: "26%",
    sort: (flag) => flag.name,
    cell: (flag) => (
      <>
        <TextLink to={`/flags/${encodeURIComponent(flag.name)}`} fw={600}>
          {flag.name}
        </TextLink>
        {!flag.enabled && (
          <Badge color="gray" ml="xs">
            Off
          </Badge>
        )}
      </>
    ),
  },
  {
    key: "value",
    header: "Value",
    sort: (flag) => flag.value,
    cell: (flag) => (
      <Code style={{ overflowWrap: "anywhere" }}>
        {flag.value.length > VALUE_CHARS
          ? `${flag.value.slice(0, VALUE_CHARS)}…`
          : flag.value || '""'}
      </Code>
    ),
  },
  {
    key: "source",
    header: "Comes from",
    sort: (flag) => {
      const source = sourceOf(flag);
      return `${source.kind} ${source.name}`;
    },
    cell: (flag) => <FlagSource flag={flag} />,
  },
  {
    key: "next",
    header: "Scheduled change",
    wide: true,
    width: 170,
    sort: (flag) => Number(flag.next_change_time_sec) || null,
    cell: (flag) => <Time seconds={flag.next_change_time_sec} />,
  },
];

function FlagSource({ flag }: { flag: Flag }) {
  const source = sourceOf(flag);
  return source.name ? (
    <Text size="sm" span>
      {source.kind} <TextLink to={source.to}>{source.name}</TextLink>
    </Text>
  ) : (
    <Text size="sm" span c="dimmed">
      {source.kind}
    </Text>
  );
}

/** The flags of a player at the instant of the address. */
export function FlagsTab({ id }: { id: string }) {
  const [asOf] = useAsOf();
  const [url, setUrl] = useUrlState();
  const resolved = useResolved(id, asOf);
  const only = url.only === "1";
  const rows = useMemo(
    () => resolved.data?.flags.filter((flag) => !only || flag.change_reason !== undefined),
    [resolved.data, only],
  );
  return (
    <>
      <AsOfBar notes={resolved.data?.notes ?? []} />
      <DataTable
        label="Flags of the player"
        rows={rows}
        columns={COLUMNS}
        rowKey={(flag) => flag.name}
        searchText={(flag) => `${flag.name} ${flag.value} ${sourceOf(flag).name}`}
        searchPlaceholder="Search flags"
        filters={
          <Checkbox
            label="Only those that are not the default"
            checked={only}
            onChange={(event) => setUrl({ only: event.currentTarget.checked ? "1" : "", page: "" })}
          />
        }
        error={resolved.error}
        retry={() => resolved.refetch()}
        detail={(flag) => <WhyTrace trace={flag} />}
        empty={
          only ? (
            <EmptyState title="Every flag has its default">
              Nothing changes a flag for this player at this time.
            </EmptyState>
          ) : (
            <EmptyState title="No flags yet">
              Flags appear here as soon as there are any, with their value for this player.
            </EmptyState>
          )
        }
      />
      <NextChange seconds={resolved.data?.change_time_sec} />
    </>
  );
}
