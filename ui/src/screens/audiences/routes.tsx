import type { AnyRoute } from "@tanstack/react-router";
import { screen } from "@/shared/screen";

export function audienceRoutes(parent: AnyRoute): AnyRoute[] {
  return [
    screen(parent, "/audiences", () => import("./audience-list"), "AudienceListScreen"),
    screen(parent, "/audiences/new", () => import("./audience-page"), "NewAudienceScreen"),
    screen(parent, "/audiences/$name", () => import("./audience-page"), "AudienceScreen"),
  ];
}
