// Writes what better-auth's providers do, one line of JSON for each case:
// - {"kind": "url", "provider", "options", "request", "url"}: an authorization URL;
// - {"kind": "profile", "provider", "variant", "options", "tokens", "user", "answers", "requests",
//   "found"}: the user of a sign-in, with the answers of oauth-profiles.json in place of the
//   provider's. "found" is null if better-auth refuses the sign-in.
// The providers of better-auth's plugin generic-oauth have "file": true, and "discovery", their
// document or null.
//
// Usage: node oauth-oracle.mjs

import { readFileSync } from "node:fs";
import { socialProviders } from "@better-auth/core/social-providers";
import * as generic from "better-auth/plugins/generic-oauth";
import { SignJWT, exportJWK, generateKeyPair } from "jose";
import { resolveOAuthAccountKey } from "./node_modules/better-auth/dist/oauth2/account-key.mjs";

const cases = JSON.parse(readFileSync(new URL("oauth-profiles.json", import.meta.url), "utf8"));
const CREDENTIALS = { clientId: "client-id", clientSecret: "client-secret", clientKey: "client-id" };
const REDIRECT = "http://localhost:3000/api/auth/callback/";
const NONCE = "nonce-of-the-sign-in";
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
  const found = Object.entries(answers ?? {}).find(([known]) => {
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

const keys = await generateKeyPair("RS256", { extractable: true });
const jwk = { ...(await exportJWK(keys.publicKey)), kid: "1", alg: "RS256", use: "sig" };

function sign(claims) {
  const token = new SignJWT(claims).setProtectedHeader({ alg: "RS256", kid: "1" });
  return token.setIssuedAt().setExpirationTime("1h").sign(keys.privateKey);
}

const keySetOf = (discovery) =>
  discovery && { [`GET ${discovery.jwks_uri}`]: { status: 200, body: { keys: [jwk] } } };

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

async function printUrls(id, provider, rest) {
  for (const request of REQUESTS) {
    const nonce = provider.requiresIdTokenNonce ? NONCE : undefined;
    const url = await provider.createAuthorizationURL({
      state: "state-of-the-sign-in",
      codeVerifier: VERIFIER,
      redirectURI: REDIRECT + id,
      idTokenNonce: nonce,
      ...request,
      additionalParams: request.additionalParams && { ...request.additionalParams },
    });
    const sent = { ...request, nonce };
    print({ kind: "url", provider: id, request: sent, verifier: VERIFIER, url: url.toString(), ...rest });
  }
}

async function printProfile(id, provider, variant, profile, rest) {
  const { accessToken = "access-token", claims, signed, openid, user } = profile;
  const idToken = signed ? await sign(signed) : claims ? unsigned(claims) : profile.idToken;
  const tokens = { accessToken: accessToken ?? undefined, idToken, openid };
  const nonce = provider.requiresIdTokenNonce ? NONCE : undefined;
  answers = { ...profile.answers, ...keySetOf(rest.discovery) };
  requests = [];
  let found = null;
  try {
    found = await provider.getUserInfo({ ...tokens, user, expectedIdTokenNonce: nonce });
  } catch {}
  if (found) {
    const key = resolveOAuthAccountKey(provider, tokens, found.data);
    found.subject = await key.then(({ accountId }) => accountId, () => null);
  }
  const given = { tokens, user, nonce, answers };
  print({ kind: "profile", provider: id, variant, ...given, requests, found, ...rest });
}

for (const [id, create] of Object.entries(socialProviders)) {
  const { options: always = {}, urls = [], profiles } = cases.builtIn[id];
  for (const some of [...OPTIONS, ...urls]) {
    const options = { ...always, ...some };
    await printUrls(id, create({ ...CREDENTIALS, ...options }), { options });
  }
  for (const [variant, profile] of Object.entries(profiles)) {
    const options = { ...always, ...profile.options };
    await printProfile(id, create({ ...CREDENTIALS, ...options }), variant, profile, { options });
  }
}

// The providers of generic-oauth.

for (const [id, { config, helper, helperName, discovery = null, profiles }] of Object.entries(cases.ofFile)) {
  const { clientId, clientSecret } = CREDENTIALS;
  const made = config ?? generic[helperName ?? id](helper);
  const plugin = generic.genericOAuth({ config: [{ ...made, clientId, clientSecret }] });
  answers = discovery && { [`GET ${made.discoveryUrl}`]: { status: 200, body: discovery } };
  const init = () => plugin.init({ logger: console, socialProviders: [] });
  const provider = (await init()).context.socialProviders[0];
  await printUrls(id, provider, { file: true, discovery });
  for (const [variant, profile] of Object.entries(profiles)) {
    await printProfile(id, provider, variant, profile, { file: true, discovery });
  }
}
