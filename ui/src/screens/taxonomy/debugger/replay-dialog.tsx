/** Replaying refused events that pass now: how many, then doing it, then what became of them. */

import { Button, Group, Modal, Progress, Stack, Text } from "@mantine/core";
import { IconPlayerTrackNext } from "@tabler/icons-react";
import { useState } from "react";
import { Allowed } from "@/session/session";
import { ErrorPanel, Waiting } from "@/shared/feedback";
import { OutcomeView } from "./outcome";
import { type Filter, useOpenCount, usePreview, useReplay } from "./queries";

/** A button for who may replay. */
export function ReplayButton({
  filter,
  what,
  label = "Replay",
}: {
  filter: Filter;
  what: string;
  label?: string;
}) {
  const [opened, setOpened] = useState(false);
  return (
    <Allowed entity="event" action="write">
      <Button
        variant="default"
        leftSection={<IconPlayerTrackNext size={16} />}
        onClick={() => setOpened(true)}
      >
        {label}
      </Button>
      {opened && <ReplayDialog filter={filter} what={what} onClose={() => setOpened(false)} />}
    </Allowed>
  );
}

function ReplayDialog({
  filter,
  what,
  onClose,
}: {
  filter: Filter;
  what: string;
  onClose: () => void;
}) {
  const preview = usePreview(filter, {});
  const replay = useReplay();
  const passing = preview.data?.would_pass ?? 0;
  return (
    <Modal opened onClose={onClose} title={`Replay ${what}`} size={620}>
      <Stack>
        {replay.data ? (
          <OutcomeView
            passed={replay.data.replayed}
            refused={replay.data.still_refused}
            skipped={replay.data.skipped}
            done
          />
        ) : replay.isPending ? (
          <ReplayProgress name={filter.name ?? undefined} expected={passing} />
        ) : preview.error ? (
          <ErrorPanel error={preview.error} retry={() => preview.refetch()} />
        ) : preview.data ? (
          <OutcomeView
            passed={passing}
            refused={preview.data.would_be_refused}
            skipped={preview.data.skipped}
            done={false}
          />
        ) : (
          <Waiting label="Looking at the refused events" />
        )}
        {replay.error && <ErrorPanel error={replay.error} />}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            {replay.data ? "Close" : "Cancel"}
          </Button>
          {!replay.data && (
            <Button
              onClick={() => replay.mutate(filter)}
              loading={replay.isPending}
              disabled={passing === 0}
            >
              Replay {passing.toLocaleString("en")} {passing === 1 ? "event" : "events"}
            </Button>
          )}
        </Group>
      </Stack>
    </Modal>
  );
}

/** How far a replay is, as far as the list of open events tells. */
export function ReplayProgress({ name, expected }: { name: string | undefined; expected: number }) {
  const open = useOpenCount(name ?? "", name !== undefined);
  const [first, setFirst] = useState<number | null>(null);
  if (first === null && open.data !== undefined) {
    setFirst(open.data);
  }
  const done = first === null ? 0 : Math.max(0, first - (open.data ?? first));
  const percent = expected > 0 ? Math.min(100, (done / expected) * 100) : 0;
  return (
    <Stack gap={6} role="status">
      <Text size="sm">
        Replaying {expected.toLocaleString("en")} {expected === 1 ? "event" : "events"}
        {done > 0 && `: ${done.toLocaleString("en")} are taken in`}
      </Text>
      <Progress
        value={percent > 0 ? percent : 100}
        animated
        striped={percent === 0}
        aria-label="Progress of the replay"
      />
    </Stack>
  );
}
