import type { AnyRoute } from "@tanstack/react-router";
import { screen } from "@/shared/screen";

export function settingsRoutes(parent: AnyRoute): AnyRoute[] {
  return [screen(parent, "/settings", () => import("./settings"), "SettingsScreen")];
}
