/** What is done to an experiment as a whole. The main thing by where it stands comes last. */

import { ActionIcon, Button, Menu, TextInput } from "@mantine/core";
import {
  IconArchive,
  IconArchiveOff,
  IconCopy,
  IconDots,
  IconPlayerPlay,
  IconPlayerStop,
  IconTrophy,
} from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useMay } from "@/session/session";
import { DeleteDefinition } from "@/shared/delete-definition";
import { ConfirmDialog } from "@/shared/dialogs";
import { say } from "@/shared/feedback";
import { CopyDialog } from "./copy-dialog";
import type { Experiment } from "./draft";
import { LaunchNotes } from "./launch-notes";
import { PromoteDialog } from "./promote-dialog";
import { type Act, useAct } from "./queries";
import { lastBegun } from "./standing";
import { useNow } from "./use-now";

const WORDS: Record<Act, { title: string; confirm: string; told: string; done: string }> = {
  launch: {
    title: "Launch it?",
    confirm: "Launch",
    told: "Its phases come by themselves, each at its time.",
    done: "is launched.",
  },
  end: {
    title: "End it now?",
    confirm: "End experiment",
    told: "The running phase ends, and those that were still to come do not come. Its players lose their variants at once. What ran cannot be begun again, only copied.",
    done: "is over.",
  },
  archive: {
    title: "Archive it?",
    confirm: "Archive",
    told: "It leaves the list, and refers to nothing any more: its flags and audiences can be changed and deleted. Its results and history stay.",
    done: "is archived.",
  },
  unarchive: {
    title: "Take it out of the archive?",
    confirm: "Take out",
    told: "It is what it was before. What it refers to must still be there.",
    done: "is out of the archive.",
  },
};

export function ExperimentActions({ experiment }: { experiment: Experiment }) {
  const nowS = useNow();
  const navigate = useNavigate();
  const mayWrite = useMay("experiment", "write");
  const mayPromote = useMay("flag", "write") && lastBegun(experiment, nowS) !== undefined;
  const [asked, setAsked] = useState<Act | "copy" | "promote" | null>(null);
  const { state } = experiment;
  const isOn = state === "running" || state === "scheduled";
  const close = () => setAsked(null);
  return (
    <>
      {(state === "draft" || state === "archived") && (
        <DeleteDefinition
          kind="experiment"
          definition={experiment}
          consequence="Nobody is in it, so nothing changes for players."
          onDeleted={() => navigate({ to: "/experiments" as string })}
        />
      )}
      {mayWrite && (
        <>
          <MoreActions state={state} onAsk={setAsked} />
          {isOn && (
            <Button
              variant="default"
              leftSection={<IconPlayerStop size={16} />}
              onClick={() => setAsked("end")}
            >
              End
            </Button>
          )}
          {state === "draft" && (
            <Button leftSection={<IconPlayerPlay size={16} />} onClick={() => setAsked("launch")}>
              Launch
            </Button>
          )}
        </>
      )}
      {mayPromote && state !== "archived" && (
        <Button leftSection={<IconTrophy size={16} />} onClick={() => setAsked("promote")}>
          Promote a variant
        </Button>
      )}
      {asked === "copy" && <CopyDialog experiment={experiment} onClose={close} />}
      {asked === "promote" && <PromoteDialog experiment={experiment} onClose={close} />}
      {asked && asked in WORDS && (
        <ActDialog experiment={experiment} act={asked as Act} onClose={close} />
      )}
    </>
  );
}

function MoreActions({
  state,
  onAsk,
}: {
  state: Experiment["state"];
  onAsk: (asked: Act | "copy") => void;
}) {
  const canBeArchived = state === "draft" || state === "ended";
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon variant="default" size={36} aria-label="More actions">
          <IconDots size={16} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item leftSection={<IconCopy size={16} />} onClick={() => onAsk("copy")}>
          Copy as a draft
        </Menu.Item>
        {canBeArchived && (
          <Menu.Item leftSection={<IconArchive size={16} />} onClick={() => onAsk("archive")}>
            Archive
          </Menu.Item>
        )}
        {state === "archived" && (
          <Menu.Item leftSection={<IconArchiveOff size={16} />} onClick={() => onAsk("unarchive")}>
            Take out of the archive
          </Menu.Item>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}

function ActDialog({
  experiment,
  act,
  onClose,
}: {
  experiment: Experiment;
  act: Act;
  onClose: () => void;
}) {
  const [note, setNote] = useState("");
  const run = useAct(experiment.id);
  const words = WORDS[act];
  return (
    <ConfirmDialog
      opened
      onClose={onClose}
      title={words.title}
      confirm={words.confirm}
      danger={act === "end"}
      onConfirm={async () => {
        await run.mutateAsync({ act, version: experiment.version, ...(note ? { note } : {}) });
        say(`${experiment.name} ${words.done}`);
      }}
    >
      {words.told}
      {act === "launch" && <LaunchNotes experiment={experiment} />}
      <TextInput
        mt="sm"
        label="Why"
        description="For the history"
        value={note}
        onChange={(event) => setNote(event.currentTarget.value)}
        maxLength={1000}
      />
    </ConfirmDialog>
  );
}
