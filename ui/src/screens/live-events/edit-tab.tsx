/** A live event as one form, with what a change means for runs that have begun. */

import { Alert, Box, Button, Card, Group, List, Stack, Text, Title } from "@mantine/core";
import { IconInfoCircle, IconUsers } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useMay } from "@/session/session";
import { SaveBar } from "@/shared/saving/save-bar";
import type { LiveEvent } from "./draft";
import { FlagsPart } from "./flags-part";
import type { PartProps } from "./part-props";
import { useLiveEventEdit } from "./use-live-event-edit";
import { WhatPart } from "./what-part";
import { WhenPart } from "./when-part";
import { WhoPart } from "./who-part";

/** Kept while other tabs are shown, so that nothing that was typed is lost. */
export function EditTab({ event, shown }: { event: LiveEvent; shown: boolean }) {
  const navigate = useNavigate();
  const queries = useQueryClient();
  const mayWrite = useMay("live_event", "write");
  const mayDraft = useMay("change_set", "write");
  const edit = useLiveEventEdit(event);
  const dirty = Object.keys(edit.changed).length > 0;
  const props: PartProps = {
    draft: edit.draft,
    onChange: edit.change,
    errors: edit.errors,
    readOnly: !mayWrite && !mayDraft,
    onProblem: edit.onProblem,
  };
  if (!shown && !dirty) {
    return null;
  }
  return (
    <>
      {shown && (
        <Stack key={edit.round} gap="lg">
          {!props.readOnly && <WhatChangesDo event={event} />}
          {edit.isNewer && (
            <NewerVersion theirs={edit.theirs} onTake={edit.discard} onKeep={edit.keepOnTop} />
          )}
          <Section title="What">
            <WhatPart {...props} />
          </Section>
          <Section title="When" wide>
            <WhenPart {...props} />
          </Section>
          <Section title="Who">
            <WhoPart {...props} />
          </Section>
          <Section title="Flags">
            <FlagsPart {...props} />
          </Section>
        </Stack>
      )}
      <SaveBar
        kind="live-event"
        current={edit.base}
        fields={edit.changed}
        dirty={dirty}
        problem={dirty ? edit.problem : ""}
        onDiscard={edit.discard}
        onFieldErrors={edit.setErrors}
        onConflict={() => {
          void queries.invalidateQueries({ queryKey: ["definitions", "live-event"] });
        }}
        onSaved={(saved) => {
          edit.settle();
          if (saved.name !== event.name) {
            void navigate({
              to: `/live-events/${encodeURIComponent(saved.name)}` as string,
              search: { tab: "edit" } as never,
            });
          }
        }}
      />
    </>
  );
}

function Section({
  title,
  wide = false,
  children,
}: {
  title: string;
  wide?: boolean;
  children: ReactNode;
}) {
  return (
    <Card component="section" aria-label={title} withBorder padding="lg">
      <Title order={2} size="h4" mb="md">
        {title}
      </Title>
      {wide ? children : <Box maw={760}>{children}</Box>}
    </Card>
  );
}

/** What can still be changed, and what stays as it was. */
function WhatChangesDo({ event }: { event: LiveEvent }) {
  if (event.state === "draft") {
    return (
      <Alert variant="light" color="gray" icon={<IconInfoCircle />}>
        It is a draft: everything can be changed, and nothing of it reaches players.
      </Alert>
    );
  }
  if (event.archived) {
    return (
      <Alert variant="light" color="gray" icon={<IconInfoCircle />}>
        It is archived: changes reach players only once it is taken out of the archive and resumed.
      </Alert>
    );
  }
  return (
    <Alert variant="light" color="blue" icon={<IconInfoCircle />} title="What a change does now">
      <List size="sm" spacing={2}>
        <List.Item>
          Value, flags and audiences change at once, also for{" "}
          {event.state === "active" ? "the run that is on" : "runs of which nothing was seen yet"}.
        </List.Item>
        <List.Item>
          Runs that have begun cannot be changed: the one that is on keeps its start, and its end
          unless the new schedule gives that run another end or begins another run sooner.
        </List.Item>
        <List.Item>
          It is no draft any more, and cannot become one again: stop, archive or copy it instead.
        </List.Item>
        {event.former_schedules.length > 0 && (
          <List.Item>
            Its schedule was changed {event.former_schedules.length}{" "}
            {event.former_schedules.length === 1 ? "time" : "times"} before; each is kept, as past
            runs stay what they were.
          </List.Item>
        )}
      </List>
    </Alert>
  );
}

function NewerVersion({
  theirs,
  onTake,
  onKeep,
}: {
  theirs: string[];
  onTake: () => void;
  onKeep: () => void;
}) {
  return (
    <Alert
      color="yellow"
      variant="light"
      icon={<IconUsers />}
      title="Somebody else has changed this live event meanwhile"
      role="alert"
    >
      <Stack gap="xs" align="flex-start">
        <Text size="sm">
          They changed {theirs.join(", ") || "nothing that is edited here, such as its state"}.
        </Text>
        <Group gap="xs">
          <Button size="xs" onClick={onKeep}>
            Keep mine on top of theirs
          </Button>
          <Button size="xs" variant="default" onClick={onTake}>
            Take theirs, discard mine
          </Button>
        </Group>
      </Stack>
    </Alert>
  );
}
