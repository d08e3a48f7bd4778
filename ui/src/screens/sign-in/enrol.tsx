/** Setting up a second factor that the role must have, on the way in. */

import { Anchor, Button, Stack, Text } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { basePath, failure, type Schemas } from "@/api/client";
import { ErrorPanel, Waiting } from "@/shared/feedback";
import { RecoveryCodes, SecretToScan } from "../account/second-factor-parts";
import { CodeInput6 } from "./sign-in";

/** Calls with the ticket of a sign-in half done. */
async function withTicket<T>(path: string, ticket: string, body: unknown): Promise<T> {
  const response = await fetch(`${basePath}${path}`, {
    method: "POST",
    headers: { Authorization: `Bearer ${ticket}`, "Content-Type": "application/json" },
    credentials: "same-origin",
    body: JSON.stringify(body),
  });
  const told: unknown = await response.json().catch(() => ({}));
  if (!response.ok) {
    throw failure(response, told);
  }
  return told as T;
}

/** Shows the secret, asks for a code of it, then shows the recovery codes. */
export function Enrol({
  ticket,
  onDone,
  onBack,
}: {
  ticket: string;
  onDone: (csrfToken: string) => Promise<void>;
  onBack: () => void;
}) {
  const [code, setCode] = useState("");
  const begun = useQuery({
    queryKey: ["enrol", ticket],
    queryFn: () => withTicket<Schemas["BeginTotpMessage"]>("/v1/console/me/totp", ticket, {}),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    retry: false,
  });
  const confirm = useMutation({
    mutationFn: () =>
      withTicket<Schemas["ConfirmTotpMessage"]>("/v1/console/me/totp/confirm", ticket, {
        code,
        cookie: true,
      }),
    onError: () => setCode(""),
  });
  if (begun.isPending) {
    return <Waiting />;
  }
  if (begun.isError) {
    return (
      <Stack>
        <ErrorPanel error={begun.error} />
        <Button onClick={onBack}>Sign in again</Button>
      </Stack>
    );
  }
  if (confirm.data) {
    return (
      <Stack>
        <RecoveryCodes codes={confirm.data.recovery_codes} />
        <Button onClick={() => onDone(confirm.data.csrf_token ?? "")}>I have kept them</Button>
      </Stack>
    );
  }
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        confirm.mutate();
      }}
    >
      <Stack>
        <Text size="sm">Your role needs a second factor: an authenticator app on your phone.</Text>
        <SecretToScan begun={begun.data} />
        <CodeInput6 value={code} onChange={setCode} />
        {confirm.error && <ErrorPanel error={confirm.error} title="Not confirmed" />}
        <Button type="submit" loading={confirm.isPending} disabled={code.length < 6}>
          Confirm
        </Button>
        <Anchor component="button" type="button" size="sm" onClick={onBack}>
          Back
        </Anchor>
      </Stack>
    </form>
  );
}
