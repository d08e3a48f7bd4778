/** What this server is, and what it is made of. */

import { Card, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { answer, api } from "@/api/client";
import { type Column, DataTable } from "@/shared/data-table";
import { EmptyState } from "@/shared/feedback";
import { useStatus } from "../home/home-queries";
import { SettingsPage } from "./settings-page";

interface Library {
  name: string;
  version: string;
  licence: string;
  part: string;
}

const COLUMNS: Column<Library>[] = [
  {
    key: "name",
    header: "Library",
    sort: (library) => library.name,
    cell: (library) => library.name,
  },
  { key: "version", header: "Version", cell: (library) => library.version, width: 160 },
  {
    key: "licence",
    header: "Licence",
    sort: (library) => library.licence,
    cell: (library) => library.licence,
  },
  {
    key: "part",
    header: "Part of",
    sort: (library) => library.part,
    cell: (library) => library.part,
    width: 140,
  },
];

/** Version and licences. */
export function AboutScreen() {
  const status = useStatus();
  const libraries = useQuery({
    queryKey: ["libraries"],
    queryFn: async ({ signal }): Promise<Library[]> => {
      const [server, { default: browser }] = await Promise.all([
        answer(api.GET("/v1/console/library", { signal })),
        import("virtual:licences"),
      ]);
      return [
        ...server.libraries.map((each) => ({ ...each, part: "server" })),
        ...browser.map((each) => ({ ...each, part: "console" })),
      ];
    },
    staleTime: Number.POSITIVE_INFINITY,
  });
  return (
    <SettingsPage tab="about" lead="What this server is, and what it is made of.">
      <Stack gap="lg">
        <Card maw={760}>
          <Title order={2} mb="xs">
            Matsuri {status.data?.version}
          </Title>
          <Text size="sm">
            An open LiveOps server for games that speaks the Satori API, under the Apache License
            2.0. It is an independent project and is not affiliated with Heroic Labs. Satori and
            Nakama are theirs.
          </Text>
        </Card>
        <Title order={2}>Libraries and their licences</Title>
        <DataTable
          label="Libraries"
          rows={libraries.data}
          columns={COLUMNS}
          rowKey={(library) => `${library.part} ${library.name}`}
          searchText={(library) => `${library.name} ${library.licence} ${library.part}`}
          searchPlaceholder="Search libraries"
          pageSize={100}
          error={libraries.error}
          retry={() => libraries.refetch()}
          empty={<EmptyState title="No libraries are known" />}
        />
      </Stack>
    </SettingsPage>
  );
}
