/** What can be done with a change set: the next step as a button, the rest in a menu. */

import { ActionIcon, Button, Group, Menu, Modal, Stack, Text, Textarea } from "@mantine/core";
import { DateTimePicker } from "@mantine/dates";
import { IconDots } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import dayjs from "dayjs";
import { useState } from "react";
import { ErrorPanel, say } from "@/shared/feedback";
import type { ActionName, ChangeSet, Diff } from "./change-set-states";
import { useAct } from "./queries";

interface Words {
  label: string;
  question: string;
  done: string;
  danger?: boolean;
}

const WORDS: Record<ActionName, Words> = {
  submit: {
    label: "Ask for approval",
    question: "Somebody who has not changed the set looks at it and approves it, or sends it back.",
    done: "It waits for approval.",
  },
  withdraw: {
    label: "Withdraw",
    question: "It is a draft again. Approvals that it has are void.",
    done: "It is a draft again.",
  },
  approve: {
    label: "Approve",
    question: "You have looked at every change and at what it does to players.",
    done: "You have approved it.",
  },
  reject: {
    label: "Send back",
    question: "It is a draft again, with what you say.",
    done: "It is sent back.",
  },
  publish: {
    label: "Publish now",
    question: "All changes take effect at once, for all players, within a second.",
    done: "It is published.",
  },
  schedule: {
    label: "Publish later",
    question: "It is published by itself at that time, if nothing stands in its way then.",
    done: "It is scheduled.",
  },
  cancel: {
    label: "Do not publish at that time",
    question: "It stays as it is, and is not published by itself.",
    done: "It is not scheduled any more.",
  },
  discard: {
    label: "Discard",
    question: "The set is given up. It stays in the list, and cannot be published any more.",
    done: "It is discarded.",
    danger: true,
  },
  rollback: {
    label: "Roll back",
    question:
      "Everything that this set changed becomes again what it was before, at once. It is refused if something was changed since.",
    done: "It is rolled back.",
    danger: true,
  },
};

/** Buttons for what can be done. */
export function ChangeSetActions({
  set,
  diff,
  actions,
}: {
  set: ChangeSet;
  diff: Diff | undefined;
  actions: ActionName[];
}) {
  const [asked, setAsked] = useState<ActionName | null>(null);
  const [first, ...rest] = actions;
  if (first === undefined) {
    return null;
  }
  const blocked = first === "publish" && diff !== undefined && !diff.ready;
  return (
    <Group gap="xs">
      {rest.length > 0 && (
        <Menu position="bottom-end">
          <Menu.Target>
            <ActionIcon variant="default" size="lg" aria-label="More actions">
              <IconDots size={18} />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            {rest.map((action) => (
              <Menu.Item
                key={action}
                color={WORDS[action].danger ? "red" : undefined}
                onClick={() => setAsked(action)}
              >
                {WORDS[action].label}
              </Menu.Item>
            ))}
          </Menu.Dropdown>
        </Menu>
      )}
      <Button
        color={WORDS[first].danger ? "red" : undefined}
        disabled={blocked}
        title={blocked ? "Mend what stands in its way first" : undefined}
        onClick={() => setAsked(first)}
      >
        {WORDS[first].label}
      </Button>
      {asked && <ActionDialog set={set} action={asked} onClose={() => setAsked(null)} />}
    </Group>
  );
}

function ActionDialog({
  set,
  action,
  onClose,
}: {
  set: ChangeSet;
  action: ActionName;
  onClose: () => void;
}) {
  const navigate = useNavigate();
  const act = useAct(set.id);
  const [note, setNote] = useState("");
  const [at, setAt] = useState<string | null>(null);
  const words = WORDS[action];
  const isLater = action === "schedule";
  const needsNote = action === "reject";
  const run = (asDraft: boolean) => {
    const body: Record<string, unknown> = { note };
    if (action !== "rollback") {
      // What was looked at is what is meant: a set that changed meanwhile is another one.
      body.version = set.version;
    }
    if (isLater) {
      body.at_time_sec = String(dayjs(at).unix());
    }
    if (asDraft) {
      body.draft = true;
    }
    act.mutate(
      { action, body },
      {
        onSuccess: async (told) => {
          say(asDraft ? "A draft that takes it back is ready to be looked at." : words.done);
          onClose();
          if (told.id !== set.id) {
            await navigate({ to: `/changes/${encodeURIComponent(told.id)}` as string });
          }
        },
      },
    );
  };
  return (
    <Modal opened onClose={onClose} title={`${words.label}: ${set.name}`}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          run(false);
        }}
      >
        <Stack>
          <Text size="sm">{words.question}</Text>
          {isLater && (
            <DateTimePicker
              label="When"
              description={`Time of this device (${Intl.DateTimeFormat().resolvedOptions().timeZone})`}
              required
              minDate={new Date()}
              value={at}
              onChange={setAt}
              popoverProps={{ withinPortal: true }}
            />
          )}
          <Textarea
            label={needsNote ? "What is wrong with it" : "Note"}
            required={needsNote}
            autosize
            minRows={2}
            maxLength={1000}
            value={note}
            onChange={(event) => setNote(event.currentTarget.value)}
            data-autofocus
          />
          {act.error && <ErrorPanel error={act.error} title="Not done" />}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            {action === "rollback" && (
              <Button variant="default" loading={act.isPending} onClick={() => run(true)}>
                Make a draft of it
              </Button>
            )}
            <Button
              type="submit"
              color={words.danger ? "red" : undefined}
              loading={act.isPending}
              disabled={(isLater && !at) || (needsNote && !note.trim())}
            >
              {words.label}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
