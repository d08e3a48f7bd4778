// A real OpenID provider (oidc-provider) on 127.0.0.1 whose sign-in page signs in whom the test has
// named: `PUT /people/<subject>` tells the claims of a person, `PUT /next/<subject>` who comes next.
// With PAGE=1 that page waits for a click, as people know it.
//
// Prints the port once it listens. Arguments: redirect URI of the client, host name to be called by.

import http from "node:http";
import { once } from "node:events";
import Provider from "oidc-provider";

const [redirectUri, hostName] = process.argv.slice(2);
const people = new Map();
let next = "";

const server = http.createServer();
server.listen(0, "127.0.0.1");
await once(server, "listening");
const issuer = `http://${hostName}:${server.address().port}`;

const provider = new Provider(issuer, {
  clients: [
    {
      client_id: "matsuri",
      client_secret: "a secret: with % and +",
      redirect_uris: [redirectUri],
      response_types: ["code"],
      grant_types: ["authorization_code"],
    },
  ],
  pkce: { required: () => true },
  features: { devInteractions: { enabled: false } },
  claims: {
    openid: ["sub", "groups", "amr"],
    email: ["email", "email_verified"],
    profile: ["name"],
  },
  interactions: { url: (_context, interaction) => `/interaction/${interaction.uid}` },
  findAccount: (_context, subject) => ({
    accountId: subject,
    claims: () => ({ sub: subject, ...people.get(subject) }),
  }),
  // Whoever signs in agrees to everything.
  loadExistingGrant: async (context) => {
    const { client, session, params } = context.oidc;
    const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
    grant.addOIDCScope(params.scope);
    await grant.save();
    return grant;
  },
  cookies: { keys: ["only for tests"] },
  ttl: { Interaction: 600, Session: 600, Grant: 600, IdToken: 600, AccessToken: 600 },
});

const answer = provider.callback();
server.on("request", async (request, response) => {
  const [, place, name] = new URL(request.url, issuer).pathname.split("/");
  if (place === "people") {
    const pieces = await request.toArray();
    people.set(name, JSON.parse(Buffer.concat(pieces)));
    response.end();
  } else if (place === "next") {
    next = name;
    response.end();
  } else if (place === "interaction" && request.method === "GET" && process.env.PAGE === "1") {
    response.setHeader("content-type", "text/html");
    response.end('<!doctype html><form method="post"><button>It is me</button></form>');
  } else if (place === "interaction") {
    const result =
      next === "nobody"
        ? { error: "access_denied", error_description: "The person went away" }
        : { login: { accountId: next, remember: false } };
    await provider.interactionFinished(request, response, result, {
      mergeWithLastSubmission: false,
    });
  } else {
    answer(request, response);
  }
});

console.log(server.address().port);
