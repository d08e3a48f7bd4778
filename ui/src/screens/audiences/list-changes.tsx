/** Who changed the lists of an audience, and how. */

import { Badge, Group, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { call, pathOf, type Schemas } from "@/api/client";
import type { Definitions } from "@/api/definitions";
import { type Column, CursorTable } from "@/shared/data-table";
import { EmptyState } from "@/shared/feedback";
import { authorOf } from "@/shared/revisions";
import { Time } from "@/shared/time";

type Changes = Schemas["ListChangeList"];
type Change = Changes["changes"][number];

const PAGE = 20;

const COLUMNS: Column<Change>[] = [
  {
    key: "time",
    header: "When",
    width: 140,
    cell: (each) => <Time seconds={each.change_time_sec} />,
  },
  { key: "list", header: "List", width: 110, cell: (each) => capital(each.list) },
  {
    key: "what",
    header: "Players",
    cell: (each) => (
      <Group gap={4}>
        {each.added > 0 && <Badge color="teal">{each.added.toLocaleString("en")} added</Badge>}
        {each.changed > 0 && (
          <Badge color="blue">{each.changed.toLocaleString("en")} changed</Badge>
        )}
        {each.removed > 0 && (
          <Badge color="gray">{each.removed.toLocaleString("en")} removed</Badge>
        )}
      </Group>
    ),
  },
  { key: "by", header: "By", cell: (each) => authorOf(each.changed_by) },
  { key: "note", header: "Why", wide: true, cell: (each) => each.note || "–" },
];

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

export function ListChanges({ audience }: { audience: Definitions["audience"] }) {
  const [cursor, setCursor] = useState("");
  const changes = useQuery({
    queryKey: ["definitions", "audience", "list-changes", audience.id, cursor],
    queryFn: ({ signal }) =>
      call<Changes>("GET", pathOf("/v1/console/audience/{id}/list-change", audience.id), {
        query: { "pagination.limit": PAGE, "pagination.cursor": cursor },
        signal,
      }),
  });
  return (
    <Stack gap="xs" component="section" aria-label="Changes of the lists">
      <Title order={2} size="h4">
        Changes of the lists
      </Title>
      <CursorTable
        label="Changes of the lists"
        rows={changes.data?.changes}
        columns={COLUMNS}
        rowKey={(each) => each.id}
        rowName={(each) => `the change of the ${each.list} list`}
        detail={(each) => <ChangedIds change={each} />}
        pending={changes.isPending}
        error={changes.error}
        retry={() => changes.refetch()}
        nextCursor={changes.data?.page_options.next_cursor}
        prevCursor={changes.data?.page_options.prev_cursor}
        onCursor={setCursor}
        empty={<EmptyState title="No changes yet" />}
      />
    </Stack>
  );
}

function ChangedIds({ change }: { change: Change }) {
  const all = change.added + change.changed + change.removed;
  return (
    <Stack gap={4} p="xs">
      {change.ids.map((each) => (
        <Text size="sm" key={`${each.what} ${each.identity_id}`}>
          {each.identity_id}{" "}
          <Text span c="dimmed" size="xs">
            {each.what}
          </Text>
        </Text>
      ))}
      {all > change.ids.length && (
        <Text size="xs" c="dimmed">
          {(all - change.ids.length).toLocaleString("en")} more
        </Text>
      )}
    </Stack>
  );
}
