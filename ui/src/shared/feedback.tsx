/** What a screen says when there is nothing, when it waits, and when something went wrong. */

import { Alert, Button, Center, Group, List, Loader, Stack, Text, ThemeIcon } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconAlertTriangle, IconInbox } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { ApiError, sentence } from "@/api/client";

/** Nothing is here yet, and what to do about it. */
export function EmptyState({
  title,
  children,
  action,
  icon = <IconInbox size={28} stroke={1.5} />,
}: {
  title: string;
  children?: ReactNode;
  action?: ReactNode;
  icon?: ReactNode;
}) {
  return (
    <Center py={48}>
      <Stack align="center" gap="xs" maw={460}>
        <ThemeIcon size={52} radius="xl" variant="light" color="gray">
          {icon}
        </ThemeIcon>
        <Text fw={650} fz="lg" ta="center">
          {title}
        </Text>
        {children && (
          <Text c="dimmed" size="sm" ta="center" component="div">
            {children}
          </Text>
        )}
        {action && <Group mt="sm">{action}</Group>}
      </Stack>
    </Center>
  );
}

/** Something is on its way. */
export function Waiting({ label = "Loading" }: { label?: string }) {
  return (
    <Center py={64} role="status" aria-label={label}>
      <Loader type="dots" />
    </Center>
  );
}

/** What went wrong, in the server's words, and what to do. */
export function ErrorPanel({
  error,
  retry,
  title = "This did not work",
}: {
  error: unknown;
  retry?: () => void;
  title?: string;
}) {
  const details = error instanceof ApiError ? error.details : [];
  return (
    <Alert color="red" variant="light" title={title} icon={<IconAlertTriangle />} role="alert">
      <Stack gap="xs" align="flex-start">
        <Text size="sm">{messageOf(error)}</Text>
        {details.length > 0 && (
          <List size="sm" spacing={2}>
            {details.slice(0, 20).map((detail, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: details have no other identity
              <List.Item key={index}>
                {detail.field && <code>{detail.field}</code>} {sentence(detail)}
              </List.Item>
            ))}
          </List>
        )}
        <Text size="sm" c="dimmed">
          {adviceFor(error)}
        </Text>
        {retry && (
          <Button size="xs" variant="default" onClick={retry}>
            Try again
          </Button>
        )}
      </Stack>
    </Alert>
  );
}

/** An error's message, for people. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

const ALREADY_EXISTS = 6;

/** What somebody can do about an error. */
export function adviceFor(error: unknown): string {
  if (!(error instanceof ApiError)) {
    return "Reload the page. If it happens again, the browser's console says more.";
  }
  switch (error.status) {
    case 0:
      return "See whether the server runs and your network reaches it; nothing was changed.";
    case 400:
      return "Mend what is named above and try again; nothing was changed.";
    case 403:
      return "Ask an administrator for this permission.";
    case 404:
      return "It may have been deleted or renamed meanwhile.";
    case 409:
      return error.code === ALREADY_EXISTS
        ? "Choose another name, or change what has it; nothing was changed."
        : "Somebody else changed it meanwhile. Load what is there now, then change it again.";
    case 429:
      return error.retryAfterSeconds
        ? `Try again in ${error.retryAfterSeconds} seconds.`
        : "Wait a moment, then try again.";
    case 503:
      return "The server is busy or a part of it is down; try again in a moment. Settings → Health says more.";
    default:
      return error.status >= 500
        ? "This is the server's fault. Its log has an entry with the details."
        : "Nothing was changed.";
  }
}

/** Say briefly that something is done. */
export function say(message: string): void {
  notifications.show({ message, color: "teal", autoClose: 4000 });
}

/** Say that something did not work; stays until it is closed. */
export function sayError(error: unknown, title = "This did not work"): void {
  const details = error instanceof ApiError ? error.details : [];
  const first = details.find((each) => each.field || each.problem);
  const more = first ? ` ${first.field ? `${first.field} ` : ""}${sentence(first)}.` : "";
  notifications.show({
    title,
    message: `${messageOf(error)}${more} ${adviceFor(error)}`,
    color: "red",
    autoClose: false,
  });
}
