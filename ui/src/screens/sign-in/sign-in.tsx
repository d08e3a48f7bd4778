/** Signing in, with a second factor where there is one. */

import {
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
import { useState } from "react";
import { ApiError, call, setCsrfToken } from "@/api/client";
import { ME } from "@/session/session";
import { ErrorPanel } from "@/shared/feedback";

/** The screen for who is not signed in. */
export function SignIn() {
  const queries = useQueryClient();
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const [asksCode, setAsksCode] = useState(false);
  const signIn = useMutation({
    mutationFn: () =>
      call<{ csrf_token: string }>("POST", "/v1/console/authenticate", {
        body: { email, password, cookie: true, ...(code ? { code } : {}) },
      }),
    onSuccess: async (told) => {
      setCsrfToken(told.csrf_token);
      await queries.refetchQueries({ queryKey: ME });
    },
    onError: (error) => {
      setCode("");
      if (
        error instanceof ApiError &&
        error.details.some((each) => each.second_factor === "totp")
      ) {
        setAsksCode(true);
      }
    },
  });
  return (
    <Center mih="100dvh" p="md" component="main">
      <Card w={400} maw="100%" shadow="sm" padding="xl">
        <form
          onSubmit={(event) => {
            event.preventDefault();
            signIn.mutate();
          }}
        >
          <Stack>
            <Group gap={10} justify="center">
              <img src="./favicon.svg" width={32} height={32} alt="" />
              <Title order={1}>Matsuri</Title>
            </Group>
            <TextInput
              label="E-mail"
              type="email"
              autoComplete="username"
              required
              value={email}
              onChange={(event) => setEmail(event.currentTarget.value)}
              autoFocus
            />
            <PasswordInput
              label="Password"
              autoComplete="current-password"
              required
              value={password}
              onChange={(event) => setPassword(event.currentTarget.value)}
            />
            {asksCode && (
              <Stack gap={4}>
                <Text size="sm" fw={500}>
                  Code of your authenticator
                </Text>
                <PinInput
                  length={6}
                  type="number"
                  oneTimeCode
                  value={code}
                  onChange={setCode}
                  autoFocus
                />
              </Stack>
            )}
            {signIn.error && <ErrorPanel error={signIn.error} title="Not signed in" />}
            <Button type="submit" loading={signIn.isPending}>
              Sign in
            </Button>
          </Stack>
        </form>
      </Card>
    </Center>
  );
}
