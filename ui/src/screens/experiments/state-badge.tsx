/** Where an experiment or a phase stands, in words and with a sign. */

import { Badge } from "@mantine/core";
import {
  IconArchive,
  IconCalendarEvent,
  IconCheck,
  IconPencil,
  IconPlayerPlay,
} from "@tabler/icons-react";
import type { ReactNode } from "react";
import type { Experiment } from "./draft";

export type State = Experiment["state"];

const LOOKS: Record<State, { word: string; colour: string; icon: ReactNode }> = {
  running: { word: "Running", colour: "teal", icon: <IconPlayerPlay size={12} /> },
  scheduled: { word: "Scheduled", colour: "blue", icon: <IconCalendarEvent size={12} /> },
  draft: { word: "Draft", colour: "gray", icon: <IconPencil size={12} /> },
  ended: { word: "Ended", colour: "gray", icon: <IconCheck size={12} /> },
  archived: { word: "Archived", colour: "gray", icon: <IconArchive size={12} /> },
};

export const STATES = Object.keys(LOOKS) as State[];

export function stateWord(state: State): string {
  return LOOKS[state].word;
}

export function StateBadge({ state }: { state: State }) {
  const look = LOOKS[state];
  return (
    <Badge color={look.colour} leftSection={look.icon} style={{ flex: "none" }}>
      {look.word}
    </Badge>
  );
}
