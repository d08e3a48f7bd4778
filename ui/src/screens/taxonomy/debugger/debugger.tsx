/** Refused events in groups, and dead letters. */

import { Page } from "@/shared/page";
import { useUrlState } from "@/shared/url-state";
import { DeadLetters } from "./dead-letters";
import { DebuggerTabs } from "./debugger-tabs";
import { GroupList } from "./group-list";
import { ReplayButton } from "./replay-dialog";

export function DebuggerScreen() {
  const [url] = useUrlState();
  if (url.tab === "dead-letters") {
    return (
      <Page
        title="Debugger"
        lead="Parts of the log that could not be applied, by a fault in the server. Nothing of them counts until they are replayed."
      >
        <DebuggerTabs current="dead-letters" />
        <DeadLetters />
      </Page>
    );
  }
  return (
    <Page
      title="Debugger"
      lead="What games sent and the taxonomy refused. Nothing is lost: declare what is right, and take it in."
      actions={<ReplayButton filter={{}} what="all that pass now" label="Replay what passes now" />}
    >
      <DebuggerTabs current="refused" />
      <GroupList />
    </Page>
  );
}
