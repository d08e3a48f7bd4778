/** The tabs of a flag that are edited and saved together. */

import { Box, Grid } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import type { Definitions } from "@/api/definitions";
import { useMay } from "@/session/session";
import { NewerVersion } from "@/shared/newer-version";
import { SaveBar } from "@/shared/saving/save-bar";
import { useValidatorSchema } from "@/shared/use-validator";
import { fieldsOf, tabOfField } from "./draft";
import { OrderOfValues } from "./order-of-values";
import { ScheduleTab } from "./schedule-tab";
import { useFlagEdit } from "./use-flag-edit";
import { type TabProps, ValuesTab } from "./values-tab";
import { VariantsTab } from "./variants-tab";
import { WhoTab } from "./who-tab";

/** What is edited here stays while one goes from tab to tab. */
export const EDITED_TABS = ["values", "variants", "schedule"];

/** Keeps what is edited, shows the tab, and saves. */
export function FlagEditor({
  flag,
  tab,
  onTab,
}: {
  flag: Definitions["flag"] | undefined;
  tab: string;
  onTab: (tab: string) => void;
}) {
  const navigate = useNavigate();
  const queries = useQueryClient();
  const mayWrite = useMay("flag", "write");
  const mayDraft = useMay("change_set", "write");
  const [isRefused, setIsRefused] = useState(false);
  const edit = useFlagEdit(flag);
  const schema = useValidatorSchema(edit.draft.validator);
  const dirty = Object.keys(edit.changed).length > 0;
  const props: TabProps = {
    draft: edit.draft,
    onChange: edit.change,
    schema,
    errors: edit.errors,
    readOnly: !mayWrite && !mayDraft,
    onProblem: edit.onProblem,
  };
  return (
    <>
      {edit.newer && (
        <NewerVersion
          one="flag"
          fields={edit.theirs}
          mine={Object.keys(edit.changed)}
          isUrgent={isRefused}
          onTake={edit.discard}
          onKeep={edit.keepOnTop}
        />
      )}
      {tab === "values" && (
        <Grid gap="xl" key={edit.round}>
          <Grid.Col span={{ base: 12, lg: 8 }}>
            <Box maw={760}>
              <ValuesTab {...props} />
            </Box>
          </Grid.Col>
          <Grid.Col span={{ base: 12, lg: 4 }}>
            <OrderOfValues draft={edit.draft} usedBy={flag?.used_by ?? []} />
          </Grid.Col>
        </Grid>
      )}
      {tab === "variants" && <VariantsTab key={edit.round} {...props} />}
      {tab === "schedule" && <ScheduleTab key={edit.round} {...props} />}
      {tab === "who" && flag && <WhoTab flag={flag} changes={edit.changed} />}
      {(dirty || EDITED_TABS.includes(tab)) && (
        <SaveBar
          kind="flag"
          current={edit.base}
          fields={flag ? edit.changed : fieldsOf(edit.draft)}
          dirty={dirty}
          problem={dirty ? edit.problem : ""}
          onDiscard={edit.discard}
          onFieldErrors={(found) => {
            edit.setErrors(found);
            setIsRefused(false);
            const first = Object.keys(found).find((field) => field !== "version");
            if (first !== undefined && tabOfField(first) !== tab) {
              onTab(tabOfField(first));
            }
          }}
          onConflict={() => {
            setIsRefused(true);
            void queries.invalidateQueries({ queryKey: ["definitions", "flag"] });
          }}
          onSaved={(saved) => {
            edit.settle();
            if (saved.name !== flag?.name) {
              void navigate({ to: `/flags/${encodeURIComponent(saved.name)}` as string });
            }
          }}
        />
      )}
    </>
  );
}
