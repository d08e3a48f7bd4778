/** Puts a change into a draft instead of into effect. */

import { Button, Group, Modal, Radio, Stack, TextInput } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { call, pathOf } from "@/api/client";
import { useRefreshDefinitions } from "@/api/definitions";
import { ErrorPanel, say, Waiting } from "../feedback";

/** One change of a definition as change sets keep it. */
export interface DraftedChange {
  kind: string;
  action: "create" | "update" | "delete";
  id?: string;
  definition?: Record<string, unknown>;
  /** The version that the change was made of. */
  base_version?: string;
}

interface ChangeSetLine {
  id: string;
  name: string;
  state: string;
}

const NEW = "new";

/** Asks which draft the change goes into, or makes a new one. */
export function AddToChangeSet({
  change,
  onClose,
  onAdded,
}: {
  change: DraftedChange;
  onClose: () => void;
  onAdded: () => void;
}) {
  const drafts = useQuery({
    queryKey: ["change-sets", "draft"],
    queryFn: ({ signal }) =>
      call<{ change_sets: ChangeSetLine[] }>("GET", "/v1/console/change-set", {
        query: { "search.state.or": ["draft"], "pagination.limit": 100 },
        signal,
      }),
  });
  const [chosen, setChosen] = useState(NEW);
  const [name, setName] = useState("");
  const refresh = useRefreshDefinitions();
  const add = useMutation({
    mutationFn: async () => {
      const set =
        chosen === NEW
          ? await call<ChangeSetLine>("POST", "/v1/console/change-set", {
              body: { name, changes: [change] },
            })
          : await call<ChangeSetLine>("PUT", pathOf("/v1/console/change-set/{id}/change", chosen), {
              body: { changes: [change] },
            });
      return set.name;
    },
    onSuccess: async (set) => {
      await refresh();
      say(`The change waits in the change set “${set || name}”, under Changes.`);
      onAdded();
    },
  });
  return (
    <Modal opened onClose={onClose} title="Add to a change set">
      {drafts.isPending ? (
        <Waiting />
      ) : drafts.isError ? (
        <ErrorPanel error={drafts.error} retry={() => drafts.refetch()} />
      ) : (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            add.mutate();
          }}
        >
          <Stack>
            <Radio.Group
              value={chosen}
              onChange={setChosen}
              label="Nothing changes for players until the set is published."
            >
              <Stack gap="xs" mt="sm">
                {drafts.data.change_sets.map((set) => (
                  <Radio key={set.id} value={set.id} label={set.name} />
                ))}
                <Radio value={NEW} label="A new change set" />
              </Stack>
            </Radio.Group>
            {chosen === NEW && (
              <TextInput
                label="Name"
                placeholder="Winter season"
                required
                value={name}
                onChange={(event) => setName(event.currentTarget.value)}
                data-autofocus
              />
            )}
            {add.error && <ErrorPanel error={add.error} title="Not added" />}
            <Group justify="flex-end" gap="xs">
              <Button variant="default" onClick={onClose}>
                Cancel
              </Button>
              <Button
                type="submit"
                loading={add.isPending}
                disabled={chosen === NEW && !name.trim()}
              >
                Add
              </Button>
            </Group>
          </Stack>
        </form>
      )}
    </Modal>
  );
}
