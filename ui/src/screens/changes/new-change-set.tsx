import { Button, Group, Modal, Stack, Textarea, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { call } from "@/api/client";
import { useRefreshDefinitions } from "@/api/definitions";
import { ErrorPanel } from "@/shared/feedback";
import type { ChangeSet } from "./change-set-states";

/** Makes an empty change set and goes there. */
export function NewChangeSet({ onClose }: { onClose: () => void }) {
  const navigate = useNavigate();
  const refresh = useRefreshDefinitions();
  const [name, setName] = useState("");
  const [description, setDescription] = useState("");
  const create = useMutation({
    mutationFn: () =>
      call<ChangeSet>("POST", "/v1/console/change-set", { body: { name, description } }),
    onSuccess: async (made) => {
      await refresh();
      await navigate({ to: `/changes/${encodeURIComponent(made.id)}` as string });
    },
  });
  return (
    <Modal opened onClose={onClose} title="New change set">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          create.mutate();
        }}
      >
        <Stack>
          <TextInput
            label="Name"
            placeholder="Winter season"
            required
            maxLength={200}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            data-autofocus
          />
          <Textarea
            label="What it is for"
            description="For those who approve it"
            autosize
            minRows={2}
            maxLength={10_000}
            value={description}
            onChange={(event) => setDescription(event.currentTarget.value)}
          />
          {create.error && <ErrorPanel error={create.error} title="Not made" />}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={create.isPending} disabled={!name.trim()}>
              Create
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
