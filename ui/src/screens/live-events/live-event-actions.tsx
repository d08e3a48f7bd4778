/** What can be done to a live event in the state that it is in; the one that matters most last. */

import { Button, Menu } from "@mantine/core";
import {
  IconArchive,
  IconArchiveOff,
  IconChevronDown,
  IconCopy,
  IconPlayerPlay,
  IconPlayerStop,
  IconRocket,
} from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import { useMay } from "@/session/session";
import { DeleteDefinition } from "@/shared/delete-definition";
import { ActionDialog } from "./action-dialog";
import { CopyDialog } from "./copy-dialog";
import type { LiveEvent } from "./draft";
import type { Verb } from "./use-action";

const MAIN: Partial<Record<Verb, { label: string; icon: ReactNode; color?: string }>> = {
  launch: { label: "Launch", icon: <IconRocket size={16} /> },
  stop: { label: "Stop", icon: <IconPlayerStop size={16} />, color: "red" },
  resume: { label: "Resume", icon: <IconPlayerPlay size={16} /> },
};

/** The one action that a live event in this state most likely needs; none once it has ended. */
function mainVerb(event: LiveEvent): Verb | undefined {
  if (event.archived) {
    return undefined;
  }
  if (event.draft) {
    return "launch";
  }
  if (event.stopped_time_sec !== "0") {
    return "resume";
  }
  return event.state === "ended" ? undefined : "stop";
}

export function LiveEventActions({ event }: { event: LiveEvent }) {
  const navigate = useNavigate();
  const mayWrite = useMay("live_event", "write");
  const [asked, setAsked] = useState<Verb | "copy" | null>(null);
  const verb = mainVerb(event);
  const main = verb && MAIN[verb];
  const close = () => setAsked(null);
  return (
    <>
      <DeleteDefinition
        kind="live-event"
        definition={event}
        consequence={
          event.state === "active"
            ? "It is on: the server refuses that until it is stopped or archived."
            : "Games no longer get it."
        }
        onDeleted={() => navigate({ to: "/live-events" as string })}
      />
      {mayWrite && (
        <Menu position="bottom-end">
          <Menu.Target>
            <Button variant="default" rightSection={<IconChevronDown size={16} />}>
              More
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item leftSection={<IconCopy size={16} />} onClick={() => setAsked("copy")}>
              Copy
            </Menu.Item>
            {event.archived ? (
              <Menu.Item
                leftSection={<IconArchiveOff size={16} />}
                onClick={() => setAsked("unarchive")}
              >
                Take out of the archive
              </Menu.Item>
            ) : (
              <Menu.Item
                leftSection={<IconArchive size={16} />}
                onClick={() => setAsked("archive")}
              >
                Archive
              </Menu.Item>
            )}
          </Menu.Dropdown>
        </Menu>
      )}
      {mayWrite && verb && main && (
        <Button color={main.color} leftSection={main.icon} onClick={() => setAsked(verb)}>
          {main.label}
        </Button>
      )}
      {asked === "copy" && <CopyDialog event={event} onClose={close} />}
      {asked !== null && asked !== "copy" && (
        <ActionDialog event={event} action={{ verb: asked }} onClose={close} />
      )}
    </>
  );
}
