/** All audiences. */

import { Badge, Button, Group, SegmentedControl, Text } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { Link, useNavigate } from "@tanstack/react-router";
import { useMemo } from "react";
import { type Definitions, useDefinitions } from "@/api/definitions";
import { Allowed } from "@/session/session";
import { type Column, DataTable } from "@/shared/data-table";
import { EmptyState } from "@/shared/feedback";
import { hasLabels, LabelBadges, LabelFilter } from "@/shared/labels";
import { Page, TextLink } from "@/shared/page";
import { Time } from "@/shared/time";
import { type UrlState, useUrlState } from "@/shared/url-state";

type Audience = Definitions["audience"];

const COLUMNS: Column<Audience>[] = [
  {
    key: "name",
    header: "Name",
    sort: (audience) => audience.name,
    cell: (audience) => (
      <div>
        <Group gap="xs">
          <TextLink to={`/audiences/${encodeURIComponent(audience.name)}`} fw={600}>
            {audience.name}
          </TextLink>
          {audience.managed && <Badge color="blue">Managed</Badge>}
        </Group>
        {audience.description && (
          <Text size="xs" c="dimmed" lineClamp={1}>
            {audience.description}
          </Text>
        )}
      </div>
    ),
  },
  {
    key: "size",
    header: "Players",
    align: "right",
    width: 150,
    sort: (audience) => audience.member_count,
    cell: (audience) => (
      <>
        {audience.member_count.toLocaleString("en")}
        {audience.window_backfill && (
          <Text size="xs" c="dimmed">
            history {audience.window_backfill.percent} % read
          </Text>
        )}
      </>
    ),
  },
  {
    key: "used",
    header: "Used",
    width: 130,
    sort: (audience) => audience.used_by_count,
    cell: (audience) =>
      audience.used_by_count > 0 ? (
        <Badge color="teal">{placesOf(audience.used_by_count)}</Badge>
      ) : (
        <Badge color="gray">Unused</Badge>
      ),
  },
  {
    key: "labels",
    header: "Labels",
    wide: true,
    cell: (audience) => <LabelBadges labels={audience.labels} />,
  },
  {
    key: "updated",
    header: "Changed",
    width: 140,
    sort: (audience) => Number(audience.update_time_sec),
    cell: (audience) => <Time seconds={audience.update_time_sec} />,
  },
];

function placesOf(count: number): string {
  return count === 1 ? "In 1 place" : `In ${count.toLocaleString("en")} places`;
}

/** Whether an audience is what the address asks for. */
export function isAskedFor(audience: Audience, url: UrlState): boolean {
  return (
    hasLabels(audience.labels, url.label) &&
    (url.state !== "used" || audience.used_by_count > 0) &&
    (url.state !== "unused" || audience.used_by_count === 0) &&
    (url.state !== "managed" || audience.managed)
  );
}

/** The list of audiences. */
export function AudienceListScreen() {
  const audiences = useDefinitions("audience");
  const navigate = useNavigate();
  const [url, setUrl] = useUrlState();
  const rows = useMemo(
    () => audiences.data?.filter((audience) => isAskedFor(audience, url)),
    [audiences.data, url],
  );
  const create = (
    <Allowed entity="audience" action="write">
      <Button
        leftSection={<IconPlus size={16} />}
        renderRoot={(props) => <Link to="/audiences/new" {...props} />}
      >
        New audience
      </Button>
    </Allowed>
  );
  const hasSome = (audiences.data ?? []).length > 0;
  return (
    <Page
      title="Audiences"
      lead="Groups of players: what they are and did decides who is in. Flags, experiments and live events ask for them."
      actions={create}
    >
      <DataTable
        label="Audiences"
        rows={rows}
        columns={COLUMNS}
        rowKey={(audience) => audience.id}
        searchText={(audience) =>
          `${audience.name} ${audience.description} ${audience.labels.join(" ")}`
        }
        searchPlaceholder="Search audiences"
        filters={
          hasSome && (
            <>
              <SegmentedControl
                aria-label="Which audiences"
                data={[
                  { value: "", label: "All" },
                  { value: "used", label: "In use" },
                  { value: "unused", label: "Unused" },
                  { value: "managed", label: "Managed" },
                ]}
                value={url.state ?? ""}
                onChange={(state) => setUrl({ state, page: "" })}
              />
              <LabelFilter />
            </>
          )
        }
        pending={audiences.isPending}
        error={audiences.error}
        retry={() => audiences.refetch()}
        onRow={(audience) =>
          navigate({ to: `/audiences/${encodeURIComponent(audience.name)}` as string })
        }
        empty={
          hasSome ? (
            <EmptyState title="No audience is like this">
              Take filters away to see the others.
            </EmptyState>
          ) : (
            <EmptyState title="No audiences yet" action={create}>
              An audience is a group of players, such as those who came back this week. Begin with
              one that you want to treat differently from the others.
            </EmptyState>
          )
        }
      />
    </Page>
  );
}
