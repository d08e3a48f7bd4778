/** One audience: whom it lets in, who is in, what uses it, its size, and its history; or a new one. */

import { Badge, Tabs } from "@mantine/core";
import { useNavigate, useParams } from "@tanstack/react-router";
import { type Definitions, useDefinition } from "@/api/definitions";
import { DeleteDefinition } from "@/shared/delete-definition";
import { ErrorPanel, Waiting } from "@/shared/feedback";
import { HistoryTab } from "@/shared/history-tab";
import { LabelBadges } from "@/shared/labels";
import { Page } from "@/shared/page";
import { useUrlState } from "@/shared/url-state";
import { AudienceEditor } from "./audience-editor";
import { ListsTab } from "./lists-tab";
import { MembersTab } from "./members-tab";
import { SizeTab } from "./size-tab";
import { UsageTab } from "./usage-tab";

type Audience = Definitions["audience"];

const CRUMBS = [{ label: "Audiences", to: "/audiences" }];
const TITLES = {
  edit: "Edit",
  members: "Members",
  lists: "Lists",
  usage: "Usage",
  size: "Size",
  history: "History",
} as const;

type Tab = keyof typeof TITLES;

/** An audience that is yet to be made. */
export function NewAudienceScreen() {
  return (
    <Page
      title="New audience"
      lead="Say who belongs. Players come and go by themselves as they change; nothing is sent to anybody."
      crumbs={CRUMBS}
    >
      <AudienceEditor audience={undefined} />
    </Page>
  );
}

/** The audience that the address names. */
export function AudienceScreen() {
  const { name = "" } = useParams({ strict: false }) as { name?: string };
  const audience = useDefinition("audience", name);
  const navigate = useNavigate();
  if (audience.isPending || audience.isError) {
    return (
      <Page title={name} crumbs={CRUMBS}>
        {audience.isPending ? (
          <Waiting />
        ) : (
          <ErrorPanel error={audience.error} retry={() => audience.refetch()} />
        )}
      </Page>
    );
  }
  return (
    <Page
      title={audience.data.name}
      lead={audience.data.description || undefined}
      crumbs={CRUMBS}
      badges={
        <>
          {audience.data.managed && <Badge color="blue">Managed</Badge>}
          <LabelBadges labels={audience.data.labels} />
        </>
      }
      actions={
        <DeleteDefinition
          kind="audience"
          definition={audience.data}
          consequence="Its lists of players go with it."
          onDeleted={() => navigate({ to: "/audiences" as string })}
        />
      }
    >
      <AudienceTabs audience={audience.data} />
    </Page>
  );
}

function AudienceTabs({ audience }: { audience: Audience }) {
  const [url, setUrl] = useUrlState();
  const tab: Tab = url.tab && url.tab in TITLES ? (url.tab as Tab) : "edit";
  const counts: Partial<Record<Tab, number>> = {
    members: audience.member_count,
    lists: audience.include_count + audience.exclude_count,
    usage: audience.used_by_count,
  };
  return (
    <>
      <Tabs
        value={tab}
        onChange={(next) => setUrl({ tab: next === "edit" ? "" : (next ?? ""), cursor: "", q: "" })}
      >
        <Tabs.List>
          {(Object.keys(TITLES) as Tab[]).map((each) => (
            <Tabs.Tab
              key={each}
              value={each}
              rightSection={
                (counts[each] ?? 0) > 0 && (
                  <Badge size="sm" color="gray">
                    {counts[each]?.toLocaleString("en")}
                  </Badge>
                )
              }
            >
              {TITLES[each]}
            </Tabs.Tab>
          ))}
        </Tabs.List>
      </Tabs>
      {/* Stays while one looks at other tabs: it keeps what is not saved yet. */}
      <AudienceEditor key={audience.id} audience={audience} hidden={tab !== "edit"} />
      {tab === "members" && <MembersTab audience={audience} />}
      {tab === "lists" && <ListsTab audience={audience} />}
      {tab === "usage" && <UsageTab audience={audience} />}
      {tab === "size" && <SizeTab audience={audience} />}
      {tab === "history" && <HistoryTab kind="audience" id={audience.id} />}
    </>
  );
}
