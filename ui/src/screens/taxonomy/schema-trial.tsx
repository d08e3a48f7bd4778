/** A box to try a schema on a value, before anything is stored. */

import { Alert, Card, List, Stack, Text } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconCircleCheck, IconCircleX } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { ApiError, answer, api } from "@/api/client";
import { useMay } from "@/session/session";
import { CodeInput } from "@/shared/code";
import { ErrorPanel } from "@/shared/feedback";
import { schemaOf } from "./forms";
import { placeWords } from "./schema-lint";

const PAUSE_MS = 350;

export function SchemaTrial({ schema: schemaText }: { schema: string }) {
  const mayCheck = useMay("taxonomy", "write");
  const [text, setText] = useState("");
  const [asked] = useDebouncedValue(`${schemaText}\n\n${text}`, PAUSE_MS);
  const schema = schemaOf(schemaText);
  const instance = instanceOf(text);
  const isReady = mayCheck && schema !== undefined && text.trim() !== "" && instance !== undefined;
  const trial = useQuery({
    queryKey: ["schema-trial", asked],
    queryFn: ({ signal }) => {
      const body = { schema: schema as never, instance };
      return answer(api.POST("/v1/console/taxonomy/validator/check", { body, signal }));
    },
    enabled: isReady && asked === `${schemaText}\n\n${text}`,
    gcTime: 60_000,
    retry: false,
  });
  if (!mayCheck) {
    return null;
  }
  return (
    <Card>
      <Stack gap="sm">
        <Text component="h2" fw={650}>
          Try it on a value
        </Text>
        <CodeInput
          label="Value"
          description="JSON. Nothing is stored."
          language="json"
          value={text}
          onChange={setText}
          placeholder='{"level": 3}'
          minHeight={90}
        />
        <div aria-live="polite">
          {schema === undefined ? (
            <Hint>Mend the schema first.</Hint>
          ) : text.trim() === "" ? (
            <Hint>Type a value to see whether it fits.</Hint>
          ) : instance === undefined ? (
            <Hint>This is no JSON yet.</Hint>
          ) : trial.error ? (
            isSchemaWrong(trial.error) ? (
              <Hint>Mend the schema first.</Hint>
            ) : (
              <ErrorPanel error={trial.error} retry={() => trial.refetch()} />
            )
          ) : (
            trial.data && <Verdict valid={trial.data.valid} problems={trial.data.problems} />
          )}
        </div>
      </Stack>
    </Card>
  );
}

function isSchemaWrong(error: unknown): boolean {
  return (
    error instanceof ApiError &&
    error.details.some((detail) => String(detail.field ?? "").startsWith("schema"))
  );
}

function Hint({ children }: { children: string }) {
  return (
    <Text size="sm" c="dimmed">
      {children}
    </Text>
  );
}

interface Problem {
  place: (string | number)[];
  problem: string;
}

function Verdict({ valid, problems }: { valid: boolean; problems: Problem[] }) {
  if (valid) {
    return <Alert color="teal" variant="light" icon={<IconCircleCheck />} title="It fits" p="sm" />;
  }
  return (
    <Alert color="red" variant="light" icon={<IconCircleX />} title="It does not fit" p="sm">
      <List size="sm" spacing={2}>
        {problems.map(({ place, problem }) => (
          <List.Item key={`${placeWords(place)} ${problem}`}>
            {place.length > 0 && <code>{placeWords(place).replace(/^\./, "")}</code>} {problem}
          </List.Item>
        ))}
      </List>
    </Alert>
  );
}

function instanceOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
