/** Makes a draft like an experiment, for another time. */

import { TextInput } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { ConfirmDialog } from "@/shared/dialogs";
import { say } from "@/shared/feedback";
import { MomentInput } from "@/shared/moment-input";
import type { Experiment } from "./draft";
import { useCopy } from "./queries";

export function CopyDialog({
  experiment,
  onClose,
}: {
  experiment: Experiment;
  onClose: () => void;
}) {
  const navigate = useNavigate();
  const [name, setName] = useState(`${experiment.name.slice(0, 59)} copy`);
  const [start, setStart] = useState("");
  const copy = useCopy(experiment.id);
  return (
    <ConfirmDialog
      opened
      onClose={onClose}
      title={`Copy ${experiment.name}`}
      confirm="Make a draft"
      onConfirm={async () => {
        const made = await copy.mutateAsync({
          name: name.trim(),
          ...(start ? { start_time_sec: start } : {}),
        });
        say(`${made.name} is made, as a draft.`);
        void navigate({ to: `/experiments/${encodeURIComponent(made.name)}` as string });
      }}
    >
      The draft has the same phases at the same distances, and nothing of what happened to them.
      <TextInput
        label="Name"
        mt="sm"
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        required
        maxLength={64}
        data-autofocus
      />
      {experiment.phases.length > 0 && (
        <div style={{ marginTop: "var(--mantine-spacing-sm)" }}>
          <MomentInput label="Its first phase begins" value={start} onChange={setStart} />
          Without a time: at the old one, or if that is over, at the same time of the day within a
          day.
        </div>
      )}
    </ConfirmDialog>
  );
}
