// Writes what better-auth's providers do, one line of JSON for each case:
// - {"kind": "url", "provider", "options", "request", "url"}: an authorization URL;
// - {"kind": "profile", "provider", "variant", "options", "tokens", "user", "answers", "requests",
//   "found"}: the user of a sign-in, with the answers of oauth-profiles.json in place of the
//   provider's. "found" is null if better-auth refuses the sign-in.
//
// Usage: node oauth-oracle.mjs

import { readFileSync } from "node:fs";
import { socialProviders } from "@better-auth/core/social-providers";
import { resolveOAuthAccountKey } from "./node_modules/better-auth/dist/oauth2/account-key.mjs";
import { genericOAuth } from "better-auth/plugins/generic-oauth";

const cases = JSON.parse(readFileSync(new URL("oauth-profiles.json", import.meta.url), "utf8"));
const CREDENTIALS = { clientId: "client-id", clientSecret: "client-secret", clientKey: "client-id" };
const REDIRECT = "http://localhost:3000/api/auth/callback/";
const VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk".repeat(3).slice(0, 128);

const print = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
// better-auth logs why it refuses.
console.error = console.warn = console.log = () => {};

/** The requests that the sign-ins send, in place of the network. */
let answers = {};
let requests = [];
globalThis.fetch = async (input, init = {}) => {
  const url = new URL(input instanceof Request ? input.url : input);
  const headers = new Headers(init.headers);
  const method = init.method ?? "GET";
  const key = keyOf(method, url);
  requests.push({
    key,
    authorization: headers.get("authorization"),
    version: headers.get("notion-version"),
    body: init.body ? String(init.body) : null,
  });
  const found = Object.entries(answers).find(([known]) => {
    const [method, url] = known.split(" ");
    return keyOf(method, new URL(url)) === key;
  });
  if (!found) return new Response("{}", { status: 404 });
  const { status, body, text } = found[1];
  const type = text === undefined ? "application/json" : "image/jpeg";
  return new Response(text ?? JSON.stringify(body), { status, headers: { "content-type": type } });
};

/** A request without the encoding and the order of its query. */
function keyOf(method, url) {
  const query = [...url.searchParams].map((pair) => pair.join("=")).sort().join("&");
  return `${method} ${url.origin}${decodeURIComponent(url.pathname)}${query && `?${query}`}`;
}

const base64 = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
const unsigned = (claims) => `${base64({ alg: "RS256", kid: "1" })}.${base64(claims)}.c2lnbmF0dXJl`;

const REQUESTS = [
  {},
  {
    scopes: ["requested:one", "requested:two"],
    loginHint: "ann@example.com",
    additionalParams: {
      prompt: "consent",
      hd: "other.example",
      audience: "else",
      owner: "workspace",
      lang: "en",
      include_granted_scopes: "false",
      "custom param": "a b&c",
      state: "forged",
      client_id: "forged",
      client_key: "forged",
      appid: "forged",
      nonce: "forged",
    },
  },
];
const OPTIONS = [
  {},
  { scope: ["configured:one", "configured:two"], prompt: "select_account", accessType: "offline" },
  { disableDefaultScope: true },
  { disableDefaultScope: true, scope: ["configured:one", "configured:one"] },
];

async function printUrls(id, provider, options) {
  for (const request of REQUESTS) {
    const url = await provider(options).createAuthorizationURL({
      state: "state-of-the-sign-in",
      codeVerifier: VERIFIER,
      redirectURI: REDIRECT + id,
      ...request,
      additionalParams: request.additionalParams && { ...request.additionalParams },
    });
    print({ kind: "url", provider: id, options, request, verifier: VERIFIER, url: url.toString() });
  }
}

async function printProfile(id, provider, variant, options, profile) {
  const { accessToken = "access-token", claims, openid, user } = profile;
  const idToken = claims ? unsigned(claims) : profile.idToken;
  const tokens = { accessToken: accessToken ?? undefined, idToken, openid };
  answers = profile.answers ?? {};
  requests = [];
  let found = null;
  try {
    found = await provider(options).getUserInfo({ ...tokens, user });
  } catch {}
  if (found) {
    const key = resolveOAuthAccountKey(provider(options), tokens, found.data);
    found.subject = await key.then(({ accountId }) => accountId, () => null);
  }
  print({ kind: "profile", provider: id, variant, options, tokens, user, answers, requests, found });
}

for (const [id, create] of Object.entries(socialProviders)) {
  const { options = {}, urls = [], profiles } = cases[id];
  const provider = (options) => create({ ...CREDENTIALS, ...options });
  for (const some of [...OPTIONS, ...urls]) await printUrls(id, provider, { ...options, ...some });
  for (const [variant, profile] of Object.entries(profiles)) {
    await printProfile(id, provider, variant, { ...options, ...profile.options }, profile);
  }
}
