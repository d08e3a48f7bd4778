/** One flag: its values, variants, schedule, who gets what, and its history; or a new one. */

import { Badge, Tabs } from "@mantine/core";
import { useNavigate, useParams } from "@tanstack/react-router";
import { type Definitions, useDefinition } from "@/api/definitions";
import { DeleteDefinition } from "@/shared/delete-definition";
import { ErrorPanel, Waiting } from "@/shared/feedback";
import { HistoryTab } from "@/shared/history-tab";
import { LabelBadges } from "@/shared/labels";
import { Page } from "@/shared/page";
import { useUrlState } from "@/shared/url-state";
import { EDITED_TABS, FlagEditor } from "./flag-editor";

const CRUMBS = [{ label: "Flags", to: "/flags" }];
const TABS = [...EDITED_TABS, "who", "history"];
const TITLES: Record<string, string> = {
  values: "Values",
  variants: "Variants",
  schedule: "Schedule",
  who: "Who gets what",
  history: "History",
};

/** A flag that is yet to be made. */
export function NewFlagScreen() {
  return (
    <Page
      title="New flag"
      lead="A value that the game reads by this name. Make it with the value that the game has today."
      crumbs={CRUMBS}
    >
      <FlagTabs flag={undefined} />
    </Page>
  );
}

/** The flag that the address names. */
export function FlagScreen() {
  const { name = "" } = useParams({ strict: false }) as { name?: string };
  const flag = useDefinition("flag", name);
  const navigate = useNavigate();
  // What was read stays while it cannot be read again, as under the name that it just had.
  if (!flag.data) {
    return (
      <Page title={name} crumbs={CRUMBS}>
        {flag.isError ? (
          <ErrorPanel error={flag.error} retry={() => flag.refetch()} />
        ) : (
          <Waiting />
        )}
      </Page>
    );
  }
  return (
    <Page
      title={flag.data.name}
      lead={flag.data.description || undefined}
      crumbs={CRUMBS}
      badges={
        <>
          {!flag.data.enabled && <Badge color="gray">Off</Badge>}
          <LabelBadges labels={flag.data.labels} />
        </>
      }
      actions={
        <DeleteDefinition
          kind="flag"
          definition={flag.data}
          consequence="Games that ask for it get the default that is built into them, or nothing."
          onDeleted={() => navigate({ to: "/flags" as string })}
        />
      }
    >
      <FlagTabs flag={flag.data} />
    </Page>
  );
}

function FlagTabs({ flag }: { flag: Definitions["flag"] | undefined }) {
  const [url, setUrl] = useUrlState();
  const tabs = flag ? TABS : EDITED_TABS;
  const counts: Record<string, number | undefined> = {
    variants: flag?.variants.length,
    schedule: flag?.schedule.length,
  };
  const tab = tabs.includes(url.tab ?? "") ? (url.tab as string) : "values";
  return (
    <>
      <Tabs value={tab} onChange={(next) => setUrl({ tab: next === "values" ? "" : (next ?? "") })}>
        <Tabs.List>
          {tabs.map((each) => (
            <Tabs.Tab key={each} value={each} rightSection={<Count number={counts[each]} />}>
              {TITLES[each]}
            </Tabs.Tab>
          ))}
        </Tabs.List>
      </Tabs>
      <FlagEditor
        key={flag?.id ?? "new"}
        flag={flag}
        tab={tab}
        onTab={(next) => setUrl({ tab: next })}
      />
      {flag && tab === "history" && <HistoryTab kind="flag" id={flag.id} />}
    </>
  );
}

function Count({ number = 0 }: { number?: number }) {
  return number === 0 ? null : (
    <Badge size="sm" color="gray">
      {number}
    </Badge>
  );
}
