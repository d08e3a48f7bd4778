import type { AnyRoute } from "@tanstack/react-router";
import { screen } from "@/shared/screen";

export function settingsRoutes(parent: AnyRoute): AnyRoute[] {
  return [
    screen(parent, "/account", () => import("../account/account"), "AccountScreen"),
    screen(parent, "/settings", () => import("./settings"), "SettingsScreen"),
  ];
}
