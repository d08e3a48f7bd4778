/** The ways in: the provider where there is one, and a password where that is usual. */

import { Alert, Anchor, Button, Divider, Stack, Text } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useEffect, useState } from "react";
import { basePath, call, type Schemas } from "@/api/client";
import { beginAddress, signInProblem, withoutProblem } from "./single-sign-on";

/** Shows a button for the provider above `password`, or instead of it until somebody asks. */
export function WaysIn({ password }: { password: (isOnly: boolean) => ReactNode }) {
  const [problem] = useState(() => signInProblem(window.location.search));
  const [wantsPassword, setWantsPassword] = useState(false);
  const ways = useQuery({
    queryKey: ["sign-in-methods"],
    queryFn: ({ signal }) =>
      call<Schemas["SignInMethodsMessage"]>("GET", "/v1/console/sign-in/methods", { signal }),
    staleTime: Number.POSITIVE_INFINITY,
  });
  useEffect(() => {
    // What failed is said once, not again after a reload.
    const { pathname, search, hash } = window.location;
    if (withoutProblem(search) !== search) {
      window.history.replaceState(null, "", `${pathname}${withoutProblem(search)}${hash}`);
    }
  }, []);
  const told = problem !== null && (
    <Alert color="red" variant="light" title="Not signed in" icon={<IconAlertTriangle />}>
      <Text size="sm">{problem}</Text>
    </Alert>
  );
  if (ways.isPending) {
    return told;
  }
  if (!ways.data?.oidc) {
    return (
      <>
        {told}
        {password(true)}
      </>
    );
  }
  const showsPassword = ways.data.password || wantsPassword;
  return (
    <Stack>
      {told}
      <Button component="a" href={beginAddress(basePath, ways.data.oidc_path, window.location)}>
        Sign in with {ways.data.oidc_label}
      </Button>
      {showsPassword ? (
        <>
          <Divider label="or with a password" />
          {password(false)}
        </>
      ) : (
        <Anchor component="button" type="button" size="sm" onClick={() => setWantsPassword(true)}>
          Sign in with a password
        </Anchor>
      )}
    </Stack>
  );
}
