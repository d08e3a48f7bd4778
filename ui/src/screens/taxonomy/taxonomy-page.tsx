/** The frame of the taxonomy's lists: one heading, and a tab for each kind. */

import { Button, Tabs } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { Link, useNavigate } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { KINDS } from "@/api/definitions";
import { Allowed } from "@/session/session";
import { Page } from "@/shared/page";
import { KINDS_SHOWN, type TaxonomyKind } from "./kinds";

const LEADS: Record<TaxonomyKind, string> = {
  "taxonomy/event": "What games may send. An event that is not declared here is refused and kept.",
  "taxonomy/property":
    "What games may tell of a player. Default ones need nothing; your own go under custom.",
  "taxonomy/validator": "JSON Schemas with a name: what values, metadata and flags must fit.",
  "taxonomy/label": "Labels sort your definitions, and say which of them need an approval.",
};

export function TaxonomyPage({ kind, children }: { kind: TaxonomyKind; children: ReactNode }) {
  const navigate = useNavigate();
  return (
    <Page title="Taxonomy" lead={LEADS[kind]} actions={<CreateButton kind={kind} />}>
      <Tabs
        value={kind}
        onChange={(next) => navigate({ to: KINDS[next as TaxonomyKind].screen as string })}
      >
        <Tabs.List>
          {KINDS_SHOWN.map((each) => (
            <Tabs.Tab key={each} value={each}>
              {tabName(each)}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value={kind} pt="md">
          {children}
        </Tabs.Panel>
      </Tabs>
    </Page>
  );
}

/** The button for who may make one. */
export function CreateButton({ kind }: { kind: TaxonomyKind }) {
  return (
    <Allowed entity="taxonomy" action="write">
      <Button
        leftSection={<IconPlus size={16} />}
        renderRoot={(props) => <Link to={`${KINDS[kind].screen}/new` as string} {...props} />}
      >
        New {KINDS[kind].one}
      </Button>
    </Allowed>
  );
}

function tabName(kind: TaxonomyKind): string {
  const { many } = KINDS[kind];
  return many.charAt(0).toUpperCase() + many.slice(1);
}
