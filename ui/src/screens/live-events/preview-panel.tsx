/** The next runs of a schedule as it is edited, and the same runs as players elsewhere see them. */

import { Alert, Box, Button, Card, Group, Stack, Table, Text, Title } from "@mantine/core";
import { useLocalStorage } from "@mantine/hooks";
import { IconClockExclamation } from "@tabler/icons-react";
import { useState } from "react";
import { ErrorPanel } from "@/shared/feedback";
import { clockZone, type ScheduleDraft } from "./draft";
import { type Preview, useLocalPreviews, type usePreview } from "./use-preview";
import { ZonesInput } from "./zone-select";
import { isZone, localText, nextClockChange, shortLocalText, shortText } from "./zone-time";

const ZONES_MAX = 4;
const USUAL_ZONES = ["America/Los_Angeles", "Europe/Berlin", "Asia/Tokyo"];
/** Runs of the days before a change of clocks show what it does. */
const BEFORE_CHANGE_S = 3 * 86_400;

export function PreviewPanel({
  schedule,
  told,
  from,
  onFrom,
}: {
  schedule: ScheduleDraft;
  told: ReturnType<typeof usePreview>;
  /** From when on runs are shown; 0 for now. */
  from: number;
  onFrom: (seconds: number) => void;
}) {
  const { preview, error, isOld, isRefused } = told;
  const [zones, setZones] = useZones();
  return (
    <Card component="section" aria-label="Preview" withBorder padding="md">
      <Stack gap="sm">
        <Group justify="space-between" gap="xs">
          <Title order={2} size="h4">
            Next runs
          </Title>
          <FromWhen schedule={schedule} zones={zones} from={from} onFrom={onFrom} />
        </Group>
        <Box aria-live="polite" style={{ opacity: isOld ? 0.6 : 1 }}>
          {preview ? (
            <Runs preview={preview} playerLocal={schedule.playerLocal} />
          ) : isRefused ? (
            <Text size="sm">There are no runs while the schedule is not right.</Text>
          ) : error ? (
            <ErrorPanel error={error} title="No runs like this" />
          ) : (
            <Text size="sm" c="dimmed">
              Asking the server
            </Text>
          )}
        </Box>
        {preview && preview.runs.length > 0 && (
          <>
            <ZonesInput value={zones} onChange={setZones} max={ZONES_MAX} />
            {zones.length > 0 && (
              <ByZone preview={preview} schedule={schedule} zones={zones} from={from} />
            )}
          </>
        )}
      </Stack>
    </Card>
  );
}

/** The zones to look at; kept in this browser. */
export function useZones(): [string[], (zones: string[]) => void] {
  const [zones, setZones] = useLocalStorage<string[]>({
    key: "matsuri-live-event-zones",
    defaultValue: USUAL_ZONES,
    getInitialValueInEffect: false,
  });
  const known = Array.isArray(zones) ? zones.filter((zone) => isZone(String(zone))) : USUAL_ZONES;
  return [known.slice(0, ZONES_MAX), setZones];
}

/** Moves the preview to where clocks are changed next, in the schedule's zone or in a chosen one. */
function FromWhen({
  schedule,
  zones,
  from,
  onFrom,
}: {
  schedule: ScheduleDraft;
  zones: string[];
  from: number;
  onFrom: (seconds: number) => void;
}) {
  const [now] = useState(() => Math.floor(Date.now() / 1000));
  if (from) {
    return (
      <Button size="compact-sm" variant="subtle" onClick={() => onFrom(0)}>
        From now on
      </Button>
    );
  }
  const first = Math.max(now, Number(schedule.startSec) || 0);
  const own = clockZone(schedule);
  const changes = (schedule.playerLocal ? zones : [own, ...zones])
    .map((zone) => ({ zone, at: isZone(zone) ? nextClockChange(zone, first) : null }))
    .filter((each): each is { zone: string; at: number } => each.at !== null);
  const change = changes.find(({ zone }) => zone === own) ?? changes[0];
  if (!change) {
    return null;
  }
  return (
    <Button
      size="compact-sm"
      variant="subtle"
      onClick={() => onFrom(Math.max(first, change.at - BEFORE_CHANGE_S))}
    >
      Around the change of clocks in {change.zone}
    </Button>
  );
}

function Runs({ preview, playerLocal }: { preview: Preview; playerLocal: boolean }) {
  return (
    <Stack gap="xs">
      <Text size="sm">{preview.words}</Text>
      {preview.runs.length === 0 && <Text size="sm">There are no runs to come.</Text>}
      {preview.runs.length > 0 && (
        <>
          <Text size="xs" c="dimmed">
            {playerLocal
              ? `By the player’s own clock; the offsets are those of ${preview.time_zone}, for players whose zone is not known`
              : `By the clocks of ${preview.time_zone}`}
          </Text>
          <Stack component="ol" gap={6} m={0} pl="lg">
            {preview.runs.map((run) => (
              <li key={run.run}>
                <Text size="sm">
                  {localText(run.local_start)} to {localText(run.local_end)}
                </Text>
                {run.notes.map((note) => (
                  <Text key={note} size="xs" c="dimmed">
                    {note}
                  </Text>
                ))}
              </li>
            ))}
          </Stack>
        </>
      )}
      <Notes notes={preview.notes} />
    </Stack>
  );
}

function Notes({ notes, of = "" }: { notes: readonly string[]; of?: string }) {
  return notes.length === 0 ? null : (
    <Alert color="yellow" variant="light" icon={<IconClockExclamation />} p="xs">
      {notes.map((note) => (
        <Text key={note} size="sm">
          {of && <strong>{of}: </strong>}
          {note}
        </Text>
      ))}
    </Alert>
  );
}

function ByZone({
  preview,
  schedule,
  zones,
  from,
}: {
  preview: Preview;
  schedule: ScheduleDraft;
  zones: string[];
  from: number;
}) {
  const local = useLocalPreviews(schedule, zones, from);
  return (
    <Stack gap="xs">
      <Table.ScrollContainer minWidth={40 + zones.length * 128} type="native">
        <Table
          aria-label="The same runs in other time zones"
          fz="xs"
          verticalSpacing={6}
          horizontalSpacing={6}
          layout="fixed"
        >
          <Table.Thead>
            <Table.Tr>
              <Table.Th w={34}>Run</Table.Th>
              {zones.map((zone) => (
                <Table.Th key={zone} style={{ overflowWrap: "anywhere" }}>
                  {zone.replaceAll("_", " ")}
                </Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {preview.runs.map((run, index) => (
              <Table.Tr key={run.run}>
                <Table.Td>{index + 1}</Table.Td>
                {zones.map((zone, place) => {
                  const own = local[place]?.data?.runs[index];
                  return (
                    <Table.Td key={zone}>
                      {!schedule.playerLocal ? (
                        <Span
                          from={shortText(run.start_time_sec, zone)}
                          to={shortText(run.end_time_sec, zone)}
                        />
                      ) : own ? (
                        <Span
                          from={shortLocalText(own.local_start)}
                          to={shortLocalText(own.local_end)}
                          notes={own.notes}
                        />
                      ) : (
                        "–"
                      )}
                    </Table.Td>
                  );
                })}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      {schedule.playerLocal &&
        zones.map((zone, place) => (
          <Notes key={zone} of={zone} notes={local[place]?.data?.notes ?? []} />
        ))}
    </Stack>
  );
}

function Span({ from, to, notes = [] }: { from: string; to: string; notes?: readonly string[] }) {
  return (
    <>
      <div>{from}</div>
      <div>to {to}</div>
      {notes.map((note) => (
        <Text key={note} size="xs" c="dimmed">
          {note}
        </Text>
      ))}
    </>
  );
}
