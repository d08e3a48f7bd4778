/** The frame of the settings' screens: tabs of what one may see. */

import { Tabs } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useSession } from "@/session/session";
import { Page } from "@/shared/page";

const TABS: { value: string; label: string; entity?: string }[] = [
  { value: "health", label: "Health", entity: "setting" },
  { value: "users", label: "Users", entity: "user" },
  { value: "roles", label: "Roles" },
  { value: "api-keys", label: "API keys", entity: "api_key" },
  { value: "server-keys", label: "Server keys", entity: "server_key" },
  { value: "audit", label: "Audit log", entity: "audit" },
  { value: "integrations", label: "Integrations" },
  { value: "configuration", label: "Configuration", entity: "setting" },
  { value: "about", label: "About" },
];

/** One of the settings' screens. */
export function SettingsPage({
  tab,
  lead,
  actions,
  children,
}: {
  tab: string;
  lead: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
}) {
  const navigate = useNavigate();
  const { may } = useSession();
  return (
    <Page title="Settings" lead={lead} actions={actions}>
      <Tabs
        value={tab}
        onChange={(next) => navigate({ to: `/settings/${next}` as string })}
        keepMounted={false}
      >
        <Tabs.List>
          {TABS.filter((each) => !each.entity || may(each.entity, "read")).map((each) => (
            <Tabs.Tab key={each.value} value={each.value}>
              {each.label}
            </Tabs.Tab>
          ))}
        </Tabs.List>
      </Tabs>
      {children}
    </Page>
  );
}
