/** Making a player a test device, with a clock of its own. */

import { Button, Group, Modal, NumberInput, Select, Stack, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { ApiError } from "@/api/client";
import { ErrorPanel, say } from "@/shared/feedback";
import { largestUnit, UNITS, type Unit } from "./clock-offset";
import { type Player, useSetDevice } from "./player-api";
import { offsetText } from "./player-words";

/** Sets whether a player is a test device, and how far its clock is off. */
export function TestDeviceDialog({
  player,
  opened,
  onClose,
}: {
  player: Player;
  opened: boolean;
  onClose: () => void;
}) {
  return (
    <Modal opened={opened} onClose={onClose} title="Test device" size={540}>
      <DeviceForm player={player} onClose={onClose} />
    </Modal>
  );
}

function DeviceForm({ player, onClose }: { player: Player; onClose: () => void }) {
  const given = Number(player.clock_offset_sec ?? 0);
  const [amount, setAmount] = useState<number | string>(
    Math.abs(given) / UNITS[largestUnit(given)].seconds,
  );
  const [unit, setUnit] = useState<Unit>(largestUnit(given));
  const [direction, setDirection] = useState<"ahead" | "behind">(given < 0 ? "behind" : "ahead");
  const [note, setNote] = useState("");
  const device = useSetDevice(player.id);
  const offset =
    Math.round(Number(amount || 0) * UNITS[unit].seconds) * (direction === "behind" ? -1 : 1);
  const problems = device.error instanceof ApiError ? device.error.fields : {};
  const change = (to: number | null) =>
    device.mutate(
      { offset: to, note },
      {
        onSuccess: () => {
          say(
            to === null
              ? `${player.id} is a player like all others.`
              : `${player.id} is a test device, ${offsetText(to)}.`,
          );
          onClose();
        },
      },
    );
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        change(offset);
      }}
    >
      <Stack>
        <Text size="sm">
          A test device lives at a time of its own: it gets the flags, experiments and live events
          of that time, takes no place from other players, and counts in no metric.
        </Text>
        <Group align="flex-end" gap="xs" wrap="nowrap">
          <NumberInput
            label="Clock offset"
            min={0}
            value={amount}
            onChange={setAmount}
            error={problems.clock_offset_sec}
            thousandSeparator=","
            data-autofocus
            style={{ flex: 1 }}
          />
          <Select
            aria-label="Unit of the offset"
            data={Object.entries(UNITS).map(([value, { label }]) => ({ value, label }))}
            value={unit}
            onChange={(chosen) => setUnit((chosen ?? "hours") as Unit)}
            allowDeselect={false}
            w={120}
          />
          <Select
            aria-label="Direction of the offset"
            data={[
              { value: "ahead", label: "ahead" },
              { value: "behind", label: "behind" },
            ]}
            value={direction}
            onChange={(chosen) => setDirection(chosen === "behind" ? "behind" : "ahead")}
            allowDeselect={false}
            w={120}
          />
        </Group>
        <TextInput
          label="Note"
          description="Whose device it is, or why: kept in the audit log"
          value={note}
          maxLength={1000}
          onChange={(event) => setNote(event.currentTarget.value)}
          error={problems.note}
        />
        {device.error && <ErrorPanel error={device.error} />}
        <Group justify="space-between" gap="xs">
          {player.is_test ? (
            <Button
              variant="subtle"
              color="red"
              onClick={() => change(null)}
              disabled={device.isPending}
            >
              Make it a player like others
            </Button>
          ) : (
            <span />
          )}
          <Group gap="xs">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={device.isPending}>
              {player.is_test ? "Set the clock" : "Make it a test device"}
            </Button>
          </Group>
        </Group>
      </Stack>
    </form>
  );
}
