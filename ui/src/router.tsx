/** Every screen by its path. Each slice lists its own; a screen's code comes when it is first shown. */

import { createRootRoute, createRouter, ErrorComponent } from "@tanstack/react-router";
import { basePath } from "./api/client";
import { audienceRoutes } from "./screens/audiences/routes";
import { changeRoutes } from "./screens/changes/routes";
import { experimentRoutes } from "./screens/experiments/routes";
import { flagRoutes } from "./screens/flags/routes";
import { homeRoutes } from "./screens/home/routes";
import { liveEventRoutes } from "./screens/live-events/routes";
import { playerRoutes } from "./screens/players/routes";
import { settingsRoutes } from "./screens/settings/routes";
import { taxonomyRoutes } from "./screens/taxonomy/routes";
import { timelineRoutes } from "./screens/timeline/routes";
import { EmptyState, ErrorPanel, Waiting } from "./shared/feedback";
import { Page, TextLink } from "./shared/page";
import { Shell } from "./shell/shell";

export const rootRoute = createRootRoute({
  component: Shell,
  notFoundComponent: () => (
    <Page title="Not here">
      <EmptyState title="There is no such page" action={<TextLink to="/">Go home</TextLink>}>
        The address may be mistyped, or what it named was renamed.
      </EmptyState>
    </Page>
  ),
});

const routeTree = rootRoute.addChildren([
  ...homeRoutes(rootRoute),
  ...playerRoutes(rootRoute),
  ...audienceRoutes(rootRoute),
  ...flagRoutes(rootRoute),
  ...experimentRoutes(rootRoute),
  ...liveEventRoutes(rootRoute),
  ...timelineRoutes(rootRoute),
  ...taxonomyRoutes(rootRoute),
  ...changeRoutes(rootRoute),
  ...settingsRoutes(rootRoute),
]);

export const router = createRouter({
  routeTree,
  basepath: basePath || "/",
  defaultPreload: "intent",
  defaultPendingComponent: () => <Waiting />,
  defaultErrorComponent: ({ error, reset }) =>
    error instanceof Error ? (
      <Page title="This screen has failed">
        <ErrorPanel error={error} retry={reset} />
      </Page>
    ) : (
      <ErrorComponent error={error} />
    ),
  scrollRestoration: true,
  // Addresses are read by people: parameters are texts, not JSON.
  parseSearch: (text) => Object.fromEntries(new URLSearchParams(text)),
  stringifySearch: (search) => {
    const parameters = new URLSearchParams();
    for (const [name, value] of Object.entries(search)) {
      if (value !== undefined && value !== null && value !== "") {
        parameters.set(name, String(value));
      }
    }
    const text = parameters.toString();
    return text ? `?${text}` : "";
  },
});
