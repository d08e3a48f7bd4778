import { Tabs } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";

export type DebuggerTab = "refused" | "dead-letters" | "tail";

const PLACES: Record<DebuggerTab, { label: string; to: string; tab?: string }> = {
  refused: { label: "Refused events", to: "/taxonomy/debugger" },
  "dead-letters": { label: "Dead letters", to: "/taxonomy/debugger", tab: "dead-letters" },
  tail: { label: "Live tail", to: "/taxonomy/tail" },
};

/** What was refused, what could not be applied, and what comes in now. */
export function DebuggerTabs({ current }: { current: DebuggerTab }) {
  const navigate = useNavigate();
  return (
    <Tabs
      value={current}
      onChange={(next) => {
        const { to, tab } = PLACES[next as DebuggerTab];
        void navigate({ to: to as string, search: (tab ? { tab } : {}) as never });
      }}
    >
      <Tabs.List>
        {Object.entries(PLACES).map(([value, { label }]) => (
          <Tabs.Tab key={value} value={value}>
            {label}
          </Tabs.Tab>
        ))}
      </Tabs.List>
    </Tabs>
  );
}
