// Calls the official SDK by name and tells what came of it as plain data; for Node and for pages.

/** What was thrown, so that a test can tell an answer of the server from a failure to get one. */
async function told(error) {
  if (error instanceof globalThis.Response) {
    const text = await error.text();
    return {
      thrown: "Response",
      status: error.status,
      contentType: error.headers.get("content-type"),
      body: text,
    };
  }
  return { thrown: error?.constructor?.name ?? typeof error, message: String(error) };
}

/** A function that takes `{client, expiredTimespanMs, target, method, args}` and never throws. */
export function driver({ Client, Session }) {
  // JSON has no `undefined`, which is what an argument that is left out must be.
  const revived = (argument) => {
    if (argument === null) return undefined;
    return argument?.$session ? Session.restore(...argument.$session) : argument;
  };
  return async ({ client, expiredTimespanMs, target, method, args }) => {
    try {
      const made = new Client(...client);
      if (expiredTimespanMs) made.expiredTimespanMs = expiredTimespanMs;
      const called = target ? made[target] : made;
      return { returned: (await called[method](...args.map(revived))) ?? null };
    } catch (error) {
      return await told(error);
    }
  };
}
