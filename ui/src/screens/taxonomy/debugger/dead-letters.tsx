/** Dead letters: what they say, why they failed, and replaying or dismissing them. */

import { Alert, Badge, Button, Code, Group, List, Select, Stack, Text } from "@mantine/core";
import { IconCircleCheck, IconPlayerTrackNext, IconTrash } from "@tabler/icons-react";
import { useState } from "react";
import type { Schemas } from "@/api/client";
import { Allowed, useMay } from "@/session/session";
import { JsonView } from "@/shared/code";
import { type Column, CursorTable } from "@/shared/data-table";
import { ConfirmDialog } from "@/shared/dialogs";
import { EmptyState, ErrorPanel, say } from "@/shared/feedback";
import { Time } from "@/shared/time";
import { useUrlState } from "@/shared/url-state";
import { type DeadLetter, useDeadLetters, useDismissLetters, useReplayLetters } from "./queries";

const COLUMNS: Column<DeadLetter>[] = [
  {
    key: "error",
    header: "Error",
    cell: (letter) => (
      <Group gap="xs">
        <Text size="sm" lineClamp={2} style={{ overflowWrap: "anywhere" }}>
          {letter.error}
        </Text>
        {letter.status === "closed" && <Badge color="teal">Applied since</Badge>}
      </Group>
    ),
  },
  {
    key: "entries",
    header: "Entries",
    align: "right",
    width: 90,
    cell: (letter) => letter.entries.length.toLocaleString("en"),
  },
  {
    key: "attempts",
    header: "Attempts",
    align: "right",
    width: 100,
    cell: (letter) => letter.attempts.toLocaleString("en"),
  },
  {
    key: "failed",
    header: "Last failed",
    width: 140,
    cell: (letter) => <Time seconds={letter.fail_time_sec} />,
  },
];

export function DeadLetters() {
  const [url, setUrl] = useUrlState();
  const conditions = new URLSearchParams(
    Object.entries({ "search.error.like": url.q, "search.status.exact": url.status }).filter(
      (each): each is [string, string] => Boolean(each[1]),
    ),
  );
  const letters = useDeadLetters(conditions, url.cursor ?? "");
  const rows = letters.data?.dead_letters;
  const replay = useReplayLetters();
  const hasOpen = (rows ?? []).some((letter) => letter.status === "open");
  return (
    <Stack>
      {replay.data && <Replayed outcome={replay.data} />}
      {replay.error && <ErrorPanel error={replay.error} />}
      <CursorTable
        label="Dead letters"
        rows={rows}
        columns={COLUMNS}
        rowKey={(letter) => letter.id}
        rowName={(letter) => `dead letter ${letter.id}`}
        detail={(letter) => (
          <LetterFacts
            letter={letter}
            onReplay={() => replay.mutate([letter.id])}
            isReplaying={replay.isPending}
          />
        )}
        error={letters.data ? null : letters.error}
        retry={() => letters.refetch()}
        search={url.q ?? ""}
        onSearch={(q) => setUrl({ q, cursor: "" })}
        searchPlaceholder="Search errors"
        filtered={Boolean(url.q || url.status)}
        filters={
          <>
            <Select
              aria-label="Open or closed"
              data={[
                { value: "open", label: "Open" },
                { value: "closed", label: "Applied since" },
                { value: "all", label: "All" },
              ]}
              value={url.status ?? "open"}
              onChange={(status) =>
                setUrl({ status: status === "open" ? "" : (status ?? ""), cursor: "" })
              }
              allowDeselect={false}
              w={150}
            />
            {hasOpen && (
              <Allowed entity="event" action="write">
                <Button
                  ml="auto"
                  leftSection={<IconPlayerTrackNext size={16} />}
                  loading={replay.isPending}
                  onClick={() => replay.mutate(undefined)}
                >
                  Replay all open ones
                </Button>
              </Allowed>
            )}
          </>
        }
        nextCursor={letters.data?.page_options.next_cursor}
        prevCursor={letters.data?.page_options.prev_cursor}
        onCursor={(cursor) => setUrl({ cursor })}
        empty={
          <EmptyState title="No dead letters" icon={<IconCircleCheck size={28} stroke={1.5} />}>
            Everything in the log was applied. A part that fails again and again, by a fault in the
            server, is put here, and the log goes on without it.
          </EmptyState>
        }
      />
    </Stack>
  );
}

function LetterFacts({
  letter,
  onReplay,
  isReplaying,
}: {
  letter: DeadLetter;
  onReplay: () => void;
  isReplaying: boolean;
}) {
  const [asks, setAsks] = useState(false);
  const dismiss = useDismissLetters();
  const mayWrite = useMay("event", "write");
  const mayDelete = useMay("event", "delete");
  const isOpen = letter.status === "open";
  return (
    <Stack gap="sm" maw={860}>
      <Text size="sm" component="div" style={{ overflowWrap: "anywhere" }}>
        Position <Code>{letter.position}</Code> of the log: {letter.error}
      </Text>
      {letter.problem ? (
        <Text size="sm">{letter.problem}.</Text>
      ) : (
        <JsonView label={`Entries of dead letter ${letter.id}`} value={letter.entries} />
      )}
      <Group gap="xs">
        {isOpen && mayWrite && (
          <Button size="xs" onClick={onReplay} loading={isReplaying}>
            Replay
          </Button>
        )}
        {mayDelete && (
          <Button
            size="xs"
            variant="default"
            leftSection={<IconTrash size={14} />}
            onClick={() => setAsks(true)}
          >
            Dismiss
          </Button>
        )}
      </Group>
      <ConfirmDialog
        opened={asks}
        onClose={() => setAsks(false)}
        title="Dismiss this dead letter?"
        confirm="Dismiss for good"
        danger
        onConfirm={async () => {
          await dismiss.mutateAsync([letter.id]);
          say("The dead letter is gone.");
        }}
      >
        {isOpen
          ? "Its entries are skipped for good: what they say never counts."
          : "It was applied already; only this note of it goes."}
      </ConfirmDialog>
    </Stack>
  );
}

function Replayed({ outcome }: { outcome: Schemas["LettersReplayed"] }) {
  const { skipped } = outcome;
  const notes: [number, string][] = [
    [skipped.closed.length, "were applied already"],
    [skipped.under_way.length, "are being replayed already"],
    [skipped.undecodable.length, "cannot be read by this version of the server"],
    [skipped.unknown.length, "are no longer kept"],
  ];
  const count = outcome.replayed.length;
  return (
    <Alert
      color={count > 0 ? "teal" : "gray"}
      variant="light"
      icon={<IconCircleCheck />}
      title={`${count.toLocaleString("en")} ${count === 1 ? "is" : "are"} on their way into the log`}
      aria-live="polite"
    >
      Each is applied once. What fails again stays here, with the new error.
      <List size="sm">
        {notes
          .filter(([number]) => number > 0)
          .map(([number, what]) => (
            <List.Item key={what}>
              {number.toLocaleString("en")} {what}.
            </List.Item>
          ))}
      </List>
    </Alert>
  );
}
