import { Page } from "@/shared/page";

export function ChangeListScreen() {
  return <Page title="Changes">{null}</Page>;
}
