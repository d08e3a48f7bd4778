import { Page } from "@/shared/page";

export function HomeScreen() {
  return <Page title="Home">{null}</Page>;
}
