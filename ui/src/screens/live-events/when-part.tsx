/** When the runs of a live event are: once or again and again, by whose clocks, and until when. */

import { Grid, Group, Input, SegmentedControl, Stack, Text } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import { inZone, repeating, type ScheduleDraft } from "./draft";
import { DurationInput } from "./duration-input";
import type { PartProps } from "./part-props";
import { PreviewPanel } from "./preview-panel";
import { RecurrenceInput } from "./recurrence-input";
import { usePreview } from "./use-preview";
import { ZoneMoment } from "./zone-moment";
import { ZoneInput } from "./zone-select";
import { shownText } from "./zone-time";

type Clocks = "utc" | "zone" | "player";

export function WhenPart({ draft, onChange, errors, readOnly, onProblem }: PartProps) {
  const { schedule } = draft;
  const [from, setFrom] = useState(0);
  const told = usePreview(schedule, from);
  const tell = useRef(onProblem);
  tell.current = onProblem;
  const isWrong = Object.keys(told.errors).length > 0;
  useEffect(() => {
    tell.current("schedule", isWrong ? "The schedule is not right yet" : "");
    return () => tell.current("schedule", "");
  }, [isWrong]);
  const change = (changes: Partial<ScheduleDraft>) =>
    onChange({ schedule: { ...schedule, ...changes } });
  const errorOf = (field: string) =>
    told.errors[`schedule.${field}`] ?? errors[`schedule.${field}`] ?? undefined;
  const zoned = { zone: schedule.zone, playerLocal: schedule.playerLocal, readOnly };
  return (
    <Grid gap="xl">
      <Grid.Col span={{ base: 12, lg: 6 }}>
        <Stack>
          <ClocksInput
            schedule={schedule}
            onSchedule={(next) => onChange({ schedule: next })}
            error={errorOf("time_zone")}
            readOnly={readOnly}
          />
          <Input.Wrapper label="How often" labelElement="div">
            <div>
              <SegmentedControl
                aria-label="How often"
                data={[
                  { value: "once", label: "Once" },
                  { value: "again", label: "Again and again" },
                ]}
                value={schedule.repeats ? "again" : "once"}
                onChange={(often) => onChange({ schedule: repeating(schedule, often === "again") })}
                readOnly={readOnly}
              />
            </div>
          </Input.Wrapper>
          <Group align="flex-start" gap="md" grow>
            <ZoneMoment
              label={schedule.repeats ? "No runs start before" : "Start"}
              value={schedule.startSec}
              onChange={(startSec) => change({ startSec })}
              error={errorOf("start_time_sec")}
              required
              {...zoned}
            />
            <ZoneMoment
              label={schedule.repeats ? "No runs start from then on" : "End"}
              value={schedule.endSec}
              onChange={(endSec) => change({ endSec })}
              error={errorOf("end_time_sec")}
              required={!schedule.repeats}
              {...zoned}
            />
          </Group>
          {schedule.repeats && (
            <>
              <Text size="sm" c="dimmed" mt={-8}>
                Without an end of the series it goes on for ever.
              </Text>
              <RecurrenceInput
                cron={schedule.cron}
                onChange={(cron) => change({ cron })}
                error={errorOf("reset_cron")}
                readOnly={readOnly}
              />
              <DurationInput
                label="Each run lasts"
                description="Runs never overlap: one ends where the next begins"
                value={schedule.durationSec}
                onChange={(durationSec) => change({ durationSec })}
                error={errorOf("duration_sec")}
                readOnly={readOnly}
              />
            </>
          )}
        </Stack>
      </Grid.Col>
      <Grid.Col span={{ base: 12, lg: 6 }}>
        <PreviewPanel schedule={schedule} told={told} from={from} onFrom={setFrom} />
      </Grid.Col>
    </Grid>
  );
}

/** By whose clocks the times are meant. What clocks show stays when the zone changes. */
function ClocksInput({
  schedule,
  onSchedule,
  error,
  readOnly,
}: {
  schedule: ScheduleDraft;
  onSchedule: (schedule: ScheduleDraft) => void;
  error: string | undefined;
  readOnly: boolean;
}) {
  const [named, setNamed] = useState(schedule.zone !== "");
  const clocks: Clocks = schedule.playerLocal ? "player" : named || schedule.zone ? "zone" : "utc";
  return (
    <Stack gap="sm">
      <Input.Wrapper label="By whose clocks" labelElement="div">
        <div>
          <SegmentedControl
            aria-label="By whose clocks"
            data={[
              { value: "utc", label: "UTC" },
              { value: "zone", label: "One time zone" },
              { value: "player", label: "The player’s own" },
            ]}
            value={clocks}
            onChange={(chosen) => {
              setNamed(chosen === "zone");
              const zone =
                chosen === "utc" ? "" : schedule.zone || (chosen === "zone" ? viewersZone() : "");
              onSchedule(inZone(schedule, zone, chosen === "player"));
            }}
            readOnly={readOnly}
          />
        </div>
      </Input.Wrapper>
      {clocks !== "utc" && (
        <ZoneInput
          label={clocks === "zone" ? "Time zone" : "Where a player’s zone is not known"}
          description={
            clocks === "zone"
              ? "The same moment for everybody, by the clocks of this zone"
              : "Everybody else plays by the clock where they are, as the property timeZone says"
          }
          value={schedule.zone}
          onChange={(zone) => onSchedule(inZone(schedule, zone, schedule.playerLocal))}
          error={error}
          readOnly={readOnly}
        />
      )}
      {clocks === "utc" && (
        <Text size="sm" c="dimmed">
          The same moment for everybody. Your clock now shows {hereNow()}, UTC {utcNow()}.
        </Text>
      )}
    </Stack>
  );
}

function viewersZone(): string {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return zone === "UTC" ? "Europe/London" : zone;
}

function utcNow(): string {
  return shownText(String(Math.floor(Date.now() / 60_000) * 60), "").slice(11);
}

function hereNow(): string {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return shownText(String(Math.floor(Date.now() / 60_000) * 60), zone).slice(11);
}
