/** Why a player is in an audience or is not: what decided, and every clause with what it saw. */

import { Badge, Box, Group, Stack, Text } from "@mantine/core";
import {
  IconAlertTriangle,
  IconCheck,
  IconCircleDashed,
  IconEqual,
  IconX,
} from "@tabler/icons-react";
import type { ReactNode } from "react";
import type { Schemas } from "@/api/client";
import { TextLink } from "./page";
import { Time } from "./time";

type Why = Schemas["MembershipMessage"];
type Clause = Schemas["Explanation"];

const DECISIONS: Record<Why["decided_by"], string> = {
  include: "The include list has the player.",
  exclude: "The exclude list has the player.",
  filter: "The filter decides:",
  nothing: "Neither a list nor a filter lets anybody in.",
};

/** The reasons of one membership, with those of the audiences that its filter asked about. */
export function MembershipWhy({ why }: { why: Why }) {
  return (
    <Stack gap="xs">
      <Text size="sm">
        {DECISIONS[why.decided_by]}
        {why.until_time_sec && (
          <>
            {" "}
            Until <Time seconds={why.until_time_sec} full />.
          </>
        )}
      </Text>
      {why.filter && <ClauseTree clause={why.filter} />}
      {(why.audiences ?? []).map((asked) => (
        <Box
          key={asked.audience}
          pl="md"
          style={{ borderLeft: "2px solid var(--mantine-color-default-border)" }}
        >
          <Group gap="xs" mb={4}>
            <Text size="sm" span>
              Audience{" "}
              <TextLink to={`/audiences/${encodeURIComponent(asked.audience)}`} fw={600}>
                {asked.audience}
              </TextLink>
            </Text>
            <MemberBadge member={asked.member} />
          </Group>
          <MembershipWhy why={asked} />
        </Box>
      ))}
    </Stack>
  );
}

/** Whether a player is a member, in words and with a sign. */
export function MemberBadge({ member }: { member: boolean }) {
  return member ? (
    <Badge color="teal" leftSection={<IconCheck size={12} />}>
      Member
    </Badge>
  ) : (
    <Badge color="gray" leftSection={<IconX size={12} />}>
      Not a member
    </Badge>
  );
}

const LOOKS: Record<string, { icon: ReactNode; colour: string; word: string }> = {
  true: { icon: <IconCheck size={15} />, colour: "teal", word: "true" },
  false: { icon: <IconX size={15} />, colour: "red", word: "false" },
  "not reached": { icon: <IconCircleDashed size={15} />, colour: "gray", word: "not reached" },
  problem: { icon: <IconAlertTriangle size={15} />, colour: "orange", word: "problem" },
};

/** A clause of a filter, its value, what it saw, and the clauses that it is made of. */
export function ClauseTree({ clause }: { clause: Clause }) {
  const look = LOOKS[clause.value] ?? {
    icon: <IconEqual size={15} />,
    colour: "blue",
    word: clause.value,
  };
  const seen = (clause.seen ?? []).filter((each) => each.text !== each.value);
  const parts = clause.parts ?? [];
  return (
    <Box>
      <Group gap={8} wrap="nowrap" align="flex-start">
        <Badge color={look.colour} leftSection={look.icon} style={{ flexShrink: 0 }} mt={1}>
          {look.word}
        </Badge>
        <Box style={{ minWidth: 0 }}>
          <Text ff="monospace" fz="sm" style={{ overflowWrap: "anywhere" }}>
            {clause.text}
          </Text>
          {clause.problem && (
            <Text size="sm" c="orange">
              {clause.problem}
            </Text>
          )}
          {seen.map((each) => (
            <Text key={each.text} size="xs" c="dimmed" ff="monospace" mt={2}>
              {each.text} ={" "}
              <Text span inherit c="var(--mantine-color-text)" fw={600}>
                {each.value}
              </Text>
            </Text>
          ))}
        </Box>
      </Group>
      {parts.length > 0 && (
        <Stack
          gap={6}
          mt={6}
          ml={10}
          pl="md"
          style={{ borderLeft: "2px solid var(--mantine-color-default-border)" }}
        >
          {parts.map((part) => (
            <ClauseTree key={`${part.start} ${part.end}`} clause={part} />
          ))}
        </Stack>
      )}
    </Box>
  );
}
