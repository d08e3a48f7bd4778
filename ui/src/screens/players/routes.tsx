import type { AnyRoute } from "@tanstack/react-router";
import { screen } from "@/shared/screen";

export function playerRoutes(parent: AnyRoute): AnyRoute[] {
  return [
    screen(parent, "/players", () => import("./player-list"), "PlayerListScreen"),
    screen(parent, "/players/erasures", () => import("./erasure-list"), "ErasureListScreen"),
    screen(parent, "/players/$id", () => import("./player-page"), "PlayerScreen"),
  ];
}
