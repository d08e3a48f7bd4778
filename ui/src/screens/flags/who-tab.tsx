/** Who gets what of a flag: how many are in each audience, and what one player gets and why. */

import { Button, Card, Checkbox, Group, Stack, Text, TextInput, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { answer, api } from "@/api/client";
import { type Definitions, type Fields, KINDS, useDefinitions } from "@/api/definitions";
import { useMay } from "@/session/session";
import { type Column, Rows } from "@/shared/data-table";
import { ErrorPanel } from "@/shared/feedback";
import { TextLink } from "@/shared/page";
import { useUrlState } from "@/shared/url-state";
import { UsedByList } from "@/shared/used-by";
import { ValueText, WhyTrace } from "@/shared/why-trace";

type Flag = Definitions["flag"];
type Variant = Flag["variants"][number];

/** `changes` are those that are not saved yet. */
export function WhoTab({ flag, changes }: { flag: Flag; changes: Fields }) {
  const mayResolve = useMay("identity", "read");
  return (
    <Stack gap="xl">
      <section aria-labelledby="who-variants">
        <Title order={2} id="who-variants" mb={4}>
          Values and audiences
        </Title>
        <Text size="sm" c="dimmed" mb="sm">
          The first variant that a player is in wins, so a later one reaches fewer than its
          audiences have.
        </Text>
        <VariantSizes flag={flag} />
      </section>
      <section aria-labelledby="who-overrides">
        <Title order={2} id="who-overrides" mb={4}>
          What overrides it
        </Title>
        {flag.used_by_count === 0 ? (
          <Text size="sm" c="dimmed">
            No experiment and no live event has a value for this flag.
          </Text>
        ) : (
          <>
            <Text size="sm" c="dimmed" mb="xs">
              While they run, experiments go before live events, and both before variants.
            </Text>
            <UsedByList usedBy={flag.used_by} count={flag.used_by_count} />
          </>
        )}
      </section>
      {mayResolve && <TryPlayer flag={flag} changes={changes} />}
    </Stack>
  );
}

type Line = Variant | "default";

function VariantSizes({ flag }: { flag: Flag }) {
  const audiences = useDefinitions("audience");
  const sizes = new Map((audiences.data ?? []).map((each) => [each.name, each.member_count]));
  const columns: Column<Line>[] = [
    {
      key: "value",
      header: "Variant",
      cell: (line) => (line === "default" ? <Text size="sm">The default</Text> : line.name),
    },
    {
      key: "who",
      header: "For",
      cell: (line) =>
        line === "default" ? (
          <Text size="sm">Everybody else</Text>
        ) : (
          <Audiences variant={line} sizes={sizes} />
        ),
    },
    {
      key: "share",
      header: "Rolled out",
      align: "right",
      width: 110,
      cell: (line) => (line === "default" ? "" : `${line.rollout_percent.toLocaleString("en")} %`),
    },
    {
      key: "text",
      header: "Value",
      wide: true,
      cell: (line) => <ValueText text={line === "default" ? flag.value : line.value} />,
    },
  ];
  return (
    <Rows
      label="Variants with the sizes of their audiences"
      rows={[...(flag.enabled ? flag.variants : []), "default" as const]}
      columns={columns}
      rowKey={(line) => (line === "default" ? "default" : `variant ${line.name}`)}
    />
  );
}

function Audiences({ variant, sizes }: { variant: Variant; sizes: Map<string, number> }) {
  if (variant.audiences.length === 0) {
    return <Text size="sm">Everybody</Text>;
  }
  return (
    <Stack gap={2}>
      {variant.audiences.map((name) => (
        <Group key={name} gap={6}>
          <TextLink to={`/audiences/${encodeURIComponent(name)}`}>{name}</TextLink>
          <Text size="sm" c="dimmed">
            {sizes.has(name) && `${(sizes.get(name) ?? 0).toLocaleString("en")} players`}
          </Text>
        </Group>
      ))}
    </Stack>
  );
}

/** Asks what one player gets of the flag now; the address keeps the player. */
function TryPlayer({ flag, changes }: { flag: Flag; changes: Fields }) {
  const [url, setUrl] = useUrlState();
  const [id, setId] = useState(url.player ?? "");
  const [withChanges, setWithChanges] = useState(true);
  const isDirty = Object.keys(changes).length > 0;
  const tries = isDirty && withChanges;
  const asked = url.player ?? "";
  const resolve = useQuery({
    queryKey: ["resolve", asked, flag.name, flag.version, tries ? changes : {}],
    queryFn: ({ signal }) =>
      answer(
        api.POST("/v1/console/resolve", {
          body: {
            identity_id: asked,
            names: [typeof changes.name === "string" && tries ? changes.name : flag.name],
            ...(tries ? { changes: [proposed(flag, changes)] } : {}),
          },
          signal,
        }),
      ),
    enabled: asked !== "",
    staleTime: 0,
  });
  const trace = resolve.data?.flags[0];
  return (
    <section aria-labelledby="who-player">
      <Title order={2} id="who-player" mb={4}>
        What one player gets
      </Title>
      <Text size="sm" c="dimmed" mb="sm">
        {tries ? "By the flag as it would be" : "By the flag as it is saved"}, now. Nothing is
        changed for the player.
      </Text>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          setUrl({ player: id.trim() });
          if (id.trim() === asked) {
            void resolve.refetch();
          }
        }}
      >
        <Group align="flex-end" gap="xs" mb="md">
          <TextInput
            label="Player id"
            value={id}
            onChange={(event) => setId(event.currentTarget.value)}
            w={320}
            maw="100%"
            spellCheck={false}
            autoComplete="off"
          />
          <Button type="submit" loading={resolve.isFetching} disabled={!id.trim()}>
            See what they get
          </Button>
        </Group>
      </form>
      {isDirty && (
        <Checkbox
          label="With what is not saved yet"
          checked={withChanges}
          onChange={(event) => setWithChanges(event.currentTarget.checked)}
          mb="md"
        />
      )}
      {resolve.isError && (
        <ErrorPanel error={resolve.error} title="This player cannot be looked at" />
      )}
      {trace && (
        <Card>
          <WhyTrace trace={trace} />
          {(resolve.data?.notes ?? []).map((note) => (
            <Text key={note} size="sm" c="dimmed" mt="sm">
              {note}
            </Text>
          ))}
          <Text size="sm" mt="sm">
            <TextLink to={`/players/${encodeURIComponent(resolve.data?.identity_id ?? "")}`}>
              Everything about this player
            </TextLink>
          </Text>
        </Card>
      )}
    </section>
  );
}

/** What is not saved, as a change that is only tried. */
function proposed(flag: Flag, changes: Fields) {
  return {
    kind: KINDS.flag.stored,
    action: "update" as const,
    id: flag.id,
    definition: changes as never,
  };
}
