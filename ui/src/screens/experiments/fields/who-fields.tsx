/** Who can be in an experiment. */

import { NumberInput, Select, SimpleGrid, Stack, Text } from "@mantine/core";
import { useDefinitions } from "@/api/definitions";
import { AudiencesInput } from "@/shared/audiences-input";
import { TextLink } from "@/shared/page";
import { GroupPlaces } from "../group-places";
import { ALL_PERMILLE, percentText, permilleOf } from "../weights";
import { errorIn, type FieldsProps } from "./hypothesis-fields";

export function WhoFields({
  draft,
  onChange,
  errors,
  readOnly,
  ownId,
}: FieldsProps & {
  /** The experiment's id; its own places are no others' ones. */
  ownId?: string;
}) {
  const exclusionGroups = useDefinitions("exclusion-group");
  const holdoutGroups = useDefinitions("holdout-group");
  const group = exclusionGroups.data?.find((each) => each.name === draft.exclusionGroup);
  const holdout = holdoutGroups.data?.find((each) => each.name === draft.holdoutGroup);
  return (
    <Stack gap="lg">
      <SimpleGrid cols={{ base: 1, sm: 2 }}>
        <AudiencesInput
          description="Players of any of them; everybody if there is none"
          value={draft.audiences}
          onChange={(audiences) => onChange({ audiences })}
          error={errorIn(errors, "audiences")}
          readOnly={readOnly}
        />
        <AudiencesInput
          label="Excluded audiences"
          description="Players of any of them are left out"
          placeholder="Nobody"
          value={draft.excludeAudiences}
          onChange={(excludeAudiences) => onChange({ excludeAudiences })}
          error={errorIn(errors, "exclude_audiences")}
          readOnly={readOnly}
        />
      </SimpleGrid>
      <Stack gap="xs">
        <Select
          label="Exclusion group"
          description={
            <>
              A player is in at most one of its experiments at a time.{" "}
              <TextLink to="/experiments/exclusion-groups" size="xs" underline="always">
                See the groups
              </TextLink>
            </>
          }
          data={(exclusionGroups.data ?? []).map((each) => each.name)}
          value={draft.exclusionGroup || null}
          onChange={(chosen) =>
            onChange({
              exclusionGroup: chosen ?? "",
              ...firstFree(exclusionGroups.data?.find((each) => each.name === chosen)?.free),
            })
          }
          error={errors.exclusion_group}
          readOnly={readOnly}
          placeholder="None: it shares its players with others"
          searchable
          clearable={!readOnly}
          maw={420}
        />
        {draft.exclusionGroup && (
          <>
            <SimpleGrid cols={2} maw={420}>
              <PercentInput
                label="Its players from"
                value={draft.exclusionFrom}
                onChange={(exclusionFrom) => onChange({ exclusionFrom })}
                error={errors.exclusion_from_permille}
                readOnly={readOnly}
              />
              <PercentInput
                label="to below"
                value={draft.exclusionTo}
                onChange={(exclusionTo) => onChange({ exclusionTo })}
                error={errors.exclusion_to_permille}
                readOnly={readOnly}
              />
            </SimpleGrid>
            {group && (
              <GroupPlaces
                shares={group.experiments.filter((each) => each.id !== ownId)}
                own={{
                  name: draft.name || "This experiment",
                  from_permille: draft.exclusionFrom,
                  to_permille: draft.exclusionTo,
                }}
              />
            )}
          </>
        )}
      </Stack>
      <Select
        label="Holdout group"
        description={
          <>
            A share of all players that none of the group's experiments touches.{" "}
            <TextLink to="/experiments/holdout-groups" size="xs" underline="always">
              See the groups
            </TextLink>
          </>
        }
        data={(holdoutGroups.data ?? []).map((each) => each.name)}
        value={draft.holdoutGroup || null}
        onChange={(chosen) => onChange({ holdoutGroup: chosen ?? "" })}
        error={errors.holdout_group}
        readOnly={readOnly}
        placeholder="None: nobody is left alone"
        searchable
        clearable={!readOnly}
        maw={420}
      />
      {holdout && (
        <Text size="sm" c="dimmed" mt={-12}>
          {percentText(holdout.holdout_permille)} of all players are left alone by it.
        </Text>
      )}
    </Stack>
  );
}

/** The first places that no other experiment has. */
function firstFree(free: readonly { from_permille: number; to_permille: number }[] | undefined) {
  const [first] = free ?? [];
  return {
    exclusionFrom: first?.from_permille ?? 0,
    exclusionTo: first?.to_permille ?? ALL_PERMILLE,
  };
}

/** A field for thousandths, which people write as percentages. */
export function PercentInput({
  label,
  value,
  onChange,
  error,
  readOnly,
  description,
}: {
  label: string;
  value: number;
  onChange: (permille: number) => void;
  error?: string;
  readOnly?: boolean;
  description?: string;
}) {
  return (
    <NumberInput
      label={label}
      description={description}
      suffix=" %"
      min={0}
      max={100}
      decimalScale={1}
      value={value / 10}
      onChange={(percent) => onChange(permilleOf(percent))}
      error={error}
      readOnly={readOnly}
    />
  );
}
