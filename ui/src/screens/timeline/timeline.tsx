import { Page } from "@/shared/page";

export function TimelineScreen() {
  return <Page title="Timeline">{null}</Page>;
}
