/** Erasing a player: the question before it. The page of erasures tells what becomes of it. */

import { Stack, Text } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { ConfirmDialog } from "@/shared/dialogs";
import { erasePlayer } from "./player-api";

/** Asks for the player's id before everything of them is removed. */
export function ErasePlayerDialog({
  id,
  opened,
  onClose,
}: {
  id: string;
  opened: boolean;
  onClose: () => void;
}) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  return (
    <ConfirmDialog
      opened={opened}
      onClose={onClose}
      title="Erase this player"
      confirm="Erase for good"
      danger
      typed={id}
      onConfirm={async () => {
        const erasure = await erasePlayer(id);
        await navigate({ to: "/players/erasures", search: { erasure } as never });
        queries.removeQueries({ queryKey: ["players"] });
      }}
    >
      <Stack gap="xs">
        <Text size="sm">
          Properties, events, sessions and places are removed from every store, and every token of
          the player stops working at once. This cannot be taken back.
        </Text>
        <Text size="sm" c="dimmed">
          Afterwards the files are searched for what is left, and you get a signed receipt.
        </Text>
      </Stack>
    </ConfirmDialog>
  );
}
