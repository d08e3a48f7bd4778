/** The signed-in user's own password, second factor and sessions. */

import { Badge, Button, Card, Group, PasswordInput, Stack, Text, Title } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { ApiError, call } from "@/api/client";
import { useSession } from "@/session/session";
import { ErrorPanel, say } from "@/shared/feedback";
import { Page } from "@/shared/page";
import { roleName } from "@/shell/shell";
import { SecondFactorCard } from "./second-factor";
import { SessionsCard } from "./sessions";

/** The account of who is signed in. */
export function AccountScreen() {
  const { me } = useSession();
  return (
    <Page title="My account" lead={me.user.email} badges={<Badge>{roleName(me.user.role)}</Badge>}>
      <Stack maw={760} gap="lg">
        {me.user.has_password && <PasswordCard />}
        <SecondFactorCard />
        <SessionsCard path="/v1/console/me/session" title="Sessions" />
      </Stack>
    </Page>
  );
}

/** A part of the account. */
export function AccountCard({ title, children }: { title: string; children: ReactNode }) {
  return (
    <Card component="section" aria-label={title}>
      <Title order={2} mb="sm">
        {title}
      </Title>
      {children}
    </Card>
  );
}

function PasswordCard() {
  const form = useForm({ initialValues: { current_password: "", new_password: "", again: "" } });
  const change = useMutation({
    mutationFn: ({ current_password, new_password }: typeof form.values) =>
      call("PUT", "/v1/console/me/password", { body: { current_password, new_password } }),
    onSuccess: () => {
      form.reset();
      say("Your password is changed. Your other sessions have ended.");
    },
    onError: (error) => {
      if (error instanceof ApiError) {
        form.setErrors(error.fields);
      }
    },
  });
  return (
    <AccountCard title="Password">
      <form
        onSubmit={form.onSubmit((values) => {
          if (values.new_password === values.again) {
            change.mutate(values);
          } else {
            form.setFieldError("again", "is not the same");
          }
        })}
      >
        <Stack maw={420}>
          <PasswordInput
            label="Password until now"
            autoComplete="current-password"
            required
            {...form.getInputProps("current_password")}
          />
          <PasswordInput
            label="New password"
            autoComplete="new-password"
            required
            {...form.getInputProps("new_password")}
          />
          <PasswordInput
            label="New password again"
            autoComplete="new-password"
            required
            {...form.getInputProps("again")}
          />
          {change.error && <ErrorPanel error={change.error} title="Not changed" />}
          <Group justify="space-between">
            <Text size="sm" c="dimmed">
              Ends your other sessions.
            </Text>
            <Button type="submit" loading={change.isPending}>
              Change password
            </Button>
          </Group>
        </Stack>
      </form>
    </AccountCard>
  );
}
