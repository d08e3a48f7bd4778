/** A file of ids becomes a whole list: part by part, and all at once at the end. */

import { Button, FileInput, Group, Modal, Progress, Stack, Text, TextInput } from "@mantine/core";
import { IconFile } from "@tabler/icons-react";
import { useRef, useState } from "react";
import { call, pathOf, type Schemas } from "@/api/client";
import { type Definitions, useRefreshDefinitions } from "@/api/definitions";
import { ErrorPanel, say } from "@/shared/feedback";
import { idsOf, partsOf } from "./id-file";
import type { Listing } from "./lists-tab";

type Import = Schemas["ImportMessage"];
type Changed = Schemas["ListChangedMessage"];

export function ImportDialog({
  audience,
  listing,
  onClose,
}: {
  audience: Definitions["audience"];
  listing: Listing;
  onClose: () => void;
}) {
  const [ids, setIds] = useState<string[] | null>(null);
  const [file, setFile] = useState<File | null>(null);
  const [note, setNote] = useState("");
  const [done, setDone] = useState<number | null>(null);
  const [error, setError] = useState<unknown>(null);
  const stop = useRef<AbortController | null>(null);
  const refresh = useRefreshDefinitions();
  const now = listing === "include" ? audience.include_count : audience.exclude_count;
  const choose = async (chosen: File | null) => {
    setFile(chosen);
    setError(null);
    setIds(null);
    try {
      setIds(chosen && idsOf(await chosen.text()));
    } catch (problem) {
      setError(problem);
    }
  };
  const run = async (all: string[]) => {
    const control = new AbortController();
    stop.current = control;
    setError(null);
    setDone(0);
    try {
      const changed = await importIds(audience.id, listing, all, note, setDone, control.signal);
      say(
        `The ${listing} list has ${changed.count.toLocaleString("en")} players: ` +
          `${changed.added.toLocaleString("en")} came, ${changed.removed.toLocaleString("en")} went.`,
      );
      await refresh();
      onClose();
    } catch (problem) {
      if (!control.signal.aborted) {
        setError(problem);
      }
    } finally {
      setDone(null);
    }
  };
  const isRunning = done !== null;
  const close = () => {
    stop.current?.abort();
    onClose();
  };
  return (
    <Modal
      opened
      onClose={close}
      closeOnClickOutside={!isRunning}
      title={`Import the ${listing} list`}
    >
      <Stack>
        <Text size="sm">
          The file replaces the whole list: who is not in it goes. Until everything has arrived, the
          list stays as it is. To add some players, use the field on the page.
        </Text>
        <FileInput
          label="File"
          description="A text or CSV file: one id in each line, or in the first column"
          placeholder="Choose a file"
          accept=".txt,.csv,text/plain,text/csv"
          leftSection={<IconFile size={16} />}
          value={file}
          onChange={(chosen) => void choose(chosen)}
          disabled={isRunning}
          clearable
        />
        {ids && (
          <Text size="sm" aria-live="polite">
            {ids.length === 0
              ? "There are no ids in this file."
              : `${ids.length.toLocaleString("en")} ids, such as ${ids.slice(0, 3).join(", ")}. The list has ${now.toLocaleString("en")} now.`}
          </Text>
        )}
        <TextInput
          label="Why, for the history"
          value={note}
          maxLength={1000}
          onChange={(event) => setNote(event.currentTarget.value)}
          disabled={isRunning}
        />
        {isRunning && ids && (
          <div role="status">
            <Progress value={(done / ids.length) * 100} aria-label="How much has been sent" />
            <Text size="sm" c="dimmed" mt={4}>
              {done.toLocaleString("en")} of {ids.length.toLocaleString("en")} sent
            </Text>
          </div>
        )}
        {error !== null && <ErrorPanel error={error} title="Not imported" />}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={close}>
            {isRunning ? "Stop" : "Cancel"}
          </Button>
          <Button
            onClick={() => ids && void run(ids)}
            loading={isRunning}
            disabled={!ids || ids.length === 0}
          >
            Replace the list
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

/** Sends the ids; what is not committed is given up, and the list is as it was. */
async function importIds(
  audience: string,
  listing: Listing,
  ids: string[],
  note: string,
  onSent: (count: number) => void,
  signal: AbortSignal,
): Promise<Changed> {
  const path = pathOf(`/v1/console/audience/{id}/${listing}/import`, audience);
  const begun = await call<Import>("POST", path, { signal });
  const place = `${path}/${encodeURIComponent(begun.id)}`;
  try {
    let sent = 0;
    for (const part of partsOf(ids, begun.part_ids_max)) {
      const entries = part.map((identity_id) => ({ identity_id }));
      await call<Import>("PUT", place, { body: { entries }, signal });
      sent += part.length;
      onSent(sent);
    }
    return await call<Changed>("POST", `${place}/commit`, { body: note ? { note } : {}, signal });
  } catch (problem) {
    // The server gives it up by itself in the end; this is sooner.
    await call("DELETE", place).catch(() => undefined);
    throw problem;
  }
}
