/** How far an erasure has come, and what its receipt says. */

import {
  Alert,
  Badge,
  Button,
  CloseButton,
  Group,
  List,
  Stack,
  Stepper,
  Text,
} from "@mantine/core";
import { IconCheck, IconClock, IconDownload, IconLoader } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { type Column, Rows } from "@/shared/data-table";
import { ErrorPanel } from "@/shared/feedback";
import { Time } from "@/shared/time";
import { CodeText } from "./code-text";
import { downloadText, receiptFileName } from "./download";
import { type Erasure, useErasure } from "./player-api";
import { bytesText } from "./player-words";

type State = Erasure["state"];
type Store = NonNullable<Erasure["receipt"]>["stores"][number];

const LOOKS: Record<State, { word: string; colour: string; icon: ReactNode; done: number }> = {
  requested: { word: "Asked for", colour: "blue", icon: <IconClock size={12} />, done: 1 },
  removed: { word: "Removed", colour: "yellow", icon: <IconLoader size={12} />, done: 2 },
  scrubbed: { word: "Done", colour: "teal", icon: <IconCheck size={12} />, done: 3 },
};

/** The state of an erasure in a word. */
export function ErasureState({ state }: { state: State }) {
  const look = LOOKS[state];
  return (
    <Badge color={look.colour} leftSection={look.icon}>
      {look.word}
    </Badge>
  );
}

/** Follows an erasure that was just begun. */
export function ErasureProgress({ id, onClose }: { id: string; onClose: () => void }) {
  const erasure = useErasure(id);
  if (erasure.error) {
    return <ErrorPanel error={erasure.error} retry={() => erasure.refetch()} />;
  }
  const state = erasure.data?.state ?? "requested";
  const signed = erasure.data?.signed_receipt;
  return (
    <Alert
      color={state === "scrubbed" ? "teal" : "blue"}
      title={state === "scrubbed" ? "The player is erased" : "The player is being erased"}
      role="status"
    >
      <Stack gap="md">
        <Stepper active={LOOKS[state].done} size="xs" allowNextStepsSelect={false}>
          <Stepper.Step label="Asked for" description="No token works" />
          <Stepper.Step label="Removed" description="Nothing finds the player" />
          <Stepper.Step label="Searched" description="Every file, for what is left" />
        </Stepper>
        <Group gap="xs">
          {signed ? (
            <Button
              leftSection={<IconDownload size={16} />}
              onClick={() => downloadText(receiptFileName(id), signed)}
            >
              Download the receipt
            </Button>
          ) : (
            <Text size="sm">
              This takes seconds on a quiet server. You can leave this page: the list below keeps
              the receipt.
            </Text>
          )}
          <CloseButton ml="auto" onClick={onClose} aria-label="Close" />
        </Group>
      </Stack>
    </Alert>
  );
}

const STORE_COLUMNS: Column<Store>[] = [
  { key: "store", header: "Store", cell: (store) => store.store },
  {
    key: "removed",
    header: "Removed",
    cell: (store) =>
      Object.entries(store.removed ?? {})
        .map(([kind, count]) => `${count.toLocaleString("en")} ${kind.replaceAll("_", " ")}`)
        .join(", ") || "–",
  },
  {
    key: "searched",
    header: "Searched",
    align: "right",
    width: 190,
    cell: (store) =>
      `${bytesText(store.bytes_searched)} in ${store.files.toLocaleString("en")} files`,
  },
  {
    key: "others",
    header: "Found, of others",
    align: "right",
    wide: true,
    cell: (store) => (store.matches_of_others ?? 0).toLocaleString("en"),
  },
  {
    key: "unexplained",
    header: "Found, unexplained",
    align: "right",
    cell: (store) => (store.matches_unexplained ?? 0).toLocaleString("en"),
  },
];

/** What the receipt of an erasure says. */
export function ErasureDetail({ erasure }: { erasure: Erasure }) {
  const receipt = erasure.receipt;
  return (
    <Stack gap="sm">
      <List size="sm" spacing={2}>
        <List.Item>
          Asked for <Time seconds={erasure.request_time_sec} full /> by {erasure.requested_by}
        </List.Item>
        {receipt && (
          <>
            <List.Item>
              Removed <Time seconds={receipt.remove_time_sec} full />
            </List.Item>
            <List.Item>
              Searched <Time seconds={receipt.scrub_time_sec} full />
              {receipt.runs > 1 && `, in ${receipt.runs.toLocaleString("en")} runs`}
            </List.Item>
          </>
        )}
        <List.Item>
          SHA-256 of salt and id <CodeText>{erasure.identity_digest}</CodeText>, salt{" "}
          <CodeText>{erasure.salt}</CodeText>
        </List.Item>
      </List>
      {receipt && (
        <Rows
          label="What was done in every store"
          rows={receipt.stores}
          columns={STORE_COLUMNS}
          rowKey={(store) => store.store}
        />
      )}
    </Stack>
  );
}
