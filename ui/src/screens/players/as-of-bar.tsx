/** The time machine of a player's page: which instant its targeting is looked at. */

import { Alert, Box, Button, Group, Stack, Switch, Text } from "@mantine/core";
import { IconClock, IconHistory } from "@tabler/icons-react";
import { dateOf, formatRelative, formatTime, Time, useZone } from "@/shared/time";
import { useUrlState } from "@/shared/url-state";
import { type AsOf, asOfFrom, asOfState, isPast, NOW } from "./as-of";
import { TimePicker } from "./time-picker";

/** The instant that the address keeps. */
export function useAsOf(): [AsOf, (asOf: AsOf) => void] {
  const [url, setUrl] = useUrlState();
  return [asOfFrom(url), (asOf) => setUrl(asOfState(asOf))];
}

const PRESETS: [string, number][] = [
  ["In an hour", 3600],
  ["Tomorrow", 86_400],
  ["In a week", 7 * 86_400],
  ["An hour ago", -3600],
  ["Yesterday", -86_400],
];

/** The field for the instant; with another one than now, what that means for the answer. */
export function AsOfBar({ notes }: { notes: readonly string[] }) {
  const [asOf, setAsOf] = useAsOf();
  const [zone] = useZone();
  const now = Date.now() / 1000;
  return (
    <Stack gap="sm">
      <Group gap="sm">
        <TimePicker
          label="As of"
          placeholder={zone === "UTC" ? "Now (choose a time in UTC)" : "Now (choose another time)"}
          clear="Back to now"
          value={asOf.at}
          onChange={(at) => setAsOf({ at, former: asOf.at === null || asOf.former })}
          icon={<IconClock size={16} />}
          width={270}
          presets={PRESETS.map(([name, seconds]) => [name, Math.floor(now) + seconds])}
        />
        {isPast(asOf, now) && (
          <Switch
            label="With the definitions of then"
            checked={asOf.former}
            onChange={(event) => setAsOf({ ...asOf, former: event.currentTarget.checked })}
          />
        )}
      </Group>
      {asOf.at !== null && <NotNow asOf={asOf} notes={notes} onNow={() => setAsOf(NOW)} />}
      {asOf.at === null && notes.length > 0 && <Notes notes={notes} />}
    </Stack>
  );
}

function NotNow({
  asOf,
  notes,
  onNow,
}: {
  asOf: AsOf;
  notes: readonly string[];
  onNow: () => void;
}) {
  const [zone] = useZone();
  const date = dateOf(asOf.at);
  if (date === null) {
    return null;
  }
  const past = isPast(asOf, Date.now() / 1000);
  return (
    <Alert
      color="yellow"
      icon={<IconHistory />}
      title={`This is not now: it is ${formatTime(date, zone)}, ${formatRelative(date)}`}
      role="status"
    >
      <Group gap="md" justify="space-between" align="flex-start">
        <Box style={{ flex: "1 1 400px" }}>
          <Text size="sm">
            {past
              ? asOf.former
                ? "What the player would have got, by the definitions of that time."
                : "What the player would have got, had there been the definitions of now."
              : "What the player will get, if nobody changes anything until then."}
          </Text>
          <Notes notes={notes} />
        </Box>
        <Button size="xs" variant="default" onClick={onNow}>
          Back to now
        </Button>
      </Group>
    </Alert>
  );
}

function Notes({ notes }: { notes: readonly string[] }) {
  return notes.length === 0 ? null : (
    <Text size="xs" mt={2}>
      {notes.join(" ")}
    </Text>
  );
}

/** When time alone will next change what the player gets. */
export function NextChange({ seconds }: { seconds: string | undefined }) {
  return seconds && seconds !== "0" ? (
    <Text size="sm" c="dimmed">
      Time alone changes none of these before <Time seconds={seconds} full />.
    </Text>
  ) : null;
}
