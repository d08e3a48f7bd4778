import { Page } from "@/shared/page";

export function SettingsScreen() {
  return <Page title="Settings">{null}</Page>;
}
