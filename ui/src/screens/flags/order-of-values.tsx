/** What decides a flag's value, the strongest first: beside its editor. */

import { Card, List, Stack, Text, Title } from "@mantine/core";
import type { Schemas } from "@/api/client";
import { KINDS, kindOf } from "@/api/definitions";
import { TextLink } from "@/shared/page";
import { once } from "@/shared/used-by";
import type { FlagDraft } from "./draft";

/** Kinds that change a flag's value for players, in the order of precedence. */
const OVERRIDING = ["experiment", "live_event"];

/** Experiments, live events, variants and the default, in their order. */
export function OrderOfValues({
  draft,
  usedBy,
}: {
  draft: FlagDraft;
  usedBy: readonly Schemas["ReferenceMessage"][];
}) {
  const users = once(usedBy);
  return (
    <Card component="aside" aria-labelledby="order-of-values">
      <Title order={2} size="h5" id="order-of-values">
        What a player gets
      </Title>
      <Text size="sm" c="dimmed" mb="sm">
        {draft.enabled
          ? "The first of these that is for the player:"
          : "The flag is off: everybody has its default value."}
      </Text>
      {draft.enabled && (
        <List type="ordered" size="sm" spacing="sm">
          {OVERRIDING.map((stored) => {
            const kind = kindOf(stored);
            const found = users.filter((user) => user.kind === stored);
            return (
              kind && (
                <List.Item key={stored}>
                  {found.length === 0 ? (
                    <Text span size="sm" c="dimmed">
                      A running {KINDS[kind].one} (none has this flag)
                    </Text>
                  ) : (
                    <Stack gap={2}>
                      <span>
                        While running, {found.length === 1 ? KINDS[kind].one : KINDS[kind].many}
                      </span>
                      {found.map((user) => (
                        <TextLink
                          key={user.name}
                          to={`${KINDS[kind].screen}/${encodeURIComponent(user.name)}`}
                        >
                          {user.name}
                        </TextLink>
                      ))}
                    </Stack>
                  )}
                </List.Item>
              )
            );
          })}
          {draft.variants.map((variant) => (
            <List.Item key={variant.key}>
              Variant {variant.name || "without a name"}{" "}
              <Text span size="xs" c="dimmed">
                for {variant.audiences.join(" or ") || "everybody"}
                {variant.rolloutPercent < 100 && `, ${variant.rolloutPercent} % of them`}
              </Text>
            </List.Item>
          ))}
          <List.Item>
            The default value{" "}
            <Text span size="xs" c="dimmed">
              for everybody else
            </Text>
          </List.Item>
        </List>
      )}
    </Card>
  );
}
