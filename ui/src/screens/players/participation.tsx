/** Whether a player takes part in an experiment or a live event. */

import { Badge } from "@mantine/core";
import { IconCheck, IconClock, IconX } from "@tabler/icons-react";
import type { ReactNode } from "react";
import type { Schemas } from "@/api/client";

type Participation = Schemas["Participation"];

const LOOKS: Record<Participation, { word: string; colour: string; icon: ReactNode }> = {
  takes_part: { word: "Takes part", colour: "teal", icon: <IconCheck size={12} /> },
  would_take_part: { word: "Would take part", colour: "blue", icon: <IconClock size={12} /> },
  does_not: { word: "Not taking part", colour: "gray", icon: <IconX size={12} /> },
};

/** Takes part, would as soon as the game asks, or does not; in words and with a sign. */
export function ParticipationBadge({ value }: { value: Participation }) {
  const look = LOOKS[value];
  return (
    <Badge color={look.colour} leftSection={look.icon}>
      {look.word}
    </Badge>
  );
}

/** How participation sorts: who takes part first. */
export function participationOrder(value: Participation): number {
  return ["takes_part", "would_take_part", "does_not"].indexOf(value);
}

/** The server's words as a sentence. */
export function asSentence(text: string): string {
  return text ? `${text.charAt(0).toUpperCase()}${text.slice(1)}.` : "";
}
