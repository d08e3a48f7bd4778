/** Where a live event stands: its runs now, what was stopped, and what it is in words. */

import { Card, Grid, List, Stack, Text, Title } from "@mantine/core";
import { type ReactNode, useMemo, useState } from "react";
import { useMay } from "@/session/session";
import { Rows } from "@/shared/data-table";
import { LabelBadges } from "@/shared/labels";
import { TextLink } from "@/shared/page";
import { formatTime, Time, useZone } from "@/shared/time";
import { ActionDialog, type AskedAction } from "./action-dialog";
import type { LiveEvent } from "./draft";
import { ShortValue } from "./look-over";
import { runColumns } from "./run-columns";
import { TextButton } from "./text-button";
import { useFollowing } from "./use-following";
import { joiningWords, keepsPlaces, type Run, runWords, STATES, spanText } from "./words";
import { knownZone } from "./zone-time";

export function OverviewTab({ event }: { event: LiveEvent }) {
  const mayWrite = useMay("live_event", "write");
  const [asked, setAsked] = useState<AskedAction | null>(null);
  const zone = useRunZone(event);
  const now = useFollowing(useMemo(() => [event], [event]));
  const runs = [...event.active_runs, ...(event.next_run ? [event.next_run] : [])];
  const mayStop = mayWrite && !event.archived && event.stopped_time_sec === "0";
  const stop = (run: Run) =>
    setAsked({ verb: "stop", run: run.run, runWords: spanText(run, zone) });
  return (
    <Grid gap="xl">
      <Grid.Col span={{ base: 12, lg: 8 }}>
        <Stack gap="lg">
          <Card component="section" aria-label="Now" withBorder padding="md">
            <Stack gap="xs">
              <Title order={2} size="h4">
                Now
              </Title>
              <Text fw={600}>{runWords(event, now)}</Text>
              <Text size="sm" c="dimmed">
                {STATES[event.state].meaning}
                {event.stopped_time_sec !== "0" && !event.archived && (
                  <>
                    {" "}
                    Stopped <Time seconds={event.stopped_time_sec} />.
                  </>
                )}
              </Text>
            </Stack>
          </Card>
          {runs.length > 0 && (
            <section aria-label="Current and next runs">
              <Title order={2} size="h5" mb="xs">
                Current and next runs
              </Title>
              <Rows
                rows={runs}
                columns={runColumns(event, zone, mayStop ? stop : undefined)}
                rowKey={(run) => `${run.run} ${run.status}`}
                label="Current and next runs"
              />
              {event.schedule.player_local && (
                <Text size="xs" c="dimmed" mt={6}>
                  Times are the player’s own: each run is shown from its first start to its last end
                  anywhere. The tab Runs shows it for one zone.
                </Text>
              )}
              {!keepsPlaces(event) && (
                <Text size="xs" c="dimmed" mt={6}>
                  Everybody takes part who is eligible, so no places are kept and nobody is counted.
                </Text>
              )}
            </section>
          )}
          <StoppedRuns event={event} onResume={mayWrite ? setAsked : undefined} />
        </Stack>
      </Grid.Col>
      <Grid.Col span={{ base: 12, lg: 4 }}>
        <Facts event={event} />
      </Grid.Col>
      {asked && <ActionDialog event={event} action={asked} onClose={() => setAsked(null)} />}
    </Grid>
  );
}

/** The zone that a live event's times are told in: its own, or the one the console shows times in. */
export function useRunZone(event: LiveEvent): string {
  const [shown] = useZone();
  if (!event.schedule.player_local) {
    return knownZone(event.schedule.time_zone) || "UTC";
  }
  return shown === "UTC" ? "UTC" : Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** What was stopped: single runs, and when all of it was. */
function StoppedRuns({
  event,
  onResume,
}: {
  event: LiveEvent;
  onResume: ((action: AskedAction) => void) | undefined;
}) {
  const [shown] = useZone();
  const stoppedOn = (seconds: string) => formatTime(new Date(Number(seconds) * 1000), shown);
  if (event.run_stops.length === 0 && event.pauses.length === 0) {
    return null;
  }
  return (
    <Card component="section" aria-label="What was stopped" withBorder padding="md">
      <Title order={2} size="h5" mb="xs">
        What was stopped
      </Title>
      <List size="sm" spacing={6}>
        {event.run_stops.toReversed().map((stop) => (
          <List.Item key={`${stop.run} ${stop.stop_time_sec}`}>
            One run, stopped <Time seconds={stop.stop_time_sec} full />
            {stop.resume_time_sec === "0" ? (
              onResume && (
                <>
                  {" "}
                  <TextButton
                    onClick={() =>
                      onResume({
                        verb: "resume",
                        run: stop.run,
                        runWords: `The run that was stopped on ${stoppedOn(stop.stop_time_sec)}.`,
                      })
                    }
                    label={`Resume the run that was stopped on ${stoppedOn(stop.stop_time_sec)}`}
                  >
                    Resume
                  </TextButton>
                </>
              )
            ) : (
              <>
                , resumed <Time seconds={stop.resume_time_sec} full />
              </>
            )}
          </List.Item>
        ))}
        {event.pauses.toReversed().map((pause) => (
          <List.Item key={`all ${pause.stop_time_sec}`}>
            All of it, from <Time seconds={pause.stop_time_sec} full /> to{" "}
            <Time seconds={pause.resume_time_sec} full />
          </List.Item>
        ))}
      </List>
    </Card>
  );
}

function Facts({ event }: { event: LiveEvent }) {
  return (
    <Card component="section" aria-label="What it is" withBorder padding="md">
      <Stack gap="md">
        <Fact title="When">{event.schedule.words}</Fact>
        <Fact title="Who">
          {event.audiences.length > 0 ? <Audiences names={event.audiences} /> : "Everybody"}
          {event.exclude_audiences.length > 0 && (
            <>
              , but nobody in <Audiences names={event.exclude_audiences} />
            </>
          )}
        </Fact>
        <Fact title="Taking part">
          {joiningWords(event)}.{" "}
          {event.participants_max > 0
            ? `At most ${event.participants_max.toLocaleString("en")} in each run.`
            : "As many as come."}{" "}
          {event.sticky_membership
            ? "Who once took part stays to the end of the run."
            : "Who leaves the audiences is out at once."}
        </Fact>
        <Fact title="Flags">
          {event.flags.length === 0
            ? "No flags change"
            : event.flags.map((override) => (
                <div key={override.flag}>
                  <TextLink to={`/flags/${encodeURIComponent(override.flag)}`}>
                    {override.flag}
                  </TextLink>{" "}
                  {override.value !== undefined && <ShortValue text={override.value} />}
                  {override.variants.map((variant) => (
                    <Text size="xs" component="div" key={variant.name} pl="sm">
                      <Audiences names={variant.audiences} />: <ShortValue text={variant.value} />
                    </Text>
                  ))}
                </div>
              ))}
        </Fact>
        <Fact title="Value for games">
          <ShortValue text={event.value} />
        </Fact>
        {event.labels.length > 0 && (
          <Fact title="Labels">
            <LabelBadges labels={event.labels} />
          </Fact>
        )}
        {event.metrics.length > 0 && <Fact title="Metrics">{event.metrics.join(", ")}</Fact>}
        {event.template && <Fact title="Template">{event.template}</Fact>}
        <Fact title="Changed">
          <Time seconds={event.update_time_sec} />
        </Fact>
      </Stack>
    </Card>
  );
}

function Fact({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div>
      <Text size="xs" c="dimmed">
        {title}
      </Text>
      <Text size="sm" component="div" style={{ overflowWrap: "anywhere" }}>
        {children}
      </Text>
    </div>
  );
}

function Audiences({ names }: { names: readonly string[] }) {
  return names.map((name, index) => (
    <span key={name}>
      {index > 0 && " or "}
      <TextLink to={`/audiences/${encodeURIComponent(name)}`}>{name}</TextLink>
    </span>
  ));
}
