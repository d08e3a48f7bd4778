/** The live tail: events as they come in, accepted and refused. */

import {
  Autocomplete,
  Badge,
  Button,
  Card,
  Group,
  Loader,
  SegmentedControl,
  Text,
  TextInput,
} from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import {
  IconActivity,
  IconPlayerPause,
  IconPlayerPlay,
  IconPlugConnected,
  IconPlugConnectedX,
} from "@tabler/icons-react";
import { useMemo, useState } from "react";
import { useDefinitions } from "@/api/definitions";
import { useMay } from "@/session/session";
import { EmptyState, ErrorPanel } from "@/shared/feedback";
import { Page } from "@/shared/page";
import { type UrlState, useUrlState } from "@/shared/url-state";
import { DebuggerTabs } from "../debugger/debugger-tabs";
import { ROWS_MAX, type Tail, type TailAction } from "./tail-rows";
import { TailTable } from "./tail-table";
import { type Connection, useTail } from "./use-tail";

const NAMES_SHOWN = 20;

export function TailScreen() {
  const [url, setUrl] = useUrlState();
  const { tail, act, connection, error } = useTail({
    status: url.status,
    name: url.name,
    identity_id: url.identity,
    api_key: url.key,
    text: url.q,
  });
  const isNarrowed = [url.status, url.name, url.identity, url.key, url.q].some(Boolean);
  return (
    <Page
      title="Live tail"
      lead="Events as they reach the server, before duplicates are left out. From now on: what came earlier is on the players' pages and in the debugger."
      actions={<Controls tail={tail} act={act} />}
    >
      <DebuggerTabs current="tail" />
      <div>
        <Group mb="sm" gap="sm">
          <Filters url={url} setUrl={setUrl} />
          <Group gap="xs" ml="auto" role="status">
            <ConnectionBadge connection={connection} paused={tail.paused} />
            {tail.paused && <HeldWords tail={tail} />}
          </Group>
        </Group>
        {error !== null && connection === "broken" && (
          <ErrorPanel error={error} title="Not connected; this tries again by itself" />
        )}
        {tail.rows.length > 0 ? (
          <>
            <TailTable rows={tail.rows} />
            <Text size="sm" c="dimmed" mt="xs">
              {tail.count.toLocaleString("en")} came since this was opened
              {tail.count > ROWS_MAX && `; the latest ${ROWS_MAX} are kept here`}.
            </Text>
          </>
        ) : (
          <Card padding={0}>
            <EmptyState
              title={isNarrowed ? "Nothing like this has come yet" : "Waiting for events"}
              icon={<IconActivity size={28} stroke={1.5} />}
            >
              {isNarrowed
                ? "Take filters away to see all that comes in."
                : "Play the game, or send an event: it shows up here within a second."}
            </EmptyState>
          </Card>
        )}
      </div>
    </Page>
  );
}

function Controls({ tail, act }: { tail: Tail; act: (action: TailAction) => void }) {
  return (
    <>
      <Button
        variant="default"
        disabled={tail.rows.length === 0}
        onClick={() => act({ type: "clear" })}
      >
        Clear
      </Button>
      <Button
        leftSection={tail.paused ? <IconPlayerPlay size={16} /> : <IconPlayerPause size={16} />}
        onClick={() => act({ type: tail.paused ? "resume" : "pause" })}
      >
        {tail.paused ? "Resume" : "Pause"}
      </Button>
    </>
  );
}

function HeldWords({ tail }: { tail: Tail }) {
  const held = tail.held.length.toLocaleString("en");
  return (
    <Text size="sm" c="dimmed">
      {held} held
      {tail.lost > 0 && `, ${tail.lost.toLocaleString("en")} too many to hold`}
    </Text>
  );
}

function ConnectionBadge({ connection, paused }: { connection: Connection; paused: boolean }) {
  switch (connection) {
    case "connecting":
      return (
        <Badge color="gray" leftSection={<Loader size={10} color="gray" />}>
          Connecting
        </Badge>
      );
    case "broken":
      return (
        <Badge color="red" leftSection={<IconPlugConnectedX size={12} aria-hidden />}>
          Not connected
        </Badge>
      );
    case "live":
      return paused ? (
        <Badge color="yellow" leftSection={<IconPlayerPause size={12} aria-hidden />}>
          Paused
        </Badge>
      ) : (
        <Badge color="teal" leftSection={<IconPlugConnected size={12} aria-hidden />}>
          Live
        </Badge>
      );
  }
}

interface FilterProps {
  url: UrlState;
  setUrl: (changes: UrlState) => void;
}

function Filters({ url, setUrl }: FilterProps) {
  return (
    <>
      <SegmentedControl
        aria-label="Accepted or refused"
        data={[
          { value: "", label: "All" },
          { value: "accepted", label: "Accepted" },
          { value: "rejected", label: "Refused" },
        ]}
        value={url.status ?? ""}
        onChange={(status) => setUrl({ status })}
      />
      <NameFilter url={url} setUrl={setUrl} />
      <TextFilter name="identity" label="Player id" url={url} setUrl={setUrl} />
      <TextFilter name="key" label="API key" url={url} setUrl={setUrl} />
      <TextFilter name="q" label="With this text" url={url} setUrl={setUrl} />
    </>
  );
}

/** A text that is told once typing pauses. */
function useTyped({ url, setUrl, name }: FilterProps & { name: string }) {
  const [text, setText] = useState(url[name] ?? "");
  const tell = useDebouncedCallback((value: string) => setUrl({ [name]: value.trim() }), 400);
  return {
    value: text,
    onType: (value: string) => {
      setText(value);
      tell(value);
    },
  };
}

function NameFilter(props: FilterProps) {
  const typed = useTyped({ ...props, name: "name" });
  const mayRead = useMay("taxonomy", "read");
  const events = useDefinitions("taxonomy/event", { enabled: mayRead });
  const names = useMemo(() => (events.data ?? []).map((event) => event.name), [events.data]);
  return (
    <Autocomplete
      aria-label="Event name"
      placeholder="Event name"
      data={names}
      limit={NAMES_SHOWN}
      value={typed.value}
      onChange={typed.onType}
      w={150}
    />
  );
}

function TextFilter({
  name,
  label,
  url,
  setUrl,
}: FilterProps & { name: "identity" | "key" | "q"; label: string }) {
  const typed = useTyped({ url, setUrl, name });
  return (
    <TextInput
      aria-label={label}
      placeholder={label}
      value={typed.value}
      onChange={(event) => typed.onType(event.currentTarget.value)}
      w={130}
    />
  );
}
