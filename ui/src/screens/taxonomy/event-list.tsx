import { Page } from "@/shared/page";

export function EventListScreen() {
  return <Page title="Events">{null}</Page>;
}
