import { Tabs } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";

/** Change sets beside the history of everything. */
export function ChangesTabs({ current }: { current: "sets" | "history" }) {
  const navigate = useNavigate();
  return (
    <Tabs
      value={current}
      onChange={(next) => navigate({ to: next === "history" ? "/changes/history" : "/changes" })}
      keepMounted={false}
    >
      <Tabs.List>
        <Tabs.Tab value="sets">Change sets</Tabs.Tab>
        <Tabs.Tab value="history">History</Tabs.Tab>
      </Tabs.List>
    </Tabs>
  );
}
