/** The tabs of a flag that are edited and saved together. */

import { Box, Grid } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useCallback, useMemo, useState } from "react";
import type { Definitions } from "@/api/definitions";
import { useMay } from "@/session/session";
import { SaveBar } from "@/shared/saving/save-bar";
import {
  changedFields,
  draftOf,
  EMPTY_DRAFT,
  type FlagDraft,
  fieldsOf,
  problemOf,
  rebased,
  tabOfField,
} from "./draft";
import { NewerVersion } from "./newer-version";
import { OrderOfValues } from "./order-of-values";
import { ScheduleTab } from "./schedule-tab";
import { useValidatorSchema } from "./use-validator";
import { type TabProps, ValuesTab } from "./values-tab";
import { VariantsTab } from "./variants-tab";
import { WhoTab } from "./who-tab";

type Flag = Definitions["flag"];

/** What is edited, and of which version of the flag; of none for a new one. */
interface Edit {
  draft: FlagDraft;
  base: Flag | undefined;
}

function differs(edit: Edit | null): edit is Edit {
  const original = edit?.base ? draftOf(edit.base) : EMPTY_DRAFT;
  return edit !== null && Object.keys(changedFields(edit.draft, original)).length > 0;
}

/** Keeps what is edited while one goes from tab to tab. */
export function FlagEditor({
  flag,
  tab,
  onTab,
}: {
  flag: Flag | undefined;
  tab: string;
  onTab: (tab: string) => void;
}) {
  const navigate = useNavigate();
  const queries = useQueryClient();
  const mayWrite = useMay("flag", "write");
  const mayDraft = useMay("change_set", "write");
  const stored = useMemo(() => (flag ? draftOf(flag) : EMPTY_DRAFT), [flag]);
  const [edited, setEdited] = useState<Edit | null>(null);
  const [round, setRound] = useState(0);
  const [errors, setErrors] = useState<Record<string, string>>({});
  const [isRefused, setIsRefused] = useState(false);
  const [problems, setProblems] = useState<Record<string, string>>({});
  // What others save meanwhile does not go under what is edited here: saving then conflicts.
  const { draft, base } = differs(edited) ? edited : { draft: stored, base: flag };
  const original = useMemo(() => (base ? draftOf(base) : EMPTY_DRAFT), [base]);
  const changed = useMemo(() => changedFields(draft, original), [draft, original]);
  const dirty = Object.keys(changed).length > 0;
  const schema = useValidatorSchema(draft.validator);
  const onChange = useCallback(
    (changes: Partial<FlagDraft>) =>
      setEdited((before) => {
        const from = differs(before) ? before : { draft: stored, base: flag };
        return { ...from, draft: { ...from.draft, ...changes } };
      }),
    [stored, flag],
  );
  const onProblem = useCallback((part: string, problem: string) => {
    setProblems((before) =>
      (before[part] ?? "") === problem ? before : { ...before, [part]: problem },
    );
  }, []);
  const settle = () => {
    setEdited(null);
    setErrors({});
    setIsRefused(false);
  };
  const reset = () => {
    settle();
    setProblems({});
    // Fields begin anew: they may show what could not be taken over.
    setRound((count) => count + 1);
  };
  const props: TabProps = {
    draft,
    onChange,
    schema,
    errors,
    readOnly: !mayWrite && !mayDraft,
    onProblem,
  };
  // Somebody else's newer version, under what is edited here.
  const isNewer = flag && base && flag.version !== base.version;
  const newer = isNewer && differs({ draft, base: flag }) ? flag : undefined;
  const problem = problemOf(draft) || Object.values(problems).find(Boolean) || "";
  return (
    <>
      {newer && (
        <NewerVersion
          fields={Object.keys(changedFields(draftOf(newer), original))}
          mine={Object.keys(changed)}
          isUrgent={isRefused}
          onTake={reset}
          onKeep={() => {
            setIsRefused(false);
            setEdited({ draft: rebased(draft, original, draftOf(newer)), base: newer });
          }}
        />
      )}
      {tab === "values" && (
        <Grid gap="xl" key={round}>
          <Grid.Col span={{ base: 12, lg: 8 }}>
            <Box maw={760}>
              <ValuesTab {...props} />
            </Box>
          </Grid.Col>
          <Grid.Col span={{ base: 12, lg: 4 }}>
            <OrderOfValues draft={draft} usedBy={flag?.used_by ?? []} />
          </Grid.Col>
        </Grid>
      )}
      {tab === "variants" && <VariantsTab key={round} {...props} />}
      {tab === "schedule" && <ScheduleTab key={round} {...props} />}
      {tab === "who" && flag && <WhoTab flag={flag} changes={changed} />}
      {(dirty || ["values", "variants", "schedule"].includes(tab)) && (
        <SaveBar
          kind="flag"
          current={base}
          fields={flag ? changed : fieldsOf(draft)}
          dirty={dirty}
          problem={dirty ? problem : ""}
          onDiscard={reset}
          onFieldErrors={(found) => {
            setErrors(found);
            const first = Object.keys(found)[0];
            if (first !== undefined && tabOfField(first) !== tab) {
              onTab(tabOfField(first));
            }
          }}
          onConflict={() => {
            setIsRefused(true);
            void queries.invalidateQueries({ queryKey: ["definitions", "flag"] });
          }}
          onSaved={(saved) => {
            settle();
            if (saved.name !== flag?.name) {
              void navigate({ to: `/flags/${encodeURIComponent(saved.name)}` as string });
            }
          }}
        />
      )}
    </>
  );
}
