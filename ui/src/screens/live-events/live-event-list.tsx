import { Page } from "@/shared/page";

export function LiveEventListScreen() {
  return <Page title="Live events">{null}</Page>;
}
