/** What a player did: every event, or session by session. */

import {
  Alert,
  Button,
  Group,
  SegmentedControl,
  Switch,
  TagsInput,
  TextInput,
} from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconInfoCircle, IconSearch } from "@tabler/icons-react";
import { useState } from "react";
import { useDefinitions } from "@/api/definitions";
import { useMay } from "@/session/session";
import { useUrlState } from "@/shared/url-state";
import { EventList } from "./event-list";
import { SessionList } from "./session-list";
import { TimePicker } from "./time-picker";

/** The history of a player. */
export function EventsTab({ id }: { id: string }) {
  const [url, setUrl] = useUrlState();
  const bySession = url.view === "sessions";
  const live = url.live !== "off";
  return (
    <>
      <Group gap="sm">
        <SegmentedControl
          aria-label="How events are listed"
          data={[
            { value: "events", label: "All events" },
            { value: "sessions", label: "By session" },
          ]}
          value={bySession ? "sessions" : "events"}
          onChange={(view) => setUrl({ view: view === "events" ? "" : view })}
        />
        {!bySession && <EventTimes />}
        <Switch
          label="Live"
          checked={live}
          onChange={(event) => setUrl({ live: event.currentTarget.checked ? "" : "off" })}
          ml="auto"
        />
      </Group>
      {!bySession && <EventFilters />}
      {bySession ? (
        <SessionList playerId={id} live={live} />
      ) : (
        <EventList
          playerId={id}
          live={live}
          query={{
            "search.name.or": url.name ? url.name.split(",") : undefined,
            "search.text": url.q,
            from: url.from,
            until: url.until,
          }}
          empty={
            <Alert icon={<IconInfoCircle />} title="No events yet">
              Events are here seconds after the server took them. Those that it refused are in the
              debugger of the taxonomy.
            </Alert>
          }
        />
      )}
    </>
  );
}

function EventTimes() {
  const [url, setUrl] = useUrlState();
  const time = (key: "from" | "until", label: string) => (
    <TimePicker
      label={label}
      hideLabel
      placeholder={label}
      clear={`Clear: ${label}`}
      value={url[key] ? Number(url[key]) : null}
      onChange={(seconds) => setUrl({ [key]: seconds === null ? "" : String(seconds) })}
      width={196}
    />
  );
  return (
    <>
      {time("from", "From")}
      {time("until", "Until")}
    </>
  );
}

function EventFilters() {
  const [url, setUrl] = useUrlState();
  const declared = useDefinitions("taxonomy/event", { enabled: useMay("taxonomy", "read") });
  const [text, setText] = useState(url.q ?? "");
  const search = useDebouncedCallback((q: string) => setUrl({ q }), 250);
  const isFiltered = Boolean(url.q || url.name || url.from || url.until);
  return (
    <Group gap="sm">
      <TextInput
        type="search"
        aria-label="Search name, value and metadata"
        placeholder="Name, value, metadata"
        leftSection={<IconSearch size={16} />}
        value={text}
        onChange={(event) => {
          setText(event.currentTarget.value);
          search(event.currentTarget.value);
        }}
        w={240}
      />
      <TagsInput
        aria-label="Only events of these names"
        placeholder={url.name ? "" : "Any event"}
        data={(declared.data ?? []).map((event) => event.name)}
        value={url.name ? url.name.split(",") : []}
        onChange={(names) => setUrl({ name: names.join(",") })}
        clearable
        miw={240}
        maw={380}
      />
      {isFiltered && (
        <Button
          variant="subtle"
          onClick={() => {
            setText("");
            setUrl({ q: "", name: "", from: "", until: "" });
          }}
        >
          Clear
        </Button>
      )}
    </Group>
  );
}
