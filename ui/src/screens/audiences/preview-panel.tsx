/** Whom an audience would have, as it is edited: how many players, and some of them. */

import {
  Badge,
  Card,
  Collapse,
  Group,
  Loader,
  Progress,
  Stack,
  Text,
  Title,
  UnstyledButton,
} from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconChevronRight } from "@tabler/icons-react";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { call, type Schemas } from "@/api/client";
import { useMay } from "@/session/session";
import { ErrorPanel } from "@/shared/feedback";
import { MembershipWhy } from "@/shared/membership-why";
import { TextLink } from "@/shared/page";
import { countWords, shareOf } from "./preview-words";

type Preview = Schemas["matsuri.audiences.preview_api.PreviewMessage"];
type Example = Schemas["ExampleMessage"];

const PAUSE_MS = 600;
const EXAMPLES = 8;

export function PreviewPanel({
  filter,
  audienceId,
  isValid,
  isWrong,
}: {
  filter: string;
  /** The audience that is edited; empty for a new one. */
  audienceId: string;
  /** Whether the server has found no mistake in the filter, or has found one; neither while it looks. */
  isValid: boolean;
  isWrong: boolean;
}) {
  const [asked] = useDebouncedValue(filter, PAUSE_MS);
  const preview = useQuery({
    queryKey: ["audience-preview", audienceId, asked],
    queryFn: ({ signal }) =>
      call<Preview>("POST", "/v1/console/audience/preview", {
        body: { filter: asked, audience: audienceId, examples: EXAMPLES },
        signal,
      }),
    enabled: isValid && asked === filter,
    placeholderData: keepPreviousData,
    retry: false,
  });
  const isBehind = !isWrong && (preview.isFetching || !isValid || asked !== filter);
  return (
    <Card
      component="section"
      aria-label="Who would be in"
      withBorder
      style={{ position: "sticky", top: 16 }}
    >
      <Group justify="space-between" mb="xs">
        <Title order={2} size="h4">
          Who would be in
        </Title>
        {isBehind && (
          <Group gap={6}>
            <Loader size="xs" />
            <Text size="xs" c="dimmed">
              Counting
            </Text>
          </Group>
        )}
      </Group>
      {isWrong ? (
        <Text size="sm" c="dimmed">
          Mend the filter to see how many players it lets in.
        </Text>
      ) : preview.isError ? (
        <ErrorPanel
          error={preview.error}
          title="Not counted"
          retry={() => void preview.refetch()}
        />
      ) : preview.data ? (
        <Counted preview={preview.data} />
      ) : (
        <Text size="sm" c="dimmed">
          The players are being looked at.
        </Text>
      )}
    </Card>
  );
}

function Counted({ preview }: { preview: Preview }) {
  const share = shareOf(preview.count, preview.players);
  const mayList = preview.included + preview.excluded > 0;
  return (
    <Stack gap="sm">
      <div aria-live="polite">
        <Text fz={32} fw={650} lh={1.1}>
          {preview.exact ? "" : "≈ "}
          {preview.count.toLocaleString("en")}
        </Text>
        <Text size="sm" c="dimmed">
          {countWords(preview)}
        </Text>
      </div>
      <Progress value={share} aria-label={`${share.toFixed(1)} % of all players`} />
      {mayList && (
        <Text size="sm" c="dimmed">
          By lists: {preview.included.toLocaleString("en")} in,{" "}
          {preview.excluded.toLocaleString("en")} out.
        </Text>
      )}
      {preview.from_history.length > 0 && (
        <Text size="sm" c="dimmed">
          Looked up in the history: {preview.from_history.join(", ")}. Once saved, this is counted
          along with every event.
        </Text>
      )}
      <Examples title="Some who would be in" examples={preview.inside} />
      <Examples title="Some who would not" examples={preview.outside} />
    </Stack>
  );
}

function Examples({ title, examples }: { title: string; examples: readonly Example[] }) {
  const maySee = useMay("identity", "read");
  if (examples.length === 0 || !maySee) {
    return null;
  }
  return (
    <div>
      <Title order={3} size="h6" mb={4}>
        {title}
      </Title>
      <Stack gap={4}>
        {examples.map((example) => (
          <Player key={example.identity_id} example={example} />
        ))}
      </Stack>
    </div>
  );
}

function Player({ example }: { example: Example }) {
  const [isOpen, setIsOpen] = useState(false);
  const { identity_id: id, why } = example;
  return (
    <div>
      <Group gap="xs" justify="space-between" wrap="nowrap">
        <Text size="sm" span truncate>
          <TextLink to={`/players/${encodeURIComponent(id)}`}>{id}</TextLink>
        </Text>
        {(why.decided_by === "include" || why.decided_by === "exclude") && (
          <Badge color="gray" ml="auto" style={{ flexShrink: 0 }}>
            by list
          </Badge>
        )}
        <UnstyledButton
          onClick={() => setIsOpen(!isOpen)}
          aria-expanded={isOpen}
          aria-label={`Why, for ${id}`}
        >
          <Group gap={4} wrap="nowrap">
            <Text size="xs" c="dimmed">
              Why
            </Text>
            <IconChevronRight
              size={14}
              style={{ transform: isOpen ? "rotate(90deg)" : undefined }}
            />
          </Group>
        </UnstyledButton>
      </Group>
      <Collapse expanded={isOpen}>
        <Card padding="xs" withBorder my={4}>
          {isOpen && <MembershipWhy why={why} />}
        </Card>
      </Collapse>
    </div>
  );
}
