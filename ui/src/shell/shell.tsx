/** What stands around every screen: the side bar, the command palette, and who is signed in. */

import {
  AppShell,
  Box,
  Burger,
  Button,
  Group,
  Kbd,
  Menu,
  NavLink,
  ScrollArea,
  Text,
  UnstyledButton,
  useMantineColorScheme,
} from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import {
  IconLogout,
  IconMoon,
  IconSearch,
  IconSelector,
  IconSun,
  IconUserCircle,
  IconWorld,
} from "@tabler/icons-react";
import { Link, Outlet, useLocation, useNavigate } from "@tanstack/react-router";
import { useEffect } from "react";
import { useSession } from "@/session/session";
import { sayError } from "@/shared/feedback";
import { useZone } from "@/shared/time";
import { CommandPalette, openPalette } from "./command-palette";
import { PLACES, type Place } from "./navigation";
import classes from "./shell.module.css";

/** The frame of the console, for who is signed in. */
export function Shell() {
  const [opened, { toggle, close }] = useDisclosure();
  const location = useLocation();
  // biome-ignore lint/correctness/useExhaustiveDependencies: closes with every new place
  useEffect(close, [location.pathname]);
  return (
    <AppShell
      layout="alt"
      navbar={{ width: 232, breakpoint: "md", collapsed: { mobile: !opened } }}
      header={{ height: { base: 52, md: 0 } }}
    >
      {/* No link: the page's <base> would make "#main" an address of the home page. */}
      <button
        type="button"
        className={classes.skip}
        onClick={() => document.getElementById("main")?.focus()}
      >
        Skip to the content
      </button>
      <AppShell.Header className={classes.header} hiddenFrom="md">
        <Group h="100%" px="md" gap="sm">
          <Burger opened={opened} onClick={toggle} size="sm" aria-label="Menu" />
          <Brand />
        </Group>
      </AppShell.Header>
      <AppShell.Navbar className={classes.navbar} aria-label="Main">
        <Group justify="space-between" px="md" pt="md" pb="xs">
          <Brand />
          <Burger
            opened={opened}
            onClick={toggle}
            size="sm"
            aria-label="Close the menu"
            hiddenFrom="md"
          />
        </Group>
        <Box px="sm" pb="xs">
          <Button
            variant="default"
            fullWidth
            justify="space-between"
            size="xs"
            h={32}
            leftSection={<IconSearch size={14} />}
            rightSection={<Kbd size="xs">Ctrl K</Kbd>}
            onClick={openPalette}
            className={classes.search}
          >
            Go to…
          </Button>
        </Box>
        <ScrollArea flex={1} px="sm" type="auto">
          {PLACES.map((group) => (
            <PlaceLinks
              key={`${group.label}${group.places[0]?.to}`}
              label={group.label}
              places={group.places}
            />
          ))}
        </ScrollArea>
        <UserMenu />
      </AppShell.Navbar>
      <AppShell.Main id="main" tabIndex={-1} className={classes.main}>
        <Outlet />
      </AppShell.Main>
      <CommandPalette />
    </AppShell>
  );
}

function Brand() {
  return (
    <UnstyledButton renderRoot={(props) => <Link to="/" {...props} />} aria-label="Matsuri, home">
      <Group gap={8}>
        <img src="./favicon.svg" width={24} height={24} alt="" />
        <Text fw={700} fz="lg" lts={-0.2}>
          Matsuri
        </Text>
      </Group>
    </UnstyledButton>
  );
}

function PlaceLinks({ label, places }: { label: string; places: Place[] }) {
  const { may } = useSession();
  const { pathname } = useLocation();
  const shown = places.filter(
    (place) => place.to !== "/account" && (!place.entity || may(place.entity, "read")),
  );
  if (shown.length === 0) {
    return null;
  }
  const current = currentPlace(pathname);
  return (
    <Box mb="sm" role="group" aria-label={label || undefined}>
      {label && (
        <Text className={classes.group} aria-hidden>
          {label}
        </Text>
      )}
      {shown.map((place) => (
        <NavLink
          key={place.to}
          label={place.label}
          leftSection={place.icon}
          active={current === place.to}
          aria-current={current === place.to ? "page" : undefined}
          className={classes.link}
          renderRoot={(props) => (
            // A place within another one is not also the other.
            <Link to={place.to} activeOptions={{ exact: current !== place.to }} {...props} />
          )}
        />
      ))}
    </Box>
  );
}

/** The place that a path is part of: the one whose path is the longest beginning of it. */
export function currentPlace(pathname: string): string {
  const all = PLACES.flatMap((group) => group.places.map((place) => place.to));
  return all
    .filter((to) =>
      to === "/" ? pathname === "/" : pathname === to || pathname.startsWith(`${to}/`),
    )
    .reduce((longest, to) => (to.length > longest.length ? to : longest), "");
}

function UserMenu() {
  const { me, signOut } = useSession();
  const navigate = useNavigate();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const [zone, setZone] = useZone();
  const dark = colorScheme === "dark";
  return (
    <Menu position="top-start" width={232} withinPortal>
      <Menu.Target>
        <UnstyledButton className={classes.user}>
          <IconUserCircle size={22} stroke={1.6} />
          <Box style={{ flex: 1, minWidth: 0 }}>
            <Text size="sm" truncate>
              {me.user.email}
            </Text>
            <Text size="xs" c="dimmed">
              {roleName(me.user.role)}
            </Text>
          </Box>
          <IconSelector size={16} />
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item
          leftSection={<IconUserCircle size={16} />}
          onClick={() => navigate({ to: "/account" })}
        >
          My account
        </Menu.Item>
        <Menu.Item
          leftSection={dark ? <IconSun size={16} /> : <IconMoon size={16} />}
          onClick={() => setColorScheme(dark ? "light" : "dark")}
          closeMenuOnClick={false}
        >
          {dark ? "Light colours" : "Dark colours"}
        </Menu.Item>
        <Menu.Item
          leftSection={<IconWorld size={16} />}
          onClick={() => setZone(zone === "UTC" ? "local" : "UTC")}
          closeMenuOnClick={false}
        >
          {zone === "UTC" ? "Show times of this device" : "Show times in UTC"}
        </Menu.Item>
        <Menu.Divider />
        <Menu.Item leftSection={<IconLogout size={16} />} onClick={() => signOut().catch(sayError)}>
          Sign out
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

/** A role's name for people. */
export function roleName(role: string): string {
  const text = role.replaceAll("_", " ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}
