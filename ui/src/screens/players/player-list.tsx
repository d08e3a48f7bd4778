import { Page } from "@/shared/page";

export function PlayerListScreen() {
  return <Page title="Players">{null}</Page>;
}
