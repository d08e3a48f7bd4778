/** The second factor of the signed-in user. */

import { Badge, Button, Group, Modal, PasswordInput, Stack, Text, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { call, queryText, type Schemas } from "@/api/client";
import { ME, useSession } from "@/session/session";
import { ErrorPanel, say } from "@/shared/feedback";
import { Time } from "@/shared/time";
import { AccountCard } from "./account";
import { RecoveryCodes, SecretToScan } from "./second-factor-parts";

type Doing = "set-up" | "remove" | "codes";

/** Whether there is one, and what can be done about it. */
export function SecondFactorCard() {
  const { me } = useSession();
  const [doing, setDoing] = useState<Doing | null>(null);
  const close = () => setDoing(null);
  return (
    <AccountCard title="Second factor">
      <Stack>
        <Group gap="sm">
          <Badge color={me.totp.enabled ? "teal" : "gray"}>{me.totp.enabled ? "On" : "Off"}</Badge>
          <Text size="sm" component="div">
            {me.totp.enabled ? (
              <>
                Since <Time seconds={me.totp.since_time_sec} full />, with{" "}
                {me.totp.recovery_codes_left} recovery codes left.
              </>
            ) : (
              "An authenticator app on your phone protects your account if your password gets known."
            )}
            {me.totp.required && " Your role needs it."}
          </Text>
        </Group>
        <Group gap="xs">
          <Button
            variant={me.totp.enabled ? "default" : "filled"}
            onClick={() => setDoing("set-up")}
          >
            {me.totp.enabled ? "Move to another phone" : "Set up"}
          </Button>
          {me.totp.enabled && (
            <>
              <Button variant="default" onClick={() => setDoing("codes")}>
                New recovery codes
              </Button>
              {!me.totp.required && (
                <Button variant="subtle" color="red" onClick={() => setDoing("remove")}>
                  Turn off
                </Button>
              )}
            </>
          )}
        </Group>
      </Stack>
      {doing === "set-up" && <SetUp onClose={close} hasOne={me.totp.enabled} />}
      {doing === "codes" && <NewCodes onClose={close} />}
      {doing === "remove" && <TurnOff onClose={close} />}
    </AccountCard>
  );
}

function useRefreshMe(): () => Promise<void> {
  const queries = useQueryClient();
  return () => queries.invalidateQueries({ queryKey: ME });
}

/** A code as the server takes it: six digits of the app, or a recovery code. */
function proofOf(text: string): Record<string, string> {
  const typed = text.replaceAll(" ", "");
  return /^\d{6}$/.test(typed) ? { code: typed } : { recovery_code: text.trim() };
}

function ProofInput({ value, onChange }: { value: string; onChange: (text: string) => void }) {
  return (
    <TextInput
      label="Code of the app, or a recovery code"
      autoComplete="one-time-code"
      required
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      data-autofocus
    />
  );
}

function SetUp({ onClose, hasOne }: { onClose: () => void; hasOne: boolean }) {
  const [proof, setProof] = useState("");
  const [code, setCode] = useState("");
  const refresh = useRefreshMe();
  const begin = useMutation({
    mutationFn: () =>
      call<Schemas["BeginTotpMessage"]>("POST", "/v1/console/me/totp", {
        body: hasOne ? proofOf(proof) : { password: proof },
      }),
  });
  const confirm = useMutation({
    mutationFn: () =>
      call<Schemas["ConfirmTotpMessage"]>("POST", "/v1/console/me/totp/confirm", {
        body: { code: code.trim() },
      }),
    onSuccess: refresh,
  });
  return (
    <Modal
      opened
      onClose={onClose}
      title="Set up a second factor"
      closeOnClickOutside={confirm.data === undefined}
    >
      {confirm.data ? (
        <Stack>
          <RecoveryCodes codes={confirm.data.recovery_codes} />
          <Button onClick={onClose}>I have kept them</Button>
        </Stack>
      ) : begin.data ? (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            confirm.mutate();
          }}
        >
          <Stack>
            <SecretToScan begun={begin.data} />
            <TextInput
              label="Code that the app shows now"
              inputMode="numeric"
              autoComplete="one-time-code"
              required
              maxLength={6}
              value={code}
              onChange={(event) => setCode(event.currentTarget.value)}
              data-autofocus
            />
            {confirm.error && <ErrorPanel error={confirm.error} title="Not confirmed" />}
            <Button type="submit" loading={confirm.isPending}>
              Confirm
            </Button>
          </Stack>
        </form>
      ) : (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            begin.mutate();
          }}
        >
          <Stack>
            {hasOne ? (
              <ProofInput value={proof} onChange={setProof} />
            ) : (
              <PasswordInput
                label="Your password"
                autoComplete="current-password"
                required
                value={proof}
                onChange={(event) => setProof(event.currentTarget.value)}
                data-autofocus
              />
            )}
            {begin.error && <ErrorPanel error={begin.error} />}
            <Button type="submit" loading={begin.isPending}>
              Go on
            </Button>
          </Stack>
        </form>
      )}
    </Modal>
  );
}

function NewCodes({ onClose }: { onClose: () => void }) {
  const [proof, setProof] = useState("");
  const refresh = useRefreshMe();
  const make = useMutation({
    mutationFn: () =>
      call<Schemas["RecoveryCodesMessage"]>("POST", "/v1/console/me/recovery-code", {
        body: proofOf(proof),
      }),
    onSuccess: refresh,
  });
  return (
    <Modal opened onClose={onClose} title="New recovery codes">
      {make.data ? (
        <Stack>
          <RecoveryCodes codes={make.data.recovery_codes} />
          <Button onClick={onClose}>I have kept them</Button>
        </Stack>
      ) : (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            make.mutate();
          }}
        >
          <Stack>
            <Text size="sm">The old ones stop working.</Text>
            <ProofInput value={proof} onChange={setProof} />
            {make.error && <ErrorPanel error={make.error} />}
            <Button type="submit" loading={make.isPending}>
              Make new codes
            </Button>
          </Stack>
        </form>
      )}
    </Modal>
  );
}

function TurnOff({ onClose }: { onClose: () => void }) {
  const [proof, setProof] = useState("");
  const refresh = useRefreshMe();
  const remove = useMutation({
    mutationFn: () => call("DELETE", `/v1/console/me/totp${queryText(proofOf(proof))}`),
    onSuccess: async () => {
      await refresh();
      say("Your second factor is off.");
      onClose();
    },
  });
  return (
    <Modal opened onClose={onClose} title="Turn off the second factor">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          remove.mutate();
        }}
      >
        <Stack>
          <Text size="sm">Your password alone opens your account then.</Text>
          <ProofInput value={proof} onChange={setProof} />
          {remove.error && <ErrorPanel error={remove.error} />}
          <Button type="submit" color="red" loading={remove.isPending}>
            Turn off
          </Button>
        </Stack>
      </form>
    </Modal>
  );
}
