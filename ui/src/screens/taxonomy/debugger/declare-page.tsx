/** Declaring what was refused, and taking it in: proposed, edited, previewed, done. */

import { Alert } from "@mantine/core";
import { IconInfoCircle, IconLock } from "@tabler/icons-react";
import { useState } from "react";
import { ApiError } from "@/api/client";
import { type Definitions, useDefinition } from "@/api/definitions";
import { EmptyState, ErrorPanel, Waiting } from "@/shared/feedback";
import { Page, TextLink } from "@/shared/page";
import { useUrlState } from "@/shared/url-state";
import { isLocked, lockedBecause, VALUE_TYPES } from "../kinds";
import { DeclareForm } from "./declare-form";
import { type Proposed, usePropose } from "./queries";

/** The wizard for the refused events of the name in the address. */
export function DeclareScreen() {
  const [url] = useUrlState();
  const name = url.name ?? "";
  return (
    <Page
      title={`Declare ${name}`}
      lead="A definition that the refused events would meet, inferred from the latest of them. Make it yours, see what it would accept, then declare it and take the events in."
      crumbs={[{ label: "Debugger", to: "/taxonomy/debugger" }]}
    >
      <Wizard key={name} name={name} />
    </Page>
  );
}

/** What the wizard was begun with. It stays, though declaring and replaying change both. */
interface Beginning {
  proposed: Proposed;
  /** The event as it is declared already, if it is. */
  event: Definitions["taxonomy/event"] | undefined;
}

function Wizard({ name }: { name: string }) {
  const proposed = usePropose(name);
  const existing = useDefinition("taxonomy/event", name);
  const isNew = existing.error instanceof ApiError && existing.error.status === 404;
  const [begun, setBegun] = useState<Beginning | null>(null);
  if (begun === null && proposed.data && (existing.data || isNew)) {
    setBegun({ proposed: proposed.data, event: existing.data });
  }
  if (begun) {
    return <Begun {...begun} />;
  }
  if (proposed.isPending || existing.isPending) {
    return <Waiting label="Looking at the refused events" />;
  }
  if (!proposed.data) {
    return proposed.error instanceof ApiError && proposed.error.status === 404 ? (
      <EmptyState title="Nothing of this name is refused">
        All of them were accepted, discarded, or are too old to be kept.
      </EmptyState>
    ) : (
      <ErrorPanel error={proposed.error} retry={() => proposed.refetch()} />
    );
  }
  return existing.error && !isNew ? (
    <ErrorPanel error={existing.error} retry={() => existing.refetch()} />
  ) : (
    <Waiting />
  );
}

function Begun({ proposed, event }: Beginning) {
  if (event && isLocked(event)) {
    return (
      <Alert variant="default" icon={<IconLock />} title="Its definition is fixed">
        {lockedBecause(event, "event")} What is refused must be mended in the game.
      </Alert>
    );
  }
  return (
    <>
      {event && <DeclaredAlready event={event} />}
      <DeclareForm proposed={proposed} existing={event} />
    </>
  );
}

function DeclaredAlready({ event }: { event: Definitions["taxonomy/event"] }) {
  const validator = event.metadata_validator;
  return (
    <Alert variant="default" icon={<IconInfoCircle />} title={`${event.name} is declared already`}>
      Its value is {VALUE_TYPES[event.value_type].label.toLowerCase()}, its metadata{" "}
      {validator ? `must fit ${validator}` : "is anything"}. What you declare here takes the place
      of that. It is inferred from what was refused only: see that it also fits what is accepted
      now.
      <div>
        <TextLink to={`/taxonomy/events/${encodeURIComponent(event.name)}`}>
          See what is declared
        </TextLink>
      </div>
    </Alert>
  );
}
