/** Makes the values of a variant those of its flags: for everybody, or for some audiences. */

import {
  Button,
  Checkbox,
  Group,
  List,
  Modal,
  Radio,
  Select,
  SimpleGrid,
  Stack,
  Text,
  TextInput,
} from "@mantine/core";
import { useState } from "react";
import { AudiencesInput } from "@/shared/audiences-input";
import { ErrorPanel, say } from "@/shared/feedback";
import type { Experiment, PhaseVariant } from "./draft";
import { FlagsBecome } from "./flags-become";
import { type Promotion, usePromote } from "./queries";
import { lastBegun } from "./standing";
import { useNow } from "./use-now";

interface DialogProps {
  experiment: Experiment;
  onClose: () => void;
}

export function PromoteDialog({ experiment, onClose }: DialogProps) {
  const [done, setDone] = useState<Promotion | null>(null);
  return (
    <Modal
      opened
      onClose={onClose}
      size="xl"
      title={done ? "Promoted" : `Promote a variant of ${experiment.name}`}
    >
      {done ? (
        <Done promotion={done} onClose={onClose} />
      ) : (
        <PromoteForm experiment={experiment} onClose={onClose} onDone={setDone} />
      )}
    </Modal>
  );
}

function PromoteForm({
  experiment,
  onClose,
  onDone,
}: DialogProps & { onDone: (promotion: Promotion) => void }) {
  const nowS = useNow();
  const begun = experiment.phases.filter((each) => Number(each.start_time_sec) <= nowS);
  const [phaseId, setPhaseId] = useState(() => lastBegun(experiment, nowS)?.id ?? "");
  const phase = begun.find((each) => each.id === phaseId);
  const candidates = (phase?.variants ?? []).filter((each) => each.flags.length > 0);
  const [variantName, setVariantName] = useState("");
  const variant =
    candidates.find((each) => each.name === variantName) ??
    (candidates.length === 1 ? candidates[0] : undefined);
  const [left, setLeft] = useState<readonly string[]>([]);
  const [audiences, setAudiences] = useState<string[] | null>(null);
  const [asName, setAsName] = useState("");
  const isOn = experiment.state === "running" || experiment.state === "scheduled";
  const [ends, setEnds] = useState(isOn);
  const [note, setNote] = useState("");
  const promote = usePromote(experiment.id);
  const chosen = (variant?.flags ?? [])
    .map(({ flag }) => flag)
    .filter((each) => !left.includes(each));
  const isForSome = audiences !== null;
  const phaseAudiences = phase?.audiences ?? experiment.audiences;
  const hasAudiences = [...phaseAudiences, ...(audiences ?? [])].length > 0;
  const isReady =
    variant !== undefined &&
    chosen.length > 0 &&
    (!isForSome || (asName.trim() !== "" && hasAudiences));
  return (
    <form
      onSubmit={async (event) => {
        event.preventDefault();
        if (!variant) {
          return;
        }
        const promoted = await promote
          .mutateAsync({
            phase: phaseId,
            variant: variant.name,
            flags: chosen,
            end: isOn && ends,
            version: experiment.version,
            ...(isForSome ? { as_variant: { name: asName.trim(), audiences } } : {}),
            ...(note ? { note } : {}),
          })
          .catch(() => null);
        if (promoted) {
          say(`${variant.name} is promoted.`);
          onDone(promoted);
        }
      }}
    >
      <Stack>
        {begun.length > 1 && (
          <Select
            label="Phase"
            data={begun.map((each) => ({ value: each.id, label: each.name }))}
            value={phaseId}
            onChange={(next) => setPhaseId(next ?? "")}
            allowDeselect={false}
            maw={340}
          />
        )}
        <WhichVariant
          candidates={candidates}
          chosen={variant?.name ?? ""}
          onChoose={(next) => {
            setVariantName(next);
            setLeft([]);
          }}
        />
        {variant && (
          <>
            <FlagsBecome
              values={variant.flags}
              left={left}
              onLeft={setLeft}
              asVariant={isForSome ? asName.trim() : undefined}
            />
            <ForWhom
              audiences={audiences}
              onAudiences={(next) => {
                setAudiences(next);
                setAsName(asName || variant.name);
              }}
              name={asName}
              onName={setAsName}
              usual={phaseAudiences}
            />
            {isOn && (
              <Checkbox
                label="End the experiment, too"
                description="Otherwise those who take part keep their variants, for experiments go before flags, and it goes on admitting players"
                checked={ends}
                onChange={(event) => setEnds(event.currentTarget.checked)}
              />
            )}
            {isOn && !ends && (
              <Text size="sm" c="dimmed">
                A change of what the control has is noted with the results of a phase that runs.
              </Text>
            )}
            <TextInput
              label="Why"
              description="For the history of the flags and the experiment"
              value={note}
              onChange={(event) => setNote(event.currentTarget.value)}
              maxLength={1000}
            />
          </>
        )}
        {promote.error && <ErrorPanel error={promote.error} title="Nothing was promoted" />}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={promote.isPending} disabled={!isReady}>
            {chosen.length > 1 ? `Change ${chosen.length} flags` : "Change the flag"}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function WhichVariant({
  candidates,
  chosen,
  onChoose,
}: {
  /** Those that give any flag a value. */
  candidates: readonly PhaseVariant[];
  chosen: string;
  onChoose: (name: string) => void;
}) {
  if (candidates.length === 0) {
    return (
      <Text size="sm">No variant of this phase sets a flag, so there is nothing to promote.</Text>
    );
  }
  return (
    <Radio.Group label="Variant" value={chosen} onChange={onChoose}>
      <Stack gap="xs" mt={6}>
        {candidates.map((each) => (
          <Radio
            key={each.name}
            value={each.name}
            label={each.name}
            description={participantWords(each)}
          />
        ))}
      </Stack>
    </Radio.Group>
  );
}

/** Everybody, where `audiences` is `null`; else a variant of the flags for some. */
function ForWhom({
  audiences,
  onAudiences,
  name,
  onName,
  usual,
}: {
  audiences: string[] | null;
  onAudiences: (audiences: string[] | null) => void;
  name: string;
  onName: (name: string) => void;
  /** The audiences of the phase. */
  usual: readonly string[];
}) {
  return (
    <>
      <Radio.Group
        label="For whom"
        value={audiences === null ? "all" : "some"}
        onChange={(next) => onAudiences(next === "some" ? [...usual] : null)}
      >
        <Stack gap="xs" mt={6}>
          <Radio value="all" label="Everybody: the value becomes the flag’s default" />
          <Radio value="some" label="Some audiences: it becomes the first variant of the flag" />
        </Stack>
      </Radio.Group>
      {audiences !== null && (
        <SimpleGrid cols={{ base: 1, sm: 2 }}>
          <TextInput
            label="Name of the flag’s variant"
            description="One of that name is replaced"
            value={name}
            onChange={(event) => onName(event.currentTarget.value)}
            required
            maxLength={64}
          />
          <AudiencesInput
            description={
              usual.length > 0
                ? "Those of the phase, if there is none"
                : "At least one: the phase is for everybody"
            }
            placeholder={usual.length > 0 ? "As the phase" : "Choose"}
            value={audiences}
            onChange={onAudiences}
          />
        </SimpleGrid>
      )}
    </>
  );
}

function participantWords(variant: PhaseVariant): string {
  const count = variant.participants.toLocaleString("en");
  return `${count} ${variant.participants === 1 ? "player" : "players"} had it`;
}

/** What was changed, and what still stands before the new values. */
function Done({ promotion, onClose }: { promotion: Promotion; onClose: () => void }) {
  return (
    <Stack>
      <Text size="sm">
        {promotion.flags.length === 1 ? "The flag has" : "The flags have"} the value now, and a
        revision in {promotion.flags.length === 1 ? "its" : "their"} history that leads back:{" "}
        {promotion.flags.map((flag) => flag.name).join(", ")}.
      </Text>
      <List size="sm" spacing={4}>
        {promotion.told.map((line) => (
          <List.Item key={line}>{line}.</List.Item>
        ))}
      </List>
      <Group justify="flex-end">
        <Button onClick={onClose} data-autofocus>
          Close
        </Button>
      </Group>
    </Stack>
  );
}
