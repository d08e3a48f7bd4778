/** Signing in: a password, and a second factor where there is one or has to be one. */

import {
  Anchor,
  Button,
  Card,
  Center,
  Group,
  PasswordInput,
  PinInput,
  Stack,
  Text,
  TextInput,
  Title,
} from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { call, type Schemas, setCsrfToken } from "@/api/client";
import { ME } from "@/session/session";
import { ErrorPanel } from "@/shared/feedback";
import { Enrol } from "./enrol";
import { type Step, stepAfter } from "./sign-in-steps";
import { WaysIn } from "./ways-in";

/** The screen for who is not signed in. */
export function SignIn() {
  const queries = useQueryClient();
  const [step, setStep] = useState<Step>({ name: "password" });
  const done = async (csrfToken: string) => {
    setCsrfToken(csrfToken);
    await queries.refetchQueries({ queryKey: ME });
  };
  return (
    <Center mih="100dvh" p="md" component="main">
      <Card w={420} maw="100%" shadow="sm" padding="xl">
        <Stack>
          <Group gap={10} justify="center">
            <img src="./favicon.svg" width={32} height={32} alt="" />
            <Title order={1}>Matsuri</Title>
          </Group>
          {step.name === "enrol" ? (
            <Enrol
              ticket={step.ticket}
              onDone={done}
              onBack={() => setStep({ name: "password" })}
            />
          ) : (
            <WaysIn
              password={(isOnly) => (
                <Credentials step={step} onStep={setStep} onDone={done} isOnly={isOnly} />
              )}
            />
          )}
        </Stack>
      </Card>
    </Center>
  );
}

function Credentials({
  step,
  onStep,
  onDone,
  isOnly,
}: {
  step: Step;
  onStep: (step: Step) => void;
  onDone: (csrfToken: string) => Promise<void>;
  /** Whether there is no other way in. */
  isOnly: boolean;
}) {
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const [recoveryCode, setRecoveryCode] = useState("");
  const [usesRecovery, setUsesRecovery] = useState(false);
  const [newPassword, setNewPassword] = useState("");
  const signIn = useMutation({
    mutationFn: () =>
      call<Schemas["SignInMessage"]>("POST", "/v1/console/authenticate", {
        body: {
          email,
          password,
          cookie: true,
          ...(usesRecovery ? { recovery_code: recoveryCode } : code ? { code } : {}),
          ...(newPassword ? { new_password: newPassword } : {}),
        },
      }),
    onSuccess: (told) => onDone(told.csrf_token),
    onError: (error) => {
      setCode("");
      const next = stepAfter(error);
      if (next !== null) {
        onStep(next);
      }
    },
  });
  const asked = signIn.error !== null && stepAfter(signIn.error)?.name === step.name;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        signIn.mutate();
      }}
    >
      <Stack>
        <TextInput
          label="E-mail"
          type="email"
          autoComplete="username"
          required
          value={email}
          onChange={(event) => setEmail(event.currentTarget.value)}
          autoFocus={isOnly}
        />
        <PasswordInput
          label="Password"
          autoComplete="current-password"
          required
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
        />
        {step.name === "new-password" && (
          <PasswordInput
            label="New password"
            description="The one you were given opens once: choose one of your own"
            autoComplete="new-password"
            required
            value={newPassword}
            onChange={(event) => setNewPassword(event.currentTarget.value)}
          />
        )}
        {step.name === "code" && (
          <SecondFactor
            usesRecovery={usesRecovery}
            onSwitch={() => setUsesRecovery(!usesRecovery)}
            recovery={
              <TextInput
                label="Recovery code"
                description="Each opens once"
                value={recoveryCode}
                autoComplete="off"
                onChange={(event) => setRecoveryCode(event.currentTarget.value)}
                autoFocus
              />
            }
          >
            <CodeInput6 value={code} onChange={setCode} />
          </SecondFactor>
        )}
        {signIn.error && !asked && <ErrorPanel error={signIn.error} title="Not signed in" />}
        <Button type="submit" variant={isOnly ? "filled" : "default"} loading={signIn.isPending}>
          Sign in
        </Button>
      </Stack>
    </form>
  );
}

/** Six digits of an authenticator. */
export function CodeInput6({
  value,
  onChange,
}: {
  value: string;
  onChange: (code: string) => void;
}) {
  return (
    <Stack gap={4}>
      <Text size="sm" fw={500}>
        Code of your authenticator app
      </Text>
      <PinInput
        length={6}
        type="number"
        oneTimeCode
        value={value}
        onChange={onChange}
        autoFocus
        ariaLabel="Digit of the code"
      />
    </Stack>
  );
}

function SecondFactor({
  usesRecovery,
  onSwitch,
  recovery,
  children,
}: {
  usesRecovery: boolean;
  onSwitch: () => void;
  recovery: ReactNode;
  children: ReactNode;
}) {
  return (
    <Stack gap={6} align="flex-start">
      {usesRecovery ? recovery : children}
      <Anchor component="button" type="button" size="sm" onClick={onSwitch}>
        {usesRecovery ? "Use the authenticator app" : "Use a recovery code"}
      </Anchor>
    </Stack>
  );
}
