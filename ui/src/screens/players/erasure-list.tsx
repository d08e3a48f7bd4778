/** Every erasure of a player, with its signed receipt. */

import { Button, Text } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useState } from "react";
import { type Column, CursorTable } from "@/shared/data-table";
import { EmptyState, say, sayError } from "@/shared/feedback";
import { Page } from "@/shared/page";
import { Time } from "@/shared/time";
import { useUrlState } from "@/shared/url-state";
import { downloadText, receiptFileName } from "./download";
import { ErasureDetail, ErasureProgress, ErasureState } from "./erasure-detail";
import { type Erasure, fetchErasureKey, useErasures } from "./player-api";

const PAGE = 50;

const COLUMNS: Column<Erasure>[] = [
  { key: "state", header: "State", cell: (erasure) => <ErasureState state={erasure.state} /> },
  {
    key: "asked",
    header: "Asked for",
    cell: (erasure) => <Time seconds={erasure.request_time_sec} full />,
    width: 200,
  },
  {
    key: "by",
    header: "By",
    cell: (erasure) => erasure.requested_by,
  },
  {
    key: "id",
    header: "Erasure",
    wide: true,
    cell: (erasure) => (
      <Text size="xs" c="dimmed" ff="monospace" span>
        {erasure.id}
      </Text>
    ),
  },
  {
    key: "receipt",
    header: "Receipt",
    align: "right",
    width: 150,
    cell: (erasure) =>
      erasure.signed_receipt ? (
        <Button
          size="compact-sm"
          variant="default"
          leftSection={<IconDownload size={14} />}
          aria-label={`Download the receipt of erasure ${erasure.id}`}
          onClick={() => downloadText(receiptFileName(erasure.id), erasure.signed_receipt ?? "")}
        >
          Download
        </Button>
      ) : (
        "On its way"
      ),
  },
];

/** The list of erasures; the one that the address names is followed until it is done. */
export function ErasureListScreen() {
  const [url, setUrl] = useUrlState();
  const erasures = useErasures({
    "pagination.limit": PAGE,
    "pagination.cursor": url.cursor,
  });
  const [busy, setBusy] = useState(false);
  return (
    <Page
      title="Erasures"
      crumbs={[{ label: "Players", to: "/players" }]}
      lead="Players who were removed for good. A receipt says what was done in every store, signed by this server; it does not say who it was, except to who knows the id."
      actions={
        <Button
          variant="default"
          leftSection={<IconDownload size={16} />}
          loading={busy}
          onClick={async () => {
            setBusy(true);
            try {
              const key = await fetchErasureKey();
              downloadText("matsuri-erasure-key.jwk.json", `${JSON.stringify(key, null, 2)}\n`);
              say("Receipts are checked with this key.");
            } catch (error) {
              sayError(error);
            } finally {
              setBusy(false);
            }
          }}
        >
          Public key
        </Button>
      }
    >
      {url.erasure && <ErasureProgress id={url.erasure} onClose={() => setUrl({ erasure: "" })} />}
      <CursorTable
        label="Erasures"
        rows={erasures.data?.erasures}
        columns={COLUMNS}
        rowKey={(erasure) => erasure.id}
        rowName={(erasure) => `erasure ${erasure.id}`}
        detail={(erasure) => <ErasureDetail erasure={erasure} />}
        error={erasures.error}
        retry={() => erasures.refetch()}
        nextCursor={erasures.data?.page_options.next_cursor}
        prevCursor={erasures.data?.page_options.prev_cursor}
        onCursor={(cursor) => setUrl({ cursor })}
        empty={
          <EmptyState title="Nobody was erased">
            A player can ask for it in the game, and you can for them: on the player’s page, under
            More actions.
          </EmptyState>
        }
      />
    </Page>
  );
}
