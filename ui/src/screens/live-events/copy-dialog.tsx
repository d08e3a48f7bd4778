/** Makes a draft like a live event, under another name. */

import { Stack, Text, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { call, pathOf } from "@/api/client";
import { useRefreshDefinitions } from "@/api/definitions";
import { ConfirmDialog } from "@/shared/dialogs";
import { say } from "@/shared/feedback";
import type { LiveEvent } from "./draft";
import { ZoneMoment } from "./zone-moment";

export function CopyDialog({ event, onClose }: { event: LiveEvent; onClose: () => void }) {
  const navigate = useNavigate();
  const refresh = useRefreshDefinitions();
  const [name, setName] = useState(`${event.name.slice(0, 59)} copy`);
  const [startSec, setStartSec] = useState("");
  const copy = useMutation({
    mutationFn: () =>
      call<LiveEvent>("POST", pathOf("/v1/console/live-event/{id}/copy", event.id), {
        body: { name, ...(startSec ? { start_time_sec: startSec } : {}) },
      }),
    onSuccess: refresh,
  });
  return (
    <ConfirmDialog
      opened
      onClose={onClose}
      title={`Copy ${event.name}`}
      confirm="Make the copy"
      onConfirm={async () => {
        const made = await copy.mutateAsync();
        say(`${made.name} is made, as a draft.`);
        void navigate({
          to: `/live-events/${encodeURIComponent(made.name)}` as string,
          search: { tab: "edit" } as never,
        });
      }}
    >
      <Stack gap="sm">
        <Text size="sm">
          The copy is a draft with the same fields; nothing of what has happened to this one.
        </Text>
        <TextInput
          label="Name"
          value={name}
          onChange={(each) => setName(each.currentTarget.value)}
          required
          maxLength={64}
          data-autofocus
        />
        <ZoneMoment
          label="Its schedule begins"
          value={startSec}
          onChange={setStartSec}
          zone={event.schedule.time_zone}
          playerLocal={event.schedule.player_local}
          error={undefined}
          readOnly={false}
        />
        <Text size="xs" c="dimmed">
          Without a time: when this one’s does, or if that is over, at the same time of the day
          within a day or so from now. The end moves along.
        </Text>
      </Stack>
    </ConfirmDialog>
  );
}
