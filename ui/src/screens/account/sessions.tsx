/** Open sessions of a console user, to be ended one by one or all at once. */

import { Badge, Button, Group, Text, VisuallyHidden } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { call, type Schemas } from "@/api/client";
import { type Column, Rows } from "@/shared/data-table";
import { ErrorPanel, sayError, Waiting } from "@/shared/feedback";
import { Time } from "@/shared/time";
import { AccountCard } from "./account";
import { deviceOf } from "./device";

type SessionRow = Schemas["SessionList"]["sessions"][number];

/** The sessions at a path of the API; `mayEnd` is whether they can be ended. */
export function SessionsCard({
  path,
  title,
  mayEnd = true,
}: {
  path: string;
  title: string;
  mayEnd?: boolean;
}) {
  const queries = useQueryClient();
  const sessions = useQuery({
    queryKey: ["console-sessions", path],
    queryFn: ({ signal }) => call<Schemas["SessionList"]>("GET", path, { signal }),
  });
  const end = useMutation({
    mutationFn: (id: string) => call("DELETE", id ? `${path}/${encodeURIComponent(id)}` : path),
    onSettled: () => queries.invalidateQueries({ queryKey: ["console-sessions"] }),
    onError: (error) => sayError(error),
  });
  const columns: Column<SessionRow>[] = [
    {
      key: "device",
      header: "Device",
      cell: (session) => (
        <Group gap="xs">
          <Text size="sm">{deviceOf(session.user_agent)}</Text>
          {session.current && <Badge color="teal">This one</Badge>}
        </Group>
      ),
    },
    { key: "address", header: "Address", cell: (session) => session.address || "–" },
    {
      key: "since",
      header: "Since",
      cell: (session) => <Time seconds={session.create_time_sec} />,
    },
    {
      key: "seen",
      header: "Last used",
      cell: (session) => <Time seconds={session.seen_time_sec} />,
    },
    {
      key: "end",
      header: <VisuallyHidden>Actions</VisuallyHidden>,
      align: "right",
      cell: (session) =>
        mayEnd && !session.current ? (
          <Button
            size="compact-sm"
            variant="default"
            loading={end.isPending && end.variables === session.id}
            onClick={() => end.mutate(session.id)}
          >
            End
          </Button>
        ) : null,
    },
  ];
  const rows = sessions.data?.sessions ?? [];
  return (
    <AccountCard title={title}>
      {sessions.isPending ? (
        <Waiting />
      ) : sessions.isError ? (
        <ErrorPanel error={sessions.error} retry={() => sessions.refetch()} />
      ) : rows.length === 0 ? (
        <Text size="sm" c="dimmed">
          No session is open.
        </Text>
      ) : (
        <>
          <Rows rows={rows} columns={columns} rowKey={(session) => session.id} label={title} />
          {mayEnd && rows.some((session) => !session.current) && (
            <Group justify="flex-end" mt="sm">
              <Button variant="default" onClick={() => end.mutate("")}>
                {rows.some((session) => session.current) ? "End all others" : "End all"}
              </Button>
            </Group>
          )}
        </>
      )}
    </AccountCard>
  );
}
