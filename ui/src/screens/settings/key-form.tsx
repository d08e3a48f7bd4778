/** A new key, or another description and other permissions of one. */

import { Button, Group, Modal, Stack, Switch, Textarea, TextInput } from "@mantine/core";
import { useState } from "react";
import { ApiError } from "@/api/client";
import { useSession } from "@/session/session";
import { ErrorPanel, say } from "@/shared/feedback";
import { type AnyKey, type KeyKind, KINDS, useChangeKey } from "./key-queries";
import { useRoles } from "./people-queries";
import { PermissionTable } from "./permission-table";
import { ShownOnce } from "./shown-once";

/** The dialog; without `of` it makes a key. */
export function KeyForm({
  kind,
  of,
  onClose,
}: {
  kind: KeyKind;
  of?: AnyKey;
  onClose: () => void;
}) {
  const { me } = useSession();
  const roles = useRoles();
  const change = useChangeKey(kind);
  const [name, setName] = useState(of?.name ?? "");
  const [description, setDescription] = useState(of?.description ?? "");
  const [everything, setEverything] = useState(of !== undefined && of.permissions === undefined);
  const [permissions, setPermissions] = useState<string[]>([...(of?.permissions ?? [])]);
  const words = KINDS[kind];
  const mayGiveEverything = roles.data?.entities.every((entity) =>
    entity.actions.every((action) => me.permissions.includes(`${entity.name}:${action}`)),
  );
  if (change.data && !of) {
    return (
      <ShownOnce
        title={`The ${words.one} ${change.data.name}`}
        value={change.data.value}
        onClose={onClose}
      >
        {kind === "apikey"
          ? "Build it into the game, as the SDK’s API key."
          : "Give it to the program, as the user of Basic authentication with an empty password."}
      </ShownOnce>
    );
  }
  const fields = change.error instanceof ApiError ? change.error.fields : {};
  const submit = () => {
    const body: Record<string, unknown> = { description };
    if (kind === "serverkey") {
      body.permissions = everything ? ["*"] : permissions;
    }
    change.mutate(
      of ? { method: "PUT", id: of.id, body } : { method: "POST", body: { ...body, name } },
      {
        onSuccess: () => {
          if (of) {
            say(`${of.name} is changed.`);
            onClose();
          }
        },
      },
    );
  };
  return (
    <Modal
      opened
      onClose={onClose}
      title={of ? `Change ${of.name}` : `New ${words.one}`}
      size={kind === "serverkey" ? "lg" : "md"}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <Stack>
          {!of && (
            <TextInput
              label="Name"
              description={
                kind === "apikey"
                  ? "Players and events carry it. It stays with the key for ever"
                  : "The history names it. It stays with the key for ever"
              }
              required
              value={name}
              onChange={(event) => setName(event.currentTarget.value)}
              error={fields.name}
              data-autofocus
            />
          )}
          <Textarea
            label="What it is for"
            autosize
            minRows={1}
            value={description}
            onChange={(event) => setDescription(event.currentTarget.value)}
            error={fields.description}
          />
          {kind === "serverkey" && (
            <>
              <Switch
                label="May do everything"
                checked={everything}
                disabled={!mayGiveEverything}
                onChange={(event) => setEverything(event.currentTarget.checked)}
              />
              {!everything && (
                <PermissionTable
                  label="Permissions of the key"
                  entities={roles.data?.entities ?? []}
                  value={permissions}
                  onChange={setPermissions}
                  offered={me.permissions}
                />
              )}
            </>
          )}
          {change.error && <ErrorPanel error={change.error} title="Not saved" />}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={change.isPending}>
              {of ? "Save" : "Create"}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
