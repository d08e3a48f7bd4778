/** Settings and limits, to be read: they are set where the server is started. */

import { Badge, Code, Group, SegmentedControl, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { answer, api, type Schemas } from "@/api/client";
import { CopyButton } from "@/shared/copy-button";
import { type Column, DataTable } from "@/shared/data-table";
import { EmptyState } from "@/shared/feedback";
import { useUrlState } from "@/shared/url-state";
import { SettingsPage } from "./settings-page";

type Setting = Schemas["SettingMessage"];

const COLUMNS: Column<Setting>[] = [
  {
    key: "name",
    header: "Setting",
    sort: (setting) => setting.name,
    cell: (setting) => (
      <div>
        <Group gap="xs">
          <Code>{setting.name}</Code>
          {setting.changed && <Badge color="blue">Set here</Badge>}
        </Group>
        <Text size="xs" c="dimmed" mt={2}>
          {setting.description}
        </Text>
      </div>
    ),
  },
  {
    key: "value",
    header: "Value",
    width: 240,
    cell: (setting) => <span style={{ overflowWrap: "anywhere" }}>{shown(setting.value)}</span>,
  },
  {
    key: "default",
    header: "Default",
    width: 160,
    wide: true,
    cell: (setting) => <span style={{ overflowWrap: "anywhere" }}>{shown(setting.default)}</span>,
  },
  {
    key: "variable",
    header: "Variable",
    width: 70,
    cell: (setting) => <CopyButton value={setting.variable} label={`Copy ${setting.variable}`} />,
  },
];

/** A value as text: numbers with separators, lists with commas. */
function shown(value: unknown): string {
  if (typeof value === "number") {
    return value.toLocaleString("en");
  }
  if (Array.isArray(value)) {
    return value.join(", ") || "–";
  }
  return value === "" || value === undefined ? "–" : String(value);
}

/** The configuration. */
export function ConfigurationScreen() {
  const [url, setUrl] = useUrlState();
  const configuration = useQuery({
    queryKey: ["configuration"],
    queryFn: ({ signal }) => answer(api.GET("/v1/console/configuration", { signal })),
    staleTime: Number.POSITIVE_INFINITY,
  });
  const rows = useMemo(
    () =>
      configuration.data?.settings.filter((setting) => url.only !== "changed" || setting.changed),
    [configuration.data, url.only],
  );
  return (
    <SettingsPage
      tab="configuration"
      lead="Settings and limits that the server runs with. They are set by its TOML file, environment variables or command line, and take effect when it is started."
    >
      <DataTable
        label="Settings"
        rows={rows}
        columns={COLUMNS}
        rowKey={(setting) => setting.name}
        searchText={(setting) => `${setting.name} ${setting.variable} ${setting.description}`}
        searchPlaceholder="Search settings"
        initialSort="none"
        pageSize={200}
        error={configuration.error}
        retry={() => configuration.refetch()}
        filters={
          <SegmentedControl
            aria-label="Which settings"
            value={url.only === "changed" ? "changed" : "all"}
            onChange={(next) => setUrl({ only: next === "changed" ? next : "" })}
            data={[
              { value: "all", label: "All" },
              { value: "changed", label: "Set here" },
            ]}
          />
        }
        empty={
          <EmptyState title="Everything is as it comes">
            No setting differs from its default.
          </EmptyState>
        }
      />
    </SettingsPage>
  );
}
