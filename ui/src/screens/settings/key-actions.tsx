/** What can be done with a key. */

import { ActionIcon, Button, Group, Menu, Modal, Select, Stack, Switch, Text } from "@mantine/core";
import { IconDots } from "@tabler/icons-react";
import { useState } from "react";
import { useSession } from "@/session/session";
import { ConfirmDialog } from "@/shared/dialogs";
import { ErrorPanel, say, sayError } from "@/shared/feedback";
import { KeyForm } from "./key-form";
import { type AnyKey, type KeyKind, KINDS, useChangeKey } from "./key-queries";
import { ShownOnce } from "./shown-once";

const DAY = 86_400;
const GRACES = [
  { value: "0", label: "None: it stops at once" },
  { value: "3600", label: "One hour" },
  { value: String(DAY), label: "One day" },
  { value: String(7 * DAY), label: "One week" },
  { value: String(30 * DAY), label: "30 days" },
];

type Asked = "edit" | "rotate" | "disable" | "delete";

/** A menu beside a key. */
export function KeyActions({ kind, of }: { kind: KeyKind; of: AnyKey }) {
  const { may } = useSession();
  const change = useChangeKey(kind);
  const [asked, setAsked] = useState<Asked | null>(null);
  const [endsSessions, setEndsSessions] = useState(false);
  const { entity, one } = KINDS[kind];
  const close = () => setAsked(null);
  const act = (part: string, done: string) =>
    change.mutate(
      { method: "POST", id: of.id, part, body: {} },
      { onSuccess: () => say(done), onError: (error) => sayError(error) },
    );
  if (!may(entity, "write") && !may(entity, "delete")) {
    return null;
  }
  return (
    <>
      <Menu position="bottom-end" withinPortal>
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" aria-label={`Actions of ${of.name}`}>
            <IconDots size={18} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          {may(entity, "write") && (
            <>
              <Menu.Item onClick={() => setAsked("edit")}>Change…</Menu.Item>
              <Menu.Item onClick={() => setAsked("rotate")} disabled={Boolean(of.managed_by)}>
                Rotate…
              </Menu.Item>
              {of.grace_end_time_sec && (
                <Menu.Item onClick={() => act("/end-grace", "The old value stops working.")}>
                  End the old value now
                </Menu.Item>
              )}
              {of.disabled ? (
                <Menu.Item onClick={() => act("/enable", `${of.name} works again.`)}>
                  Enable
                </Menu.Item>
              ) : (
                <Menu.Item onClick={() => setAsked("disable")}>Disable…</Menu.Item>
              )}
            </>
          )}
          {may(entity, "delete") && (
            <Menu.Item
              color="red"
              onClick={() => setAsked("delete")}
              disabled={Boolean(of.managed_by)}
            >
              Delete…
            </Menu.Item>
          )}
        </Menu.Dropdown>
      </Menu>
      {asked === "edit" && <KeyForm kind={kind} of={of} onClose={close} />}
      {asked === "rotate" && <Rotate kind={kind} of={of} onClose={close} />}
      <ConfirmDialog
        opened={asked === "disable"}
        onClose={close}
        title={`Disable ${of.name}?`}
        confirm="Disable"
        danger
        onConfirm={async () => {
          await change.mutateAsync({
            method: "POST",
            id: of.id,
            part: "/disable",
            body: kind === "apikey" ? { end_sessions: endsSessions } : {},
          });
          say(`${of.name} is disabled.`);
        }}
      >
        <Stack gap="sm">
          <Text size="sm">
            Whoever calls with it is refused within a second. You can enable it again.
          </Text>
          {kind === "apikey" && (
            <Switch
              label="End the sessions of its players, too"
              checked={endsSessions}
              onChange={(event) => setEndsSessions(event.currentTarget.checked)}
            />
          )}
        </Stack>
      </ConfirmDialog>
      <ConfirmDialog
        opened={asked === "delete"}
        onClose={close}
        title={`Delete ${of.name}?`}
        confirm="Delete"
        danger
        typed={of.name}
        onConfirm={async () => {
          await change.mutateAsync({ method: "DELETE", id: of.id });
          say(`${of.name} is deleted.`);
        }}
      >
        This {one} stops working for good, and its name is never used again.
      </ConfirmDialog>
    </>
  );
}

function Rotate({ kind, of, onClose }: { kind: KeyKind; of: AnyKey; onClose: () => void }) {
  const change = useChangeKey(kind);
  const [grace, setGrace] = useState(String(7 * DAY));
  if (change.data) {
    return (
      <ShownOnce title={`The new value of ${of.name}`} value={change.data.value} onClose={onClose}>
        {grace === "0"
          ? "The old value has stopped working."
          : "Both values work until the old one’s time is over."}
      </ShownOnce>
    );
  }
  return (
    <Modal opened onClose={onClose} title={`Rotate ${of.name}`}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          change.mutate({ method: "POST", id: of.id, part: "/rotate", body: { grace_sec: grace } });
        }}
      >
        <Stack>
          <Text size="sm">The key gets a new value and keeps its name.</Text>
          <Select
            label="How long the old value goes on working"
            data={GRACES}
            value={grace}
            onChange={(next) => setGrace(next ?? grace)}
            allowDeselect={false}
          />
          {change.error && <ErrorPanel error={change.error} title="Not rotated" />}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={change.isPending}>
              Rotate
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
