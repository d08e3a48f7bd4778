/** Who takes part in a live event, and how many. */

import { NumberInput, Radio, SimpleGrid, Stack, Switch, Text } from "@mantine/core";
import { AudiencesInput } from "@/shared/audiences-input";
import { errorAt } from "./draft-problems";
import type { PartProps } from "./part-props";

export function WhoPart({ draft, onChange, errors, readOnly }: PartProps) {
  return (
    <Stack>
      <SimpleGrid cols={{ base: 1, sm: 2 }}>
        <AudiencesInput
          label="Audiences"
          description="Players of any of them are eligible"
          value={draft.audiences}
          onChange={(audiences) => onChange({ audiences })}
          error={errorAt(errors, "audiences")}
          readOnly={readOnly}
        />
        <AudiencesInput
          label="Excluded audiences"
          description="Players of any of these are not"
          placeholder="Nobody"
          value={draft.excludeAudiences}
          onChange={(excludeAudiences) => onChange({ excludeAudiences })}
          error={errorAt(errors, "exclude_audiences")}
          readOnly={readOnly}
        />
      </SimpleGrid>
      <Switch
        label="Who once took part stays to the end of the run"
        description="Also where they leave the audiences meanwhile. Off: who leaves them is out at once"
        checked={draft.stickyMembership}
        onChange={(event) => onChange({ stickyMembership: event.currentTarget.checked })}
        disabled={readOnly}
      />
      <Radio.Group
        label="How players take part"
        value={draft.explicitJoin ? "join" : "itself"}
        onChange={(chosen) => onChange({ explicitJoin: chosen === "join" })}
        error={errors.explicit_join}
      >
        <Stack gap="xs" mt={6}>
          <Radio
            value="itself"
            label="By themselves"
            description="As soon as the game reads flags or live events while a run is on"
            disabled={readOnly}
          />
          <Radio
            value="join"
            label="They join"
            description="The game shows the live event, and joins for who wants to take part"
            disabled={readOnly}
          />
        </Stack>
      </Radio.Group>
      <NumberInput
        label="Places in each run"
        description="Never exceeded, whatever comes at once; 0 for no limit"
        value={draft.participantsMax}
        onChange={(most) => onChange({ participantsMax: Number(most) || 0 })}
        error={errors.participants_max}
        readOnly={readOnly}
        min={0}
        max={1_000_000_000_000}
        allowDecimal={false}
        thousandSeparator=","
        maw={260}
      />
      <Text size="sm" c="dimmed">
        Where players join, places are limited, times are the players’ own, or audiences are to
        stick, the server keeps who takes part, and counts them. Elsewhere everybody takes part who
        is eligible now.
      </Text>
    </Stack>
  );
}
