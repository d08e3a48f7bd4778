import { Tabs } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";

const PATHS = {
  experiments: "/experiments",
  exclusion: "/experiments/exclusion-groups",
  holdout: "/experiments/holdout-groups",
};

/** Experiments beside the groups that they share. */
export function ExperimentTabs({ current }: { current: keyof typeof PATHS }) {
  const navigate = useNavigate();
  return (
    <Tabs
      value={current}
      onChange={(next) =>
        navigate({ to: PATHS[(next ?? current) as keyof typeof PATHS] as string })
      }
      keepMounted={false}
    >
      <Tabs.List>
        <Tabs.Tab value="experiments">Experiments</Tabs.Tab>
        <Tabs.Tab value="exclusion">Exclusion groups</Tabs.Tab>
        <Tabs.Tab value="holdout">Holdout groups</Tabs.Tab>
      </Tabs.List>
    </Tabs>
  );
}
