/** What is done to a phase at once: ending it, and letting nobody new in. */

import { Button, TextInput, Tooltip } from "@mantine/core";
import { IconLock, IconLockOpen, IconPlayerStop } from "@tabler/icons-react";
import { useState } from "react";
import { Allowed } from "@/session/session";
import { ConfirmDialog } from "@/shared/dialogs";
import { say } from "@/shared/feedback";
import type { Experiment, Phase } from "./draft";
import { type PhaseAct, usePhaseAct } from "./queries";

const WORDS: Record<PhaseAct, { title: string; confirm: string; told: string; done: string }> = {
  end: {
    title: "End this phase now?",
    confirm: "End phase",
    told: "Its players lose their variants at once, and have what they would have without it. A phase that is over cannot be begun again, only copied.",
    done: "is over.",
  },
  lock: {
    title: "Let nobody new in?",
    confirm: "Lock",
    told: "Who takes part keeps their variant until the phase ends; nobody else gets a place until it is unlocked.",
    done: "is locked.",
  },
  unlock: {
    title: "Let players in again?",
    confirm: "Unlock",
    told: "Players get places again from now on, if there are any left.",
    done: "is unlocked.",
  },
};

export function PhaseActions({
  experiment,
  phase,
  dirty,
}: {
  experiment: Experiment;
  phase: Phase;
  /** Whether there are changes that are not saved: they come first. */
  dirty: boolean;
}) {
  const [asked, setAsked] = useState<PhaseAct | null>(null);
  const [note, setNote] = useState("");
  const act = usePhaseAct(experiment.id);
  if (phase.state !== "running") {
    return null;
  }
  const close = () => {
    setAsked(null);
    setNote("");
  };
  const lock = phase.locked ? "unlock" : "lock";
  const words = asked && WORDS[asked];
  return (
    <Allowed entity="experiment" action="write">
      <Tooltip label="Save or discard your changes first" disabled={!dirty}>
        <Button.Group>
          <Button
            size="xs"
            variant="default"
            leftSection={phase.locked ? <IconLockOpen size={14} /> : <IconLock size={14} />}
            disabled={dirty}
            onClick={() => setAsked(lock)}
          >
            {WORDS[lock].confirm}
          </Button>
          <Button
            size="xs"
            variant="default"
            leftSection={<IconPlayerStop size={14} />}
            disabled={dirty}
            onClick={() => setAsked("end")}
          >
            End
          </Button>
        </Button.Group>
      </Tooltip>
      {asked && words && (
        <ConfirmDialog
          opened
          onClose={close}
          title={words.title}
          confirm={words.confirm}
          danger={asked === "end"}
          onConfirm={async () => {
            await act.mutateAsync({
              phase: phase.id,
              act: asked,
              version: experiment.version,
              ...(note ? { note } : {}),
            });
            say(`Phase ${phase.name} ${words.done}`);
          }}
        >
          {words.told}
          <TextInput
            mt="sm"
            label="Why"
            description="For the history"
            value={note}
            onChange={(event) => setNote(event.currentTarget.value)}
            maxLength={1000}
          />
        </ConfirmDialog>
      )}
    </Allowed>
  );
}
