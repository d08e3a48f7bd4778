import { Page } from "@/shared/page";

export function AudienceListScreen() {
  return <Page title="Audiences">{null}</Page>;
}
