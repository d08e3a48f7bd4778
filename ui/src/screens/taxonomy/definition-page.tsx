/** The page of one definition: its editor and its history; or of a new one. */

import { Tabs } from "@mantine/core";
import { useNavigate, useParams } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { type Definitions, KINDS, useDefinition } from "@/api/definitions";
import { DeleteDefinition } from "@/shared/delete-definition";
import { ErrorPanel, Waiting } from "@/shared/feedback";
import { HistoryTab } from "@/shared/history-tab";
import { LabelBadges } from "@/shared/labels";
import { type Crumb, Page } from "@/shared/page";
import { useUrlState } from "@/shared/url-state";
import { OriginBadge } from "./columns";
import { isLocked, type TaxonomyKind } from "./kinds";

interface PageProps<K extends TaxonomyKind> {
  kind: K;
  /** What happens to games once it is deleted, in a sentence. */
  consequence: string;
  editor: (definition: Definitions[K]) => ReactNode;
}

export function DefinitionPage<K extends TaxonomyKind>({
  kind,
  consequence,
  editor,
}: PageProps<K>) {
  const { name = "" } = useParams({ strict: false }) as { name?: string };
  const definition = useDefinition(kind, name);
  const navigate = useNavigate();
  const [url, setUrl] = useUrlState();
  if (definition.isPending || definition.isError) {
    return (
      <Page title={name} crumbs={crumbsOf(kind)}>
        {definition.isPending ? (
          <Waiting />
        ) : (
          <ErrorPanel error={definition.error} retry={() => definition.refetch()} />
        )}
      </Page>
    );
  }
  const found: Definitions[K] = definition.data;
  const tab = url.tab === "history" ? "history" : "definition";
  return (
    <Page
      title={found.name}
      lead={found.description || undefined}
      crumbs={crumbsOf(kind)}
      badges={
        <>
          <OriginBadge definition={found} one={KINDS[kind].one} />
          {"labels" in found && <LabelBadges labels={found.labels} />}
        </>
      }
      actions={
        !isLocked(found) && (
          <DeleteDefinition
            kind={kind}
            definition={found}
            consequence={consequence}
            onDeleted={() => navigate({ to: KINDS[kind].screen as string })}
          />
        )
      }
    >
      <Tabs
        value={tab}
        onChange={(next) => setUrl({ tab: next === "history" ? "history" : "" })}
        // What is edited stays while the history is looked at.
        keepMounted
      >
        <Tabs.List>
          <Tabs.Tab value="definition">Definition</Tabs.Tab>
          <Tabs.Tab value="history">History</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="definition" pt="lg">
          {editor(found)}
        </Tabs.Panel>
        <Tabs.Panel value="history" pt="lg">
          {tab === "history" && <HistoryTab kind={kind} id={found.id} />}
        </Tabs.Panel>
      </Tabs>
    </Page>
  );
}

export function NewDefinitionPage({
  kind,
  lead,
  children,
}: {
  kind: TaxonomyKind;
  lead: string;
  children: ReactNode;
}) {
  return (
    <Page title={`New ${KINDS[kind].one}`} lead={lead} crumbs={crumbsOf(kind)}>
      {children}
    </Page>
  );
}

function crumbsOf(kind: TaxonomyKind): Crumb[] {
  const { many, screen } = KINDS[kind];
  return [{ label: many.charAt(0).toUpperCase() + many.slice(1), to: screen }];
}
