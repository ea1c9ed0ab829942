// Sign-in with a real OpenID provider that discovery finds, by better-auth's own client. BOOKPLATE
// is the path of the binary. The provider is down when the server starts.
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { createAuthClient } from "better-auth/client";
import { Jar } from "./conformance/jar.mjs";
import { Child, folder, freePort } from "./conformance/process.mjs";
import { PASSWORD } from "./oidc-accounts.mjs";
import { CLIENTS, startOidc } from "./oidc-server.mjs";

const { BOOKPLATE, PATH, HOME } = process.env;
let server, child, provider, issuer;

/** A table of the file of providers. */
function table(id, { client_id, client_secret }, authentication, more = "") {
  const secret = client_secret ? `client_secret = "${client_secret}"\n` : "";
  return `[${id}]
discovery_url = "${issuer}/.well-known/openid-configuration"
client_id = "${client_id}"
${secret}scopes = ["openid", "profile", "email"]
token.authentication = "${authentication}"
${more}`;
}

/** The file of providers: every client of the provider, and one whose answers are forms. */
const file = () =>
  [
    table("post", CLIENTS.post, "post"),
    table("basic", CLIENTS.basic, "basic"),
    table("public", CLIENTS.public, "none"),
    table("form", CLIENTS.post, "post", 'authorization.response_mode = "form_post"\n'),
  ].join("\n");

before(async () => {
  // A free port, on which the provider runs later.
  const early = await startOidc();
  issuer = early.issuer;
  early.stop();
  const cwd = folder();
  writeFileSync(join(cwd, "providers.toml"), file());
  const port = await freePort();
  server = `http://localhost:${port}`;
  const env = {
    PATH,
    HOME,
    PORT: String(port),
    DATABASE_URL: "sqlite://bookplate.db",
    BETTER_AUTH_URL: server,
    BETTER_AUTH_SECRET: "a secret of this test alone, 0123456789",
    AUTH_RATE_LIMIT: "false",
    AUTH_PROVIDERS_FILE: "providers.toml",
  };
  child = new Child(BOOKPLATE, ["serve"], { cwd, env });
  await child.ready(`${server}/healthz`);
});

after(async () => {
  await child?.stop();
  provider?.stop();
});

/** A browser with a cookie jar for each origin, and better-auth's client in a page of the server. */
class Browser {
  #jars = new Map();
  client = createAuthClient({
    baseURL: server,
    fetchOptions: {
      customFetchImpl: (url, init) => this.request(url, { ...init, headers: { ...Object.fromEntries(new Headers(init?.headers)), origin: server } }),
    },
  });

  async request(url, init = {}) {
    const { origin } = new URL(url);
    const jar = this.#jars.get(origin) ?? new Jar();
    this.#jars.set(origin, jar);
    const headers = { ...init.headers, ...(jar.header && { cookie: jar.header }) };
    const response = await fetch(url, { ...init, headers, redirect: "manual" });
    jar.take(response.headers.getSetCookie());
    return response;
  }

  /** Follows redirects, and fills in the provider's pages, until `isEnd` accepts a URL. */
  async visit(url, user, isEnd) {
    for (let at = url; ;) {
      if (isEnd(new URL(at))) return new URL(at);
      const page = await this.request(at);
      const next = page.headers.get("location") ?? (await this.#submit(at, await page.text(), user));
      at = new URL(next, at).href;
    }
  }

  /** Submits the form of a page, and returns the next page. */
  async #submit(at, page, user) {
    const action = /<form method="post" action="([^"]+)"/.exec(page)?.[1];
    let answer;
    if (action) {
      // Browsers post to another site without cookies.
      const fields = [...page.matchAll(/name="(\w+)" value="([^"]*)"/g)].map(([, ...field]) => field);
      const headers = { origin: issuer };
      const body = new URLSearchParams(fields);
      answer = await fetch(action, { method: "POST", headers, body, redirect: "manual" });
    } else {
      const body = new URLSearchParams({ answer: "continue", name: user, password: PASSWORD });
      answer = await this.request(at, { method: "POST", body });
    }
    const next = answer.headers.get("location");
    assert.ok(next, `${at} has no next page: ${answer.status} ${page}`);
    return next;
  }

  /** Signs in as `user` at the provider, and returns the page at which the browser ends. */
  async signIn(id, user) {
    const { data, error } = await this.client.signIn.social({ provider: id, callbackURL: "/end" });
    assert.equal(error, null, JSON.stringify(error));
    return this.visit(data.url, user, ({ pathname }) => pathname === "/end" || pathname.endsWith("/error"));
  }

  async user() {
    return (await this.client.getSession()).data?.user;
  }
}

test("a provider that is down is absent, and present when it is up", async () => {
  const { client } = new Browser();
  const { error } = await client.signIn.social({ provider: "post" });
  assert.deepEqual([error?.status, error?.code], [404, "PROVIDER_NOT_FOUND"]);

  provider = await startOidc(Number(new URL(issuer).port));
  for (const id of ["post", "basic", "public", "form"]) {
    const { data, error } = await client.signIn.social({ provider: id });
    assert.equal(new URL(data?.url).origin, issuer, JSON.stringify(error));
  }
  const listed = await (await fetch(`${server}/api/auth/providers`)).json();
  assert.deepEqual(listed.map(({ id }) => id).sort(), ["basic", "form", "post", "public"]);
});

for (const id of ["post", "basic", "public", "form"]) {
  test(`the client ${id} signs in, refreshes, and reads the profile`, async () => {
    const browser = new Browser();
    const end = await browser.signIn(id, "ada");
    assert.equal(end.href, `${server}/end`);
    const { name, email, emailVerified, image } = await browser.user();
    assert.deepEqual(
      { name, email, emailVerified, image },
      {
        name: "Ada Lovelace",
        email: "ada@provider.example",
        emailVerified: true,
        image: "https://images.example/ada.png",
      },
    );

    const { client } = browser;
    const accounts = (await client.listAccounts()).data;
    const { id: accountId, accountId: subject, scopes } = accounts.find(({ providerId }) => providerId === id);
    assert.deepEqual([subject, scopes.sort()], ["ada", ["email", "openid", "profile"]]);
    const info = (await client.accountInfo({ query: { accountId } })).data;
    assert.equal(info.user.email, "ada@provider.example");
    assert.equal(info.data.sub, "ada");

    const first = (await client.getAccessToken({ accountId })).data;
    assert.ok(first.accessTokenExpiresAt > new Date());
    const refreshed = (await client.refreshToken({ accountId })).data;
    assert.notEqual(refreshed.accessToken, first.accessToken);
    const now = (await client.getAccessToken({ accountId })).data;
    assert.equal(now.accessToken, refreshed.accessToken);
    // Refresh tokens rotate: the second refresh needs the stored new one.
    assert.equal((await client.refreshToken({ accountId })).error, null);
    const profile = await fetch(`${issuer}/me`, { headers: { authorization: `Bearer ${now.accessToken}` } });
    assert.equal((await profile.json()).email, "ada@provider.example");
  });
}

test("the same subject at another client of the provider is the same user by the address", async () => {
  const browser = new Browser();
  await browser.signIn("post", "ada");
  const one = await browser.user();
  await browser.client.signOut({ disableRedirect: true });
  assert.equal(await browser.user(), undefined);
  await browser.signIn("basic", "ada");
  assert.equal((await browser.user()).id, one.id);
});

test("an address that the provider did not verify signs nobody else in", async () => {
  const ann = new Browser();
  const credentials = { email: "ann@example.com", password: "correct horse battery" };
  await ann.client.signUp.email({ name: "Ann", ...credentials });
  const browser = new Browser();
  const end = await browser.signIn("post", "mallory");
  assert.equal(end.searchParams.get("error"), "account_not_linked");
  assert.equal(await browser.user(), undefined);
});

/** An id token as a native app gets it: by a request of its own, with the address in the token. */
async function nativeIdToken(user, nonce, wanted) {
  const { client_id, client_secret } = CLIENTS.post;
  const code_verifier = randomBytes(32).toString("base64url");
  const redirect_uri = "http://localhost:1/api/auth/callback/native";
  const query = new URLSearchParams({
    client_id,
    redirect_uri,
    nonce,
    response_type: "code",
    scope: "openid",
    state: "s",
    claims: JSON.stringify({ id_token: Object.fromEntries(wanted.map((claim) => [claim, null])) }),
    code_challenge_method: "S256",
    code_challenge: createHash("sha256").update(code_verifier).digest("base64url"),
  });
  const end = await new Browser().visit(`${issuer}/auth?${query}`, user, ({ port }) => port === "1");
  const code = end.searchParams.get("code");
  const grant_type = "authorization_code";
  const body = new URLSearchParams({ grant_type, code, code_verifier, redirect_uri, client_id, client_secret });
  return (await (await fetch(`${issuer}/token`, { method: "POST", body })).json()).id_token;
}

test("a native app signs in with an id token", async () => {
  const token = await nativeIdToken("grace", "n1", ["email", "email_verified", "name"]);
  const browser = new Browser();
  const signIn = (provider, idToken) => browser.client.signIn.social({ provider, idToken });
  const refusals = {
    "another nonce": await signIn("post", { token, nonce: "n2" }),
    "another client": await signIn("basic", { token, nonce: "n1" }),
    "an altered token": await signIn("post", { token: token.slice(0, -8) + "AAAAAAAA", nonce: "n1" }),
  };
  for (const [why, { error }] of Object.entries(refusals)) {
    assert.deepEqual([error?.status, error?.code], [401, "INVALID_TOKEN"], why);
  }
  const { data, error } = await signIn("post", { token, nonce: "n1" });
  assert.equal(error, null, JSON.stringify(error));
  assert.equal(data.user.email, "grace@provider.example");
  assert.equal((await browser.user()).name, "Grace Hopper");
});
