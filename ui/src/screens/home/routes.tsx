import type { AnyRoute } from "@tanstack/react-router";
import { screen } from "@/shared/screen";

export function homeRoutes(parent: AnyRoute): AnyRoute[] {
  return [screen(parent, "/", () => import("./home"), "HomeScreen")];
}
