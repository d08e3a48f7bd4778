/** Every change of every definition, the newest first. */

import { Badge, Code, Group, Select, Text } from "@mantine/core";
import type { Schemas } from "@/api/client";
import { KINDS, type Kind, kindOf } from "@/api/definitions";
import { type Column, CursorTable } from "@/shared/data-table";
import { EmptyState } from "@/shared/feedback";
import { Page, TextLink } from "@/shared/page";
import { Time } from "@/shared/time";
import { useUrlState } from "@/shared/url-state";
import { shortPath } from "./change-set-states";
import { ChangesTabs } from "./changes-tabs";
import { useHistory } from "./queries";

type Entry = Schemas["HistoryEntry"];

const COLOURS = { create: "teal", update: "blue", delete: "red" };
const PATHS_SHOWN = 4;

const COLUMNS: Column<Entry>[] = [
  {
    key: "what",
    header: "What",
    cell: (entry) => {
      const kind = kindOf(entry.kind);
      return (
        <Group gap="xs">
          <Badge color={COLOURS[entry.action]}>{entry.action}</Badge>
          <Text size="sm" component="div">
            {kind ? KINDS[kind].one : entry.kind}{" "}
            {kind && entry.action !== "delete" ? (
              <TextLink
                to={`${KINDS[kind].screen}/${encodeURIComponent(entry.name)}`}
                search={{ tab: "history" }}
                fw={600}
              >
                {entry.name}
              </TextLink>
            ) : (
              <strong>{entry.name}</strong>
            )}
          </Text>
        </Group>
      );
    },
  },
  {
    key: "where",
    header: "Where",
    wide: true,
    cell: (entry) => (
      <Group gap={4}>
        {entry.action === "update" &&
          entry.paths
            .slice(0, PATHS_SHOWN)
            .map((path) => <Code key={path}>{shortPath(path)}</Code>)}
        {entry.action === "update" && entry.path_count > PATHS_SHOWN && (
          <Text size="xs" c="dimmed">
            and {(entry.path_count - PATHS_SHOWN).toLocaleString("en")} more
          </Text>
        )}
      </Group>
    ),
  },
  {
    key: "why",
    header: "By, and why",
    cell: (entry) => (
      <div>
        <Text size="sm">{entry.changed_by.replace(/^(user|server_key):/, "")}</Text>
        {entry.note && (
          <Text size="xs" c="dimmed">
            {entry.note}
          </Text>
        )}
      </div>
    ),
  },
  {
    key: "when",
    header: "When",
    cell: (entry) => <Time seconds={entry.change_time_sec} />,
    width: 130,
  },
];

/** The history of all definitions. */
export function HistoryScreen() {
  const [url, setUrl] = useUrlState();
  const history = useHistory({
    kinds: url.kind ? [url.kind] : [],
    like: url.q ?? "",
    author: url.by ?? "",
    label: "",
    cursor: url.cursor ?? "",
  });
  return (
    <Page
      title="Changes"
      lead="Who changed which definition, when and why. Each one’s page has it whole, and restores it."
    >
      <ChangesTabs current="history" />
      <CursorTable
        label="History"
        rows={history.data?.changes}
        columns={COLUMNS}
        rowKey={(entry) => entry.version}
        error={history.error}
        retry={() => history.refetch()}
        search={url.q ?? ""}
        onSearch={(text) => setUrl({ q: text, cursor: "" })}
        searchPlaceholder="Search by name"
        filtered={Boolean(url.q || url.kind || url.by)}
        filters={
          <Select
            aria-label="Only of this kind"
            placeholder="Any kind"
            clearable
            value={url.kind ?? null}
            onChange={(kind) => setUrl({ kind: kind ?? "", cursor: "" })}
            data={(Object.keys(KINDS) as Kind[]).map((kind) => ({
              value: KINDS[kind].stored,
              label: KINDS[kind].many,
            }))}
            w={180}
          />
        }
        nextCursor={history.data?.page_options.next_cursor}
        prevCursor={history.data?.page_options.prev_cursor}
        onCursor={(cursor) => setUrl({ cursor })}
        empty={
          <EmptyState title="Nothing was ever changed">Every change shows up here.</EmptyState>
        }
      />
    </Page>
  );
}
