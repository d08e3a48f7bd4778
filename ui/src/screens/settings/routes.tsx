import { type AnyRoute, createRoute, redirect } from "@tanstack/react-router";
import { screen } from "@/shared/screen";

export function settingsRoutes(parent: AnyRoute): AnyRoute[] {
  return [
    screen(parent, "/account", () => import("../account/account"), "AccountScreen"),
    createRoute({
      getParentRoute: () => parent,
      path: "/settings",
      beforeLoad: () => {
        throw redirect({ to: "/settings/health" });
      },
    }),
    screen(parent, "/settings/users", () => import("./users"), "UsersScreen"),
    screen(parent, "/settings/users/$id", () => import("./user"), "UserScreen"),
    screen(parent, "/settings/roles", () => import("./roles"), "RolesScreen"),
    screen(parent, "/settings/api-keys", () => import("./keys"), "ApiKeysScreen"),
    screen(parent, "/settings/server-keys", () => import("./keys"), "ServerKeysScreen"),
    screen(parent, "/settings/audit", () => import("./audit"), "AuditScreen"),
    screen(parent, "/settings/integrations", () => import("./integrations"), "IntegrationsScreen"),
    screen(
      parent,
      "/settings/configuration",
      () => import("./configuration"),
      "ConfigurationScreen",
    ),
    screen(parent, "/settings/health", () => import("./health"), "HealthScreen"),
    screen(parent, "/settings/about", () => import("./about"), "AboutScreen"),
  ];
}
