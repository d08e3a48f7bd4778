import { Page } from "@/shared/page";

export function ExperimentListScreen() {
  return <Page title="Experiments">{null}</Page>;
}
