// Writes what better-auth does at token URLs, one line of JSON for each case:
// - {"kind": "request", "provider", "options", "exchange", "refresh"}: the requests of a provider,
//   {"url", "method", "headers", "body"}; null if better-auth sends none;
// - {"kind": "response", "response", "exchanged", "refreshed"}: the tokens of a response, with
//   seconds in place of dates.
//
// Usage: node token-oracle.mjs

import { readFileSync } from "node:fs";
import { socialProviders } from "@better-auth/core/social-providers";
import { validateAuthorizationCode, refreshAccessToken } from "@better-auth/core/oauth2";

const cases = JSON.parse(readFileSync(new URL("oauth-profiles.json", import.meta.url), "utf8"));
const CREDENTIALS = { clientId: "client id", clientSecret: "client: sécret*" };
const GRANT = {
  code: "the code/1",
  codeVerifier: "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
  redirectURI: "http://localhost:3000/api/auth/callback/it",
  deviceId: "device 1",
};

console.error = console.warn = console.log = () => {};
const print = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

/** The latest request, in place of the network, and the response to it. */
let request = null;
let response = { access_token: "a", scope: "x" };
globalThis.fetch = async (input, init = {}) => {
  const headers = Object.fromEntries(new Headers(init.headers));
  request = {
    url: String(input instanceof Request ? input.url : input),
    method: init.method ?? "GET",
    headers,
    body: init.body ? String(init.body) : "",
  };
  return Response.json(response);
};

async function sent(send) {
  request = null;
  await send().catch(() => {});
  return request;
}

const OPTIONS = [{}, { scope: ["configured:one"] }, { disableDefaultScope: true }];
for (const [id, create] of Object.entries(socialProviders)) {
  for (const some of OPTIONS) {
    const options = { ...cases.builtIn[id].options, ...some };
    const clientKey = id === "tiktok" ? CREDENTIALS.clientId : undefined;
    const provider = create({ ...CREDENTIALS, ...options, clientKey });
    print({
      kind: "request",
      provider: id,
      options,
      exchange: await sent(async () => provider.validateAuthorizationCode(GRANT)),
      refresh: await sent(async () => provider.refreshAccessToken("the refresh token/1")),
    });
  }
}

const RESPONSES = [
  { access_token: "a", token_type: "bearer", refresh_token: "r", id_token: "i" },
  ...[3600, "3600", 0, 1.5, -5, "", null].map((expires_in) => ({ access_token: "a", expires_in })),
  { access_token: "a", refresh_token_expires_in: 60, expires_in: 60 },
  ...["a b", " a\tb\n c ", "", ["a", " b ", "", 5, null], [], {}, null, 5, "a,b"].map((scope) => ({
    access_token: "a",
    scope,
  })),
];
const seconds = (date) => (date ? Math.round((date.getTime() - Date.now()) / 100) / 10 : null);
const read = (tokens) => ({
  access: tokens.accessToken ?? null,
  refresh: tokens.refreshToken ?? null,
  id: tokens.idToken ?? null,
  kind: tokens.tokenType ?? null,
  scopes: tokens.scopes,
  expires: seconds(tokens.accessTokenExpiresAt),
  refreshExpires: seconds(tokens.refreshTokenExpiresAt),
});
const options = { clientId: "c", clientSecret: "s" };
const tokenEndpoint = "https://idp.example/token";
for (response of RESPONSES) {
  const exchanged = await validateAuthorizationCode({ ...GRANT, options, tokenEndpoint });
  const refreshed = await refreshAccessToken({ refreshToken: "r", options, tokenEndpoint });
  print({ kind: "response", response, exchanged: read(exchanged), refreshed: read(refreshed) });
}
