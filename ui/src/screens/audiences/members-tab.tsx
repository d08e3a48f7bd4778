/** Who is in an audience, as the server has them stored. */

import { Alert, Button, Group, Text } from "@mantine/core";
import { IconDownload, IconRefresh } from "@tabler/icons-react";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { call, pathOf, type Schemas } from "@/api/client";
import type { Definitions } from "@/api/definitions";
import { type Column, CursorTable } from "@/shared/data-table";
import { EmptyState, sayError } from "@/shared/feedback";
import { TextLink } from "@/shared/page";
import { Time } from "@/shared/time";
import { useUrlState } from "@/shared/url-state";
import { downloadText } from "./download";
import { csvOf } from "./id-file";

type Members = Schemas["MemberList"];
type Member = Members["members"][number];

const PAGE = 50;
const EXPORT_PAGE = 1000;
/** More than this is a job for the data export, not for a window. */
const EXPORT_MAX = 200_000;

const COLUMNS: Column<Member>[] = [
  {
    key: "id",
    header: "Player",
    cell: (member) => (
      <TextLink to={`/players/${encodeURIComponent(member.identity_id)}`} fw={600}>
        {member.identity_id}
      </TextLink>
    ),
  },
  {
    key: "since",
    header: "In it since",
    width: 200,
    cell: (member) => <Time seconds={member.enter_time_sec} />,
  },
];

async function pageOf(audience: string, cursor: string, limit: number, signal?: AbortSignal) {
  return call<Members>("GET", pathOf("/v1/console/audience/{id}/members", audience), {
    query: { "pagination.limit": limit, "pagination.cursor": cursor },
    signal,
  });
}

export function MembersTab({ audience }: { audience: Definitions["audience"] }) {
  const [url, setUrl] = useUrlState();
  const cursor = url.cursor ?? "";
  const members = useQuery({
    queryKey: ["definitions", "audience", "members", audience.id, cursor],
    queryFn: ({ signal }) => pageOf(audience.id, cursor, PAGE, signal),
    placeholderData: keepPreviousData,
  });
  const data = members.data;
  return (
    <>
      {data && !data.complete && (
        <Alert color="blue" variant="light" icon={<IconRefresh />} title="Still on their way">
          Since audiences were last changed, not all players were looked at yet. Flags go by the
          filter itself, at once; this list and its count follow.
        </Alert>
      )}
      <Group justify="space-between">
        <Text size="sm" c="dimmed" aria-live="polite">
          {data &&
            `${data.member_count.toLocaleString("en")} members, who came to the server last first.`}
        </Text>
        {data && data.member_count > 0 && <Export audience={audience} count={data.member_count} />}
      </Group>
      <CursorTable
        label="Members"
        rows={data?.members}
        columns={COLUMNS}
        rowKey={(member) => member.identity_id}
        pending={members.isPending}
        error={members.error}
        retry={() => members.refetch()}
        nextCursor={data?.page_options.next_cursor}
        prevCursor={data?.page_options.prev_cursor}
        onCursor={(next) => setUrl({ cursor: next })}
        empty={
          <EmptyState title="No members">
            {audience.managed
              ? "A call with a server key puts players on its include list."
              : "Nobody meets its filter now, and nobody who is known is on its include list."}
          </EmptyState>
        }
      />
    </>
  );
}

function Export({ audience, count }: { audience: Definitions["audience"]; count: number }) {
  const [done, setDone] = useState<number | null>(null);
  const stop = useRef<AbortController | null>(null);
  const run = async () => {
    const control = new AbortController();
    stop.current = control;
    setDone(0);
    try {
      const found: Member[] = [];
      let cursor = "";
      do {
        const page = await pageOf(audience.id, cursor, EXPORT_PAGE, control.signal);
        found.push(...page.members);
        cursor = page.page_options.next_cursor;
        setDone(found.length);
      } while (cursor && found.length < EXPORT_MAX);
      downloadText(
        `${audience.name}.csv`,
        csvOf(
          ["identity_id", "enter_time_sec"],
          found.map((member) => [member.identity_id, member.enter_time_sec]),
        ),
      );
    } catch (error) {
      if (!control.signal.aborted) {
        sayError(error, "Not exported");
      }
    } finally {
      setDone(null);
    }
  };
  return done === null ? (
    <Button
      variant="default"
      size="xs"
      leftSection={<IconDownload size={14} />}
      onClick={run}
      disabled={count > EXPORT_MAX}
    >
      {count > EXPORT_MAX ? "Too many for a file: use the data export" : "Export as CSV"}
    </Button>
  ) : (
    <Group gap="xs">
      <Text size="sm" aria-live="polite">
        {done.toLocaleString("en")} of {count.toLocaleString("en")}
      </Text>
      <Button variant="default" size="xs" onClick={() => stop.current?.abort()}>
        Stop
      </Button>
    </Group>
  );
}
