/** Deleting a definition: asks first, and says what refers to it where it cannot be. */

import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import { IconTrash } from "@tabler/icons-react";
import { useState } from "react";
import type { Schemas } from "@/api/client";
import { KINDS, type Kind, useDeleteDefinition } from "@/api/definitions";
import { useMay } from "@/session/session";
import { ConfirmDialog } from "./dialogs";
import { say } from "./feedback";
import { UsedByList } from "./used-by";

interface Definition {
  id: string;
  name: string;
  used_by: Schemas["ReferenceMessage"][];
  used_by_count: number;
}

/** A button for who may delete; `onDeleted` leads to where the definition was listed. */
export function DeleteDefinition({
  kind,
  definition,
  consequence,
  onDeleted,
}: {
  kind: Kind;
  definition: Definition;
  /** What happens to games once it is gone, in a sentence. */
  consequence: string;
  onDeleted: () => void;
}) {
  const [asks, setAsks] = useState(false);
  const remove = useDeleteDefinition(kind);
  const mayDelete = useMay(KINDS[kind].entity, "delete");
  const { one } = KINDS[kind];
  if (!mayDelete) {
    return null;
  }
  const close = () => setAsks(false);
  return (
    <>
      <Button variant="default" leftSection={<IconTrash size={16} />} onClick={() => setAsks(true)}>
        Delete
      </Button>
      {definition.used_by_count > 0 ? (
        <Modal opened={asks} onClose={close} title={`This ${one} cannot be deleted yet`}>
          <Stack>
            <Text size="sm">Take it out of what refers to it first:</Text>
            <UsedByList usedBy={definition.used_by} count={definition.used_by_count} />
            <Group justify="flex-end">
              <Button variant="default" onClick={close}>
                Close
              </Button>
            </Group>
          </Stack>
        </Modal>
      ) : (
        <ConfirmDialog
          opened={asks}
          onClose={close}
          title={`Delete ${definition.name}?`}
          confirm={`Delete ${one}`}
          danger
          onConfirm={async () => {
            await remove.mutateAsync(definition.id);
            say(`${definition.name} is deleted.`);
            onDeleted();
          }}
        >
          {consequence} Its history stays, and can bring it back: see Changes → History.
        </ConfirmDialog>
      )}
    </>
  );
}
