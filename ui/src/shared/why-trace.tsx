/** Why a flag has the value that it has for a player: every candidate, in the order of precedence. */

import {
  Badge,
  Box,
  Code,
  Collapse,
  Group,
  Paper,
  Progress,
  Stack,
  Text,
  UnstyledButton,
} from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconChevronRight, IconTrophy, IconX } from "@tabler/icons-react";
import type { ReactNode } from "react";
import type { Schemas } from "@/api/client";
import { MemberBadge, MembershipWhy } from "./membership-why";
import { TextLink } from "./page";
import { Time } from "./time";
import { candidateWord, reasonOf, sourceOf } from "./why-words";

type Trace = Schemas["FlagTraceMessage"];
type Candidate = Schemas["CandidateMessage"];
type Membership = Schemas["MembershipMessage"];

const VALUE_CHARACTERS = 160;
const SHORT_CHARACTERS = 40;

/** What the flag comes to, and the whole way to it. */
export function WhyTrace({ trace }: { trace: Trace }) {
  const winner = trace.candidates.find((candidate) => candidate.wins);
  return (
    <Stack gap="sm">
      <Group gap="xs" align="baseline">
        <Text span>
          {trace.name} is <ValueText text={trace.value} />
        </Text>
        {winner && <Text c="dimmed">{reasonOf(winner)}</Text>}
      </Group>
      {!trace.enabled && (
        <Text size="sm">The flag is off: everybody has its own value, whatever stands below.</Text>
      )}
      <Text size="sm" c="dimmed">
        The first that applies wins. {scheduleText(trace)}
        {trace.next_change_time_sec !== "0" && (
          <>
            A scheduled change follows <Time seconds={trace.next_change_time_sec} full />.
          </>
        )}
      </Text>
      <Stack gap="xs" component="ol" m={0} p={0} style={{ listStyle: "none" }}>
        {trace.candidates.map((candidate, index) => (
          <CandidateCard
            // biome-ignore lint/suspicious/noArrayIndexKey: candidates have no other identity
            key={index}
            candidate={candidate}
            flag={trace.name}
            place={index + 1}
          />
        ))}
      </Stack>
    </Stack>
  );
}

function scheduleText(trace: Trace): ReactNode {
  return trace.last_change_time_sec === "0" ? null : (
    <>
      What is scheduled changed it last <Time seconds={trace.last_change_time_sec} full />.{" "}
    </>
  );
}

function CandidateCard({
  candidate,
  flag,
  place,
}: {
  candidate: Candidate;
  flag: string;
  place: number;
}) {
  const source = sourceOf(candidate, flag);
  const audiences = candidate.audiences ?? [];
  const isShort = candidate.value.length <= SHORT_CHARACTERS;
  return (
    <Paper
      component="li"
      withBorder
      p="sm"
      style={
        candidate.wins
          ? { borderColor: "var(--mantine-primary-color-filled)", borderWidth: 2 }
          : undefined
      }
    >
      <Stack gap={6}>
        <Group gap="xs" justify="space-between" align="flex-start">
          <Group gap="xs">
            <Text size="sm" c="dimmed" w={20}>
              {place}
            </Text>
            <Text size="sm" fw={600} style={{ overflowWrap: "anywhere" }}>
              {source.what}{" "}
              {source.to ? (
                <TextLink to={source.to} size="sm" fw={600}>
                  {source.name}
                </TextLink>
              ) : (
                source.name
              )}
            </Text>
            <CandidateBadge candidate={candidate} />
          </Group>
          {isShort && <ValueText text={candidate.value} />}
        </Group>
        {!isShort && (
          <Box pl={32}>
            <ValueText text={candidate.value} />
          </Box>
        )}
        {(candidate.problem || audiences.length > 0 || candidate.place_percent !== undefined) && (
          <Stack gap={6} pl={32}>
            {candidate.problem && <Text size="sm">{sentence(candidate.problem)}</Text>}
            <Rollout candidate={candidate} />
            {audiences.length > 1 && (
              <Text size="xs" c="dimmed">
                One of these audiences is enough:
              </Text>
            )}
            {audiences.map((membership) => (
              <AudienceLine key={membership.audience} membership={membership} />
            ))}
          </Stack>
        )}
      </Stack>
    </Paper>
  );
}

function CandidateBadge({ candidate }: { candidate: Candidate }) {
  if (candidate.wins) {
    return <Badge leftSection={<IconTrophy size={12} />}>{candidateWord(candidate)}</Badge>;
  }
  return (
    <Badge color="gray" leftSection={candidate.applies ? undefined : <IconX size={12} />}>
      {candidateWord(candidate)}
    </Badge>
  );
}

/** Where the player's place lies beside how far a value is rolled out. */
function Rollout({ candidate }: { candidate: Candidate }) {
  const share = candidate.rollout_percent ?? 100;
  if (candidate.place_percent === undefined) {
    return null;
  }
  const place = candidate.place_percent;
  return (
    <Box maw={560}>
      <Text size="sm">
        Rolled out to {share.toLocaleString("en")} %; the player’s place is at{" "}
        {place.toLocaleString("en", { maximumFractionDigits: 2 })} %:{" "}
        {place < share ? "within it" : "behind it"}.
      </Text>
      <Progress value={share} size="sm" mt={4} aria-label={`Rolled out to ${share} %`} />
    </Box>
  );
}

/** One audience, whether the player is in it, and on demand every clause of its filter. */
function AudienceLine({ membership }: { membership: Membership }) {
  const [opened, { toggle }] = useDisclosure(false);
  return (
    <Box>
      <Group gap="xs">
        <UnstyledButton
          onClick={toggle}
          aria-expanded={opened}
          aria-label={`Why, for audience ${membership.audience}`}
          style={{ display: "flex" }}
        >
          <IconChevronRight
            size={16}
            style={{
              transform: opened ? "rotate(90deg)" : undefined,
              transition: "transform 120ms",
            }}
          />
        </UnstyledButton>
        <Text size="sm" span>
          Audience{" "}
          <TextLink to={`/audiences/${encodeURIComponent(membership.audience)}`} size="sm" fw={600}>
            {membership.audience}
          </TextLink>
        </Text>
        <MemberBadge member={membership.member} />
      </Group>
      <Collapse expanded={opened}>
        <Box pl={24} pt={6}>
          <MembershipWhy why={membership} />
        </Box>
      </Collapse>
    </Box>
  );
}

/** A value as games get it, shortened where it is long; the whole of it beside the pointer. */
export function ValueText({ text }: { text: string }) {
  const isLong = text.length > VALUE_CHARACTERS;
  return (
    <Code title={isLong ? text : undefined} style={{ overflowWrap: "anywhere" }}>
      {text === "" ? '""' : isLong ? `${text.slice(0, VALUE_CHARACTERS)}…` : text}
    </Code>
  );
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
