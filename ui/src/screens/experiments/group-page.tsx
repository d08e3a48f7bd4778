/** One group of experiments, to be looked at and edited; or a new one. */

import {
  Alert,
  Card,
  Checkbox,
  Grid,
  Stack,
  Tabs,
  Text,
  Textarea,
  TextInput,
  Title,
} from "@mantine/core";
import { useNavigate, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { type Definitions, type Fields, KINDS, useDefinition } from "@/api/definitions";
import { useMay } from "@/session/session";
import { DeleteDefinition } from "@/shared/delete-definition";
import { EmptyState, ErrorPanel, Waiting } from "@/shared/feedback";
import { HistoryTab } from "@/shared/history-tab";
import { LabelBadges, LabelsInput } from "@/shared/labels";
import { Page } from "@/shared/page";
import { SaveBar } from "@/shared/saving/save-bar";
import { useUrlState } from "@/shared/url-state";
import { UsedByList } from "@/shared/used-by";
import { errorIn } from "./fields/hypothesis-fields";
import { PercentInput } from "./fields/who-fields";
import { GroupPlaces } from "./group-places";

type GroupKind = "exclusion-group" | "holdout-group";

const LEADS: Record<GroupKind, string> = {
  "exclusion-group":
    "Experiments of one group share its players: each player is in at most one of them at a time.",
  "holdout-group": "A share of all players whom none of the group’s experiments touches.",
};

export function NewExclusionGroupScreen() {
  return <NewGroup kind="exclusion-group" />;
}

export function NewHoldoutGroupScreen() {
  return <NewGroup kind="holdout-group" />;
}

export function ExclusionGroupScreen() {
  return <GroupScreen kind="exclusion-group" />;
}

export function HoldoutGroupScreen() {
  return <GroupScreen kind="holdout-group" />;
}

function crumbs(kind: GroupKind) {
  const { many, screen } = KINDS[kind];
  return [
    { label: "Experiments", to: "/experiments" },
    { label: many.charAt(0).toUpperCase() + many.slice(1), to: screen },
  ];
}

function NewGroup({ kind }: { kind: GroupKind }) {
  return (
    <Page title={`New ${KINDS[kind].one}`} lead={LEADS[kind]} crumbs={crumbs(kind)}>
      <GroupEditor kind={kind} group={undefined} />
    </Page>
  );
}

function GroupScreen({ kind }: { kind: GroupKind }) {
  const { name = "" } = useParams({ strict: false }) as { name?: string };
  const group = useDefinition(kind, name);
  const navigate = useNavigate();
  const [url, setUrl] = useUrlState();
  const tab = url.tab === "history" ? "history" : "edit";
  if (group.isPending || group.isError) {
    return (
      <Page title={name} crumbs={crumbs(kind)}>
        {group.isPending ? (
          <Waiting />
        ) : (
          <ErrorPanel error={group.error} retry={() => group.refetch()} />
        )}
      </Page>
    );
  }
  return (
    <Page
      title={group.data.name}
      lead={group.data.description || LEADS[kind]}
      crumbs={crumbs(kind)}
      badges={<LabelBadges labels={group.data.labels} />}
      actions={
        <DeleteDefinition
          kind={kind}
          definition={group.data}
          consequence="No experiment is in it, so nothing changes for players."
          onDeleted={() => navigate({ to: KINDS[kind].screen as string })}
        />
      }
    >
      <Tabs value={tab} onChange={(next) => setUrl({ tab: next === "edit" ? "" : (next ?? "") })}>
        <Tabs.List>
          <Tabs.Tab value="edit">Overview</Tabs.Tab>
          <Tabs.Tab value="history">History</Tabs.Tab>
        </Tabs.List>
      </Tabs>
      {tab === "history" ? (
        <HistoryTab kind={kind} id={group.data.id} />
      ) : (
        <GroupEditor key={group.data.id} kind={kind} group={group.data} />
      )}
    </Page>
  );
}

interface GroupDraft {
  name: string;
  description: string;
  labels: string[];
  /** Of holdout groups. */
  holdout_permille: number;
}

function draftOf(group: Definitions[GroupKind] | undefined): GroupDraft {
  return {
    name: group?.name ?? "",
    description: group?.description ?? "",
    labels: group?.labels ?? [],
    holdout_permille: group ? ("holdout_permille" in group ? group.holdout_permille : 0) : 50,
  };
}

function GroupEditor({
  kind,
  group,
}: {
  kind: GroupKind;
  group: Definitions[GroupKind] | undefined;
}) {
  const navigate = useNavigate();
  const mayWrite = useMay("experiment", "write");
  const mayDraft = useMay("change_set", "write");
  const readOnly = !mayWrite && !mayDraft;
  const original = draftOf(group);
  const [edited, setEdited] = useState<Partial<GroupDraft>>({});
  const [errors, setErrors] = useState<Record<string, string>>({});
  const [forced, setForced] = useState(false);
  const draft = { ...original, ...edited };
  const changed = Object.fromEntries(
    Object.entries(edited).filter(
      ([field, value]) =>
        JSON.stringify(value) !== JSON.stringify(original[field as keyof GroupDraft]),
    ),
  );
  const change = (changes: Partial<GroupDraft>) => setEdited({ ...edited, ...changes });
  const isHoldout = kind === "holdout-group";
  const { holdout_permille, ...common } = draft;
  const all: Fields = isHoldout ? { ...common, holdout_permille } : common;
  const mayBias = group !== undefined && group.used_by_count > 0 && "holdout_permille" in changed;
  return (
    <>
      <Grid gap="xl">
        <Grid.Col span={{ base: 12, lg: 7 }}>
          <Stack maw={640}>
            <GroupFields
              draft={draft}
              onChange={change}
              isHoldout={isHoldout}
              errors={errors}
              readOnly={readOnly}
            />
            {mayBias && (
              <Alert color="yellow" variant="light" title="This may bias experiments" role="alert">
                <Text size="sm" mb="xs">
                  Experiments of the group that run lose players to it, or get players of it, by
                  another share. Without saying that you mean it, the server refuses that while one
                  runs.
                </Text>
                <Checkbox
                  label="Change it anyway, and note it with the results of each"
                  checked={forced}
                  onChange={(event) => setForced(event.currentTarget.checked)}
                />
              </Alert>
            )}
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, lg: 5 }}>{group && <Experiments group={group} />}</Grid.Col>
      </Grid>
      <SaveBar
        kind={kind}
        current={group}
        fields={group ? { ...changed, ...(mayBias && forced ? { force: true } : {}) } : all}
        dirty={Object.keys(changed).length > 0}
        problem={draft.name.trim() ? "" : "A group needs a name"}
        onDiscard={() => {
          setEdited({});
          setErrors({});
        }}
        onFieldErrors={setErrors}
        onSaved={(saved) => {
          setEdited({});
          setForced(false);
          if (saved.name !== group?.name) {
            void navigate({
              to: `${KINDS[kind].screen}/${encodeURIComponent(saved.name)}` as string,
            });
          }
        }}
      />
    </>
  );
}

function GroupFields({
  draft,
  onChange,
  isHoldout,
  errors,
  readOnly,
}: {
  draft: GroupDraft;
  onChange: (changes: Partial<GroupDraft>) => void;
  isHoldout: boolean;
  errors: Record<string, string>;
  readOnly: boolean;
}) {
  return (
    <>
      <TextInput
        label="Name"
        value={draft.name}
        onChange={(event) => onChange({ name: event.currentTarget.value })}
        error={errors.name}
        readOnly={readOnly}
        required
        maxLength={64}
      />
      <Textarea
        label="Description"
        value={draft.description}
        onChange={(event) => onChange({ description: event.currentTarget.value })}
        error={errors.description}
        readOnly={readOnly}
        autosize
      />
      <LabelsInput
        value={draft.labels}
        onChange={(labels) => onChange({ labels })}
        disabled={readOnly}
        error={errorIn(errors, "labels")}
      />
      {isHoldout && (
        <PercentInput
          label="Share of all players that is left alone"
          description="They are the same players for each of its experiments"
          value={draft.holdout_permille}
          onChange={(permille) => onChange({ holdout_permille: permille })}
          error={errors.holdout_permille}
          readOnly={readOnly}
        />
      )}
    </>
  );
}

/** Who is in the group: of an exclusion group with their places. */
function Experiments({ group }: { group: Definitions[GroupKind] }) {
  return (
    <Card component="section">
      <Title order={2} mb="sm">
        Its experiments
      </Title>
      {"experiments" in group ? (
        <GroupPlaces shares={group.experiments} />
      ) : group.used_by_count > 0 ? (
        <UsedByList usedBy={group.used_by} count={group.used_by_count} />
      ) : (
        <EmptyState title="None yet">An experiment joins it on its page, under Edit.</EmptyState>
      )}
    </Card>
  );
}
