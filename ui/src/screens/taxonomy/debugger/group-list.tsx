/** Refused events by name and reason, the largest group first. */

import { Badge, Group as Line, MultiSelect, Select, Text, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { type Column, CursorTable } from "@/shared/data-table";
import { EmptyState } from "@/shared/feedback";
import { TextLink } from "@/shared/page";
import { Time } from "@/shared/time";
import { type UrlState, useUrlState } from "@/shared/url-state";
import { type Group, useGroups } from "./queries";
import { REASONS, shownName } from "./reasons";
import { conditionsOf, isNarrowed, PERIODS } from "./search";

const COLUMNS: Column<Group>[] = [
  {
    key: "name",
    header: "Event",
    cell: (group) => (
      <div style={{ overflowWrap: "anywhere" }}>
        <Line gap="xs">
          <TextLink to="/taxonomy/debugger/group" search={groupSearch(group)} fw={600}>
            {shownName(group.name)}
          </TextLink>
          {group.accepted_now && group.sample.status === "open" && (
            <Badge color="teal">Would be accepted now</Badge>
          )}
        </Line>
        <Text size="xs" c="dimmed" lineClamp={2}>
          {group.sample.problem}
        </Text>
      </div>
    ),
  },
  { key: "reason", header: "Why", cell: (group) => REASONS[group.reason].label, width: 150 },
  {
    key: "count",
    header: "Events",
    align: "right",
    cell: (group) => group.count.toLocaleString("en"),
    width: 90,
  },
  {
    key: "identities",
    header: "Players",
    align: "right",
    cell: (group) => group.identities.toLocaleString("en"),
    width: 90,
  },
  {
    key: "first",
    header: "First",
    wide: true,
    cell: (group) => <Time seconds={group.first_receive_time_sec} />,
    width: 130,
  },
  {
    key: "last",
    header: "Last",
    cell: (group) => <Time seconds={group.last_receive_time_sec} />,
    width: 130,
  },
];

function groupSearch(group: Group): Record<string, string> {
  return { name: group.name, reason: group.reason };
}

export function GroupList() {
  const [url, setUrl] = useUrlState();
  const navigate = useNavigate();
  const now = Math.floor(Date.now() / 1000);
  const groups = useGroups(conditionsOf(url, now), url.cursor ?? "");
  return (
    <CursorTable
      label="Refused events by name and reason"
      rows={groups.data?.groups}
      columns={COLUMNS}
      rowKey={(group) => `${group.reason} ${group.name}`}
      error={groups.data ? null : groups.error}
      retry={() => groups.refetch()}
      search={url.q ?? ""}
      onSearch={(q) => setUrl({ q, cursor: "" })}
      searchPlaceholder="Search by name"
      filters={<Filters url={url} setUrl={setUrl} />}
      filtered={isNarrowed(url)}
      nextCursor={groups.data?.page_options.next_cursor}
      prevCursor={groups.data?.page_options.prev_cursor}
      onCursor={(cursor) => setUrl({ cursor })}
      onRow={(group) =>
        navigate({
          to: "/taxonomy/debugger/group" as string,
          search: groupSearch(group) as never,
        })
      }
      empty={
        <EmptyState title="Nothing is refused">
          Every event that games sent is accepted. What does not fit the taxonomy shows up here,
          with the reason.
        </EmptyState>
      }
    />
  );
}

interface FilterProps {
  url: UrlState;
  setUrl: (changes: UrlState) => void;
}

function Filters({ url, setUrl }: FilterProps) {
  return (
    <>
      <MultiSelect
        aria-label="Only for these reasons"
        placeholder={url.reason ? "" : "Any reason"}
        data={Object.entries(REASONS).map(([value, { label }]) => ({ value, label }))}
        value={url.reason ? url.reason.split(",") : []}
        onChange={(reasons) => setUrl({ reason: reasons.join(","), cursor: "" })}
        clearable
        w={150}
      />
      <Select
        aria-label="Received when"
        placeholder="Any time"
        data={Object.entries(PERIODS).map(([value, { label }]) => ({ value, label }))}
        value={url.period ?? null}
        onChange={(period) => setUrl({ period: period ?? "", cursor: "" })}
        clearable
        w={132}
      />
      <Select
        aria-label="Open or closed"
        data={[
          { value: "open", label: "Open" },
          { value: "closed", label: "Accepted since" },
          { value: "all", label: "All" },
        ]}
        value={url.status ?? "open"}
        onChange={(status) =>
          setUrl({ status: status === "open" ? "" : (status ?? ""), cursor: "" })
        }
        allowDeselect={false}
        w={132}
      />
      <TextFilter name="identity" label="Player id" url={url} setUrl={setUrl} />
      <TextFilter name="key" label="API key" url={url} setUrl={setUrl} />
    </>
  );
}

function TextFilter({
  name,
  label,
  url,
  setUrl,
}: FilterProps & { name: "identity" | "key"; label: string }) {
  const [text, setText] = useState(url[name] ?? "");
  const tell = useDebouncedCallback((value: string) => setUrl({ [name]: value, cursor: "" }), 300);
  return (
    <TextInput
      aria-label={label}
      placeholder={label}
      value={text}
      onChange={(event) => {
        setText(event.currentTarget.value);
        tell(event.currentTarget.value.trim());
      }}
      w={110}
    />
  );
}
