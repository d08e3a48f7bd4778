/** The audiences that a player is in, and why. */

import { Badge, Group, SegmentedControl, Text } from "@mantine/core";
import { useMemo } from "react";
import type { Schemas } from "@/api/client";
import { type Column, DataTable } from "@/shared/data-table";
import { EmptyState } from "@/shared/feedback";
import { MemberBadge, MembershipWhy } from "@/shared/membership-why";
import { TextLink } from "@/shared/page";
import { Time } from "@/shared/time";
import { useUrlState } from "@/shared/url-state";
import { AsOfBar, useAsOf } from "./as-of-bar";
import { usePlayerAudiences, useResolved } from "./player-api";

interface Row {
  name: string;
  member: boolean;
  why?: Schemas["MembershipMessage"];
  /** Since when lists and counts have the player; empty while they do not. */
  since: string;
  /** Whether lists and counts have not followed yet. */
  late: boolean;
}

const DECIDED: Record<Schemas["MembershipMessage"]["decided_by"], string> = {
  include: "Include list",
  exclude: "Exclude list",
  filter: "Filter",
  nothing: "Nothing",
};

const COLUMNS: Column<Row>[] = [
  {
    key: "name",
    header: "Audience",
    sort: (row) => row.name,
    cell: (row) => (
      <TextLink to={`/audiences/${encodeURIComponent(row.name)}`} fw={600}>
        {row.name}
      </TextLink>
    ),
  },
  {
    key: "member",
    header: "Membership",
    sort: (row) => Number(row.member),
    cell: (row) => (
      <Group gap={6}>
        <MemberBadge member={row.member} />
        {row.late && <Badge color="yellow">Lists follow soon</Badge>}
      </Group>
    ),
  },
  {
    key: "decided",
    header: "Decided by",
    sort: (row) => row.why?.decided_by,
    cell: (row) => (row.why ? DECIDED[row.why.decided_by] : "–"),
    width: 150,
  },
  {
    key: "since",
    header: "Member since",
    wide: true,
    sort: (row) => Number(row.since) || null,
    cell: (row) => <Time seconds={row.since} />,
    width: 150,
  },
];

/** Every audience with whether the player is in it at the instant of the address. */
export function AudiencesTab({ id }: { id: string }) {
  const [asOf] = useAsOf();
  const [url, setUrl] = useUrlState();
  const isNow = asOf.at === null;
  const stored = usePlayerAudiences(id, isNow);
  const resolved = useResolved(id, asOf);
  const only = url.only ?? "members";
  const rows = useMemo(() => {
    const all: Row[] | undefined = isNow
      ? stored.data?.map((each) => ({
          name: each.name,
          member: each.member,
          why: each.why,
          since: each.stored ? (each.enter_time_sec ?? "") : "",
          late: each.stored !== each.member,
        }))
      : resolved.data?.audiences.map((each) => ({
          name: each.name,
          member: each.member,
          why: each.why,
          since: "",
          late: false,
        }));
    return all?.filter((row) => only === "all" || row.member);
  }, [isNow, stored.data, resolved.data, only]);
  const error = isNow ? stored.error : resolved.error;
  return (
    <>
      <AsOfBar notes={resolved.data?.notes ?? []} />
      <DataTable
        label="Audiences of the player"
        rows={rows}
        columns={COLUMNS}
        rowKey={(row) => row.name}
        searchText={(row) => row.name}
        searchPlaceholder="Search audiences"
        filters={
          <SegmentedControl
            aria-label="Which audiences"
            data={[
              { value: "members", label: "Member" },
              { value: "all", label: "All" },
            ]}
            value={only}
            onChange={(chosen) => setUrl({ only: chosen === "members" ? "" : chosen, page: "" })}
          />
        }
        error={error}
        retry={() => (isNow ? stored.refetch() : resolved.refetch())}
        detail={(row) =>
          row.why ? (
            <MembershipWhy why={row.why} />
          ) : (
            <Text size="sm" c="dimmed">
              The server told no reason.
            </Text>
          )
        }
        empty={
          <EmptyState title={only === "all" ? "No audiences yet" : "In no audience"}>
            {only === "all"
              ? "An audience is a group of players that a filter or a list describes."
              : "Choose “All” to see every audience, and why the player is not in it."}
          </EmptyState>
        }
      />
    </>
  );
}
