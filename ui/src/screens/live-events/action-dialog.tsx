/** Asks before a live event is launched, stopped, resumed or put away, and says what that does. */

import { Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { useMay } from "@/session/session";
import { ConfirmDialog } from "@/shared/dialogs";
import { say } from "@/shared/feedback";
import { AddToChangeSet } from "@/shared/saving/add-to-change-set";
import { ImpactDialog } from "@/shared/saving/impact-dialog";
import type { LiveEvent } from "./draft";
import { useAction, type Verb } from "./use-action";

interface Words {
  title: string;
  confirm: string;
  done: string;
  told: string;
}

const EVENT_WORDS: Record<Verb, Words> = {
  launch: {
    title: "Launch",
    confirm: "Launch",
    done: "is launched",
    told: "Its runs come as scheduled; one whose time has begun is on at once. It cannot become a draft again.",
  },
  stop: {
    title: "Stop",
    confirm: "Stop it now",
    done: "is stopped",
    told: "The run that is on ends at once for all players, and there are no others until somebody resumes it.",
  },
  resume: {
    title: "Resume",
    confirm: "Resume",
    done: "goes on",
    told: "A run whose time is not over goes on at once to the end it had, and who took part in it still does. Runs that were to be meanwhile are not made up for.",
  },
  archive: {
    title: "Archive",
    confirm: "Archive",
    done: "is archived",
    told: "It ends at once and is put away: lists leave it out, and the flags and audiences that it used can be changed and deleted. It can be taken out again.",
  },
  unarchive: {
    title: "Take out of the archive:",
    confirm: "Take it out",
    done: "is out of the archive",
    told: "It comes back stopped, or as the draft that it was: nothing reaches players before it is resumed or launched. This is refused where something that it uses is gone.",
  },
};

const RUN_WORDS: Partial<Record<Verb, Words>> = {
  stop: {
    title: "Stop one run of",
    confirm: "Stop this run",
    done: "has this run stopped",
    told: "Only this run ends now, or does not begin; those that come later are as they were.",
  },
  resume: {
    title: "Resume one run of",
    confirm: "Resume this run",
    done: "has this run again",
    told: "This run goes on to the end it had, if its time is not over; who took part in it still does.",
  },
};

/** The fields that an action changes, for change sets and impacts; those of a stop are the server's. */
const FIELDS: Partial<Record<Verb, Record<string, unknown>>> = {
  launch: { draft: false },
  archive: { archived: true },
};

export interface AskedAction {
  verb: Verb;
  /** The key of a run, and when it is, in words. */
  run?: string;
  runWords?: string;
}

export function ActionDialog({
  event,
  action,
  onClose,
}: {
  event: LiveEvent;
  action: AskedAction;
  onClose: () => void;
}) {
  const { verb, run } = action;
  const act = useAction(event);
  const mayDraft = useMay("change_set", "write");
  const [note, setNote] = useState("");
  const [more, setMore] = useState<"impact" | "set" | null>(null);
  const words = (run === undefined ? undefined : RUN_WORDS[verb]) ?? EVENT_WORDS[verb];
  const fields = FIELDS[verb];
  const change = {
    kind: "live_event",
    action: "update" as const,
    id: event.id,
    definition: fields ?? {},
  };
  if (more === "impact") {
    return <ImpactDialog changes={[change]} onClose={() => setMore(null)} />;
  }
  if (more === "set") {
    return (
      <AddToChangeSet
        change={{ ...change, base_version: event.version }}
        onClose={() => setMore(null)}
        onAdded={onClose}
      />
    );
  }
  return (
    <ConfirmDialog
      opened
      onClose={onClose}
      title={`${words.title} ${event.name}${verb === "unarchive" ? "" : "?"}`}
      confirm={words.confirm}
      danger={verb === "stop" || verb === "archive"}
      onConfirm={async () => {
        await act.mutateAsync({ verb, note, run });
        say(`${event.name} ${words.done}.`);
      }}
    >
      <Stack gap="sm">
        {action.runWords && <Text size="sm">{action.runWords}</Text>}
        <Text size="sm">{words.told}</Text>
        <TextInput
          label="Why? (for the history)"
          value={note}
          maxLength={1000}
          onChange={(each) => setNote(each.currentTarget.value)}
        />
        {fields && (
          <Group gap="xs">
            <Button size="xs" variant="default" onClick={() => setMore("impact")}>
              See impact
            </Button>
            {mayDraft && (
              <Button size="xs" variant="default" onClick={() => setMore("set")}>
                Add to change set instead
              </Button>
            )}
          </Group>
        )}
      </Stack>
    </ConfirmDialog>
  );
}
