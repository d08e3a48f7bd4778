/** What an experiment asks, and of whom. */

import { Alert, Divider, Stack, Text, Title } from "@mantine/core";
import type { Experiment } from "./draft";
import { HypothesisFields } from "./fields/hypothesis-fields";
import { WhoFields } from "./fields/who-fields";
import type { useExperimentEdit } from "./use-experiment-edit";

export type ExperimentEdit = ReturnType<typeof useExperimentEdit>;

export function EditTab({
  experiment,
  edit,
  readOnly,
}: {
  experiment: Experiment;
  edit: ExperimentEdit;
  readOnly: boolean;
}) {
  const fields = {
    draft: edit.draft,
    onChange: edit.change,
    errors: edit.errors,
    readOnly,
  };
  return (
    <Stack maw={760} gap="lg">
      {experiment.archived && <ArchivedNote />}
      <section>
        <Title order={2} mb="sm">
          What it asks
        </Title>
        <HypothesisFields {...fields} />
      </section>
      <Divider />
      <section>
        <Title order={2}>Who can be in it</Title>
        <Text size="sm" c="dimmed" mb="sm">
          Phases may have audiences of their own in place of these.
          {experiment.state === "running" &&
            " While a phase runs, a change of anything here biases it."}
        </Text>
        <WhoFields {...fields} ownId={experiment.id} />
      </section>
    </Stack>
  );
}

export function ArchivedNote() {
  return (
    <Alert color="gray" variant="light" title="It is archived">
      It stays as it is. Take it out of the archive to change it.
    </Alert>
  );
}
