/** Signing in at the provider: where to go, and what its errors mean. Pure. */

const PARAMETER = "sign_in_error";

const SAID: Record<string, string> = {
  cancelled: "You went away before you were signed in. Try again when you like.",
  expired: "It took too long, or was begun in another window. Try again.",
  too_many_attempts: "Too many attempts have failed. Wait a few minutes, then try again.",
  provider_unavailable:
    "The sign-in service does not answer as it should. Try again in a moment; if it stays so, tell an administrator.",
  provider_refused:
    "The sign-in service refused. Try again; if it stays so, tell an administrator.",
  invalid_answer:
    "The sign-in service gave an answer that cannot be trusted. Tell an administrator.",
  email_unverified:
    "The sign-in service has not verified your e-mail address. Verify it there, then try again.",
  email_domain: "Your e-mail address is not of a company that may sign in here.",
  unknown_user: "You have no access yet. Ask an administrator to add your e-mail address.",
  other_account: "Your e-mail address belongs to another account here. Tell an administrator.",
  disabled: "Your access is switched off. Ask an administrator.",
  no_role: "None of your groups has access here. Ask an administrator.",
  second_factor:
    "You need a second factor. Sign in there with one, or here with your password and code.",
  last_administrator:
    "You are the last administrator here, and would be none by your groups. Make somebody else one first.",
  too_many_users: "There is no room for more users. Tell an administrator.",
};

/** What an address says of a sign-in that failed; `null` where none has. */
export function signInProblem(search: string): string | null {
  const code = new URLSearchParams(search).get(PARAMETER);
  if (code === null) {
    return null;
  }
  return Object.hasOwn(SAID, code) ? (SAID[code] ?? null) : "Something went wrong. Try again.";
}

/** The query of an address without what it says of that. */
export function withoutProblem(search: string): string {
  const parameters = new URLSearchParams(search);
  if (!parameters.has(PARAMETER)) {
    return search;
  }
  parameters.delete(PARAMETER);
  const rest = parameters.toString();
  return rest ? `?${rest}` : "";
}

/** Where a browser begins to sign in at the provider, to come back to where it is. */
export function beginAddress(
  base: string,
  path: string,
  at: { pathname: string; search: string },
): string {
  const within = at.pathname.startsWith(`${base}/`) ? at.pathname.slice(base.length) : "/";
  const back = `${within}${withoutProblem(at.search)}`;
  return `${base}${path}?return_to=${encodeURIComponent(back)}`;
}
