/** What a change would do to players, before it is made. */

import { Alert, Code, Group, Modal, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { answer, api, type Schemas } from "@/api/client";
import { ErrorPanel, Waiting } from "../feedback";
import { TextLink } from "../page";
import { valueChanges } from "../value-editor/value-changes";
import type { DraftedChange } from "./add-to-change-set";

type Impact = Schemas["ImpactMessage"];
type Counted = Schemas["Counted"];

/** Asks the server what the changes would do, and shows it. */
export function ImpactDialog({
  changes,
  onClose,
}: {
  changes: DraftedChange[];
  onClose: () => void;
}) {
  const impact = useQuery({
    queryKey: ["impact", changes],
    queryFn: ({ signal }) =>
      answer(
        api.POST("/v1/console/impact", {
          body: {
            changes: changes.map(({ base_version: _, ...change }) => change) as never,
          },
          signal,
        }),
      ),
    staleTime: 0,
    gcTime: 0,
  });
  return (
    <Modal opened onClose={onClose} title="What this would do now" size="lg">
      {impact.isPending ? (
        <Waiting label="Looking at players" />
      ) : impact.isError ? (
        <ErrorPanel error={impact.error} title="This cannot be made like this" />
      ) : (
        <ImpactReport impact={impact.data} />
      )}
    </Modal>
  );
}

/** The numbers of an impact: how many players, and from what to what. */
export function ImpactReport({ impact }: { impact: Impact }) {
  return (
    <Stack>
      <Group gap="xs" align="baseline">
        <Text fz={32} fw={700} lh={1}>
          {impact.changed.count.toLocaleString("en")}
        </Text>
        <Text>
          of {impact.players.toLocaleString("en")} {impact.players === 1 ? "player" : "players"}{" "}
          would get something else
        </Text>
      </Group>
      {!impact.exact && (
        <Text size="sm" c="dimmed">
          Between {impact.changed.count_low.toLocaleString("en")} and{" "}
          {impact.changed.count_high.toLocaleString("en")} with {impact.confidence_percent} %
          confidence: {impact.looked_at.toLocaleString("en")} players, taken at random, were looked
          at.
        </Text>
      )}
      {!impact.complete && (
        <Alert color="yellow" variant="light">
          Time ran out before all of them were looked at, so the span is wider than it could be.
        </Alert>
      )}
      {impact.flags.map((flag) => (
        <section key={flag.name}>
          <Title order={3} size="h5" mb={4}>
            Flag {flag.name}: <Players counted={flag} exact={impact.exact} />
          </Title>
          <Stack gap={6}>
            {flag.changes.map((change) => (
              <Group key={`${change.before} → ${change.after}`} gap="xs" wrap="wrap">
                <ValueShift before={change.before} after={change.after} />
                <Text size="sm">
                  <Players counted={change} exact={impact.exact} />
                  {change.samples.length > 0 && ", such as "}
                  {change.samples.map((sample, index) => (
                    <span key={sample.identity_id}>
                      {index > 0 && ", "}
                      <TextLink
                        to={`/players/${encodeURIComponent(sample.identity_id)}`}
                        underline="always"
                      >
                        {sample.identity_id}
                      </TextLink>
                    </span>
                  ))}
                </Text>
              </Group>
            ))}
            {flag.others.count > 0 && (
              <Text size="sm" c="dimmed">
                Other changes: <Players counted={flag.others} exact={impact.exact} />
              </Text>
            )}
          </Stack>
        </section>
      ))}
      {impact.experiments.map((experiment) => (
        <section key={experiment.id}>
          <Title order={3} size="h5">
            Experiment {experiment.name}: <Players counted={experiment} exact={impact.exact} />
          </Title>
          {experiment.changes.map((change) => (
            <Text size="sm" key={JSON.stringify([change.before, change.after])}>
              {placeText(change.before)} → {placeText(change.after)}:{" "}
              <Players counted={change} exact={impact.exact} />
            </Text>
          ))}
        </section>
      ))}
      {impact.live_events.map((event) => (
        <section key={event.id}>
          <Title order={3} size="h5">
            Live event {event.name}: <Players counted={event} exact={impact.exact} />
          </Title>
          {event.changes.map((change) => (
            <Text size="sm" key={JSON.stringify([change.before, change.after])}>
              {String(change.before ?? "not for them")} → {String(change.after ?? "not for them")}:{" "}
              <Players counted={change} exact={impact.exact} />
            </Text>
          ))}
        </section>
      ))}
      {impact.notes.length > 0 && (
        <Stack gap={2}>
          {impact.notes.map((note) => (
            <Text key={note} size="xs" c="dimmed">
              {note}
            </Text>
          ))}
        </Stack>
      )}
    </Stack>
  );
}

function Players({ counted, exact }: { counted: Counted; exact: boolean }) {
  const count = counted.count.toLocaleString("en");
  return (
    <span>
      {exact ? "" : "about "}
      {count} {counted.count === 1 ? "player" : "players"}
    </span>
  );
}

const PARTS_SHOWN = 3;

/** From one value to another: of long ones only the parts that differ. */
function ValueShift({ before, after }: { before: string | undefined; after: string | undefined }) {
  const parts = before === undefined || after === undefined ? [] : valueChanges(before, after);
  if (parts[0] === undefined || parts[0].path === "") {
    return (
      <>
        <Value text={before} />
        <span>→</span>
        <Value text={after} />
      </>
    );
  }
  const more = parts.length - PARTS_SHOWN;
  return (
    <Stack gap={4}>
      {parts.slice(0, PARTS_SHOWN).map((part) => (
        <Group key={part.path} gap="xs">
          <Code>{part.path}</Code>
          <Value text={part.before} missing="not there" />
          <span>→</span>
          <Value text={part.after} missing="not there" />
        </Group>
      ))}
      {more > 0 && (
        <Text size="sm" c="dimmed">
          and {more.toLocaleString("en")} more {more === 1 ? "part" : "parts"}
        </Text>
      )}
    </Stack>
  );
}

function Value({ text, missing = "no flag" }: { text: string | undefined; missing?: string }) {
  if (text === undefined) {
    return (
      <Text size="sm" c="dimmed" span>
        {missing}
      </Text>
    );
  }
  const short = text.length > 80 ? `${text.slice(0, 80)}…` : text;
  return <Code title={text}>{short === "" ? '""' : short}</Code>;
}

function placeText(place: { phase: string; variant: string } | undefined): string {
  return place ? `${place.variant} (${place.phase})` : "not in it";
}
