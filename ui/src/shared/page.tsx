/** The frame of every screen: its title, where it stands, and its actions. */

import { Anchor, Breadcrumbs, Group, Stack, Text, Title } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";

export interface Crumb {
  label: string;
  to: string;
}

/** A screen with a heading. `actions` stand at its right, the main one last. */
export function Page({
  title,
  lead,
  badges,
  crumbs = [],
  actions,
  children,
}: {
  title: string;
  /** What the screen is for, in a sentence. */
  lead?: ReactNode;
  badges?: ReactNode;
  crumbs?: Crumb[];
  actions?: ReactNode;
  children: ReactNode;
}) {
  useDocumentTitle(`${title} · Matsuri`);
  return (
    <Stack gap="lg" p={{ base: "md", md: "xl" }} maw={1480} mx="auto">
      <Stack gap={6}>
        {crumbs.length > 0 && (
          <Breadcrumbs fz="sm" component="nav" aria-label="Where this page stands">
            {crumbs.map((crumb) => (
              <Anchor
                key={crumb.to}
                size="sm"
                renderRoot={(props) => <Link to={crumb.to} {...props} />}
              >
                {crumb.label}
              </Anchor>
            ))}
          </Breadcrumbs>
        )}
        <Group justify="space-between" align="flex-start" gap="md">
          <Stack gap={4} style={{ minWidth: 0, flex: "1 1 320px" }}>
            <Group gap="sm" wrap="wrap">
              <Title order={1} style={{ overflowWrap: "anywhere" }}>
                {title}
              </Title>
              {badges}
            </Group>
            {lead && (
              <Text c="dimmed" size="sm" maw={760} component="div">
                {lead}
              </Text>
            )}
          </Stack>
          {actions && <Group gap="xs">{actions}</Group>}
        </Group>
      </Stack>
      {children}
    </Stack>
  );
}

/** A link inside the console, in the look of links. */
export function TextLink({
  to,
  children,
  ...more
}: {
  to: string;
  children: ReactNode;
  fw?: number;
  size?: string;
  /** Inside of dimmed words a link is told from them by its line, not by its colour alone. */
  underline?: "always";
  /** On coloured grounds the words' own colour is the one that can be read. */
  c?: "inherit";
  search?: Record<string, string>;
}) {
  const { search, ...look } = more;
  return (
    <Anchor
      inherit
      {...look}
      renderRoot={(props) => <Link to={to} search={(search ?? {}) as never} {...props} />}
    >
      {children}
    </Anchor>
  );
}
