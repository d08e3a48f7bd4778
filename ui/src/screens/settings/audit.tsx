/** Who did what, from where, and how it ended. */

import { Badge, Button, Code, Group, Select, Stack, Table, Text, TextInput } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Fragment, useState } from "react";
import { answer, api, basePath, queryText, type Schemas } from "@/api/client";
import { type Column, CursorTable } from "@/shared/data-table";
import { EmptyState } from "@/shared/feedback";
import { Time } from "@/shared/time";
import { useUrlState } from "@/shared/url-state";
import { SettingsPage } from "./settings-page";

type Entry = Schemas["AuditMessage"];

const OUTCOMES: Record<string, string> = { ok: "teal", refused: "yellow", failed: "red" };

const COLUMNS: Column<Entry>[] = [
  {
    key: "when",
    header: "When",
    cell: (entry) => <Time seconds={entry.time_sec} full />,
    width: 170,
  },
  {
    key: "who",
    header: "Who",
    cell: (entry) => (
      <div>
        <Text size="sm">{entry.actor || "nobody"}</Text>
        {entry.address && (
          <Text size="xs" c="dimmed">
            {entry.address}
          </Text>
        )}
      </div>
    ),
  },
  {
    key: "what",
    header: "What",
    cell: (entry) => (
      <Group gap="xs">
        <Code>{entry.action}</Code>
        <Text size="sm" style={{ overflowWrap: "anywhere" }}>
          {entry.subject_name || entry.subject_id}
        </Text>
        {entry.calls !== undefined && entry.calls > 1 && (
          <Badge color="gray">{`${entry.calls} times`}</Badge>
        )}
      </Group>
    ),
  },
  {
    key: "outcome",
    header: "Outcome",
    cell: (entry) => <Badge color={OUTCOMES[entry.outcome] ?? "gray"}>{entry.outcome}</Badge>,
    width: 110,
  },
];

const FILTERS = ["actor", "action", "subject", "outcome", "from", "until", "q"] as const;

/** What an address asks for, as the API takes it. */
function queryOf(url: Record<string, string | undefined>) {
  return {
    "search.actor.exact": url.actor ?? "",
    "search.action.prefix": url.action ?? "",
    "search.subject_id.exact": url.subject ?? "",
    "search.outcome.exact": url.outcome ?? "",
    "search.text": url.q ?? "",
    from: url.from ?? "",
    until: url.until ?? "",
  };
}

/** The audit log. */
export function AuditScreen() {
  const [url, setUrl] = useUrlState();
  const query = queryOf(url);
  const entries = useQuery({
    queryKey: ["audit", query, url.cursor ?? ""],
    queryFn: ({ signal }) =>
      answer(
        api.GET("/v1/console/audit", {
          params: {
            query: {
              ...query,
              "pagination.limit": 50,
              "pagination.cursor": url.cursor ?? "",
            } as never,
          },
          signal,
        }),
      ),
    placeholderData: (before) => before,
  });
  const exported = (format: string) =>
    `${basePath}/v1/console/audit/export${queryText({ ...query, format })}`;
  return (
    <SettingsPage
      tab="audit"
      lead="Every call that changed something or was refused: who, from where, what, before and after. Nothing in it can be changed."
      actions={
        <Group gap="xs">
          <Button
            component="a"
            href={exported("csv")}
            download="audit.csv"
            variant="default"
            leftSection={<IconDownload size={16} />}
          >
            CSV
          </Button>
          <Button
            component="a"
            href={exported("ndjson")}
            download="audit.ndjson"
            variant="default"
            leftSection={<IconDownload size={16} />}
          >
            JSON lines
          </Button>
        </Group>
      }
    >
      <CursorTable
        label="Audit log"
        rows={entries.data?.entries}
        columns={COLUMNS}
        rowKey={(entry) => entry.number}
        error={entries.error}
        retry={() => entries.refetch()}
        search={url.q ?? ""}
        onSearch={(q) => setUrl({ q, cursor: "" })}
        searchPlaceholder="Search in entries"
        filtered={FILTERS.some((name) => url[name])}
        filters={<AuditFilters />}
        nextCursor={entries.data?.page_options.next_cursor}
        prevCursor={entries.data?.page_options.prev_cursor}
        onCursor={(cursor) => setUrl({ cursor })}
        detail={(entry) => <EntryDetails entry={entry} />}
        empty={
          <EmptyState title="Nothing was done yet">
            What people and programs do here is noted.
          </EmptyState>
        }
      />
    </SettingsPage>
  );
}

function AuditFilters() {
  const [url, setUrl] = useUrlState();
  const [actor, setActor] = useState(url.actor ?? "");
  return (
    <>
      <TextInput
        aria-label="Of this user or key"
        placeholder="E-mail or key"
        value={actor}
        onChange={(event) => setActor(event.currentTarget.value)}
        onBlur={() => setUrl({ actor: actor.trim(), cursor: "" })}
        onKeyDown={(event) => {
          if (event.key === "Enter") {
            setUrl({ actor: actor.trim(), cursor: "" });
          }
        }}
        w={190}
      />
      <Select
        aria-label="Outcome"
        placeholder="Any outcome"
        clearable
        data={Object.keys(OUTCOMES)}
        value={url.outcome ?? null}
        onChange={(outcome) => setUrl({ outcome: outcome ?? "", cursor: "" })}
        w={150}
      />
      <TextInput
        type="date"
        aria-label="From this day"
        value={url.from ?? ""}
        onChange={(event) => setUrl({ from: event.currentTarget.value, cursor: "" })}
        w={150}
      />
      <TextInput
        type="date"
        aria-label="Before this day"
        value={url.until ?? ""}
        onChange={(event) => setUrl({ until: event.currentTarget.value, cursor: "" })}
        w={150}
      />
    </>
  );
}

function EntryDetails({ entry }: { entry: Entry }) {
  const facts: [string, string | undefined][] = [
    ["Note", entry.note],
    ["Message", entry.message],
    ["Status", entry.status === undefined ? undefined : String(entry.status)],
    ["Subject", [entry.subject_kind, entry.subject_id].filter(Boolean).join(" ")],
    ["Revision", entry.revision],
    ["Operation", entry.operation],
    ["Program", entry.user_agent],
    ["Request", entry.request_id],
  ];
  return (
    <Stack gap="sm" p="sm">
      <Table w="auto" verticalSpacing={2} fz="sm">
        <Table.Tbody>
          {facts
            .filter(([, value]) => value)
            .map(([name, value]) => (
              <Table.Tr key={name}>
                <Table.Th fw={500}>{name}</Table.Th>
                <Table.Td style={{ overflowWrap: "anywhere" }}>{value}</Table.Td>
              </Table.Tr>
            ))}
        </Table.Tbody>
      </Table>
      {(entry.before || entry.after) && (
        <Group align="flex-start" grow>
          {(
            [
              ["Before", entry.before],
              ["After", entry.after],
            ] as const
          ).map(([name, state]) => (
            <Fragment key={name}>
              <div>
                <Text size="xs" c="dimmed">
                  {name}
                </Text>
                <Code block style={{ maxHeight: 320, overflow: "auto" }}>
                  {state ? JSON.stringify(state, null, 2) : "nothing"}
                </Code>
              </div>
            </Fragment>
          ))}
        </Group>
      )}
    </Stack>
  );
}
