// better-auth's plugins around sign-in with providers: one-tap, oauth-popup and oauth-proxy.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { accepted, redirected, refused } from "../expect.mjs";
import { become, start } from "../provider-accounts.mjs";
import { completion, payload, startPreview } from "../preview-sign-in.mjs";
import { open, seal, sealPackage } from "../proxy-seal.mjs";

const APP = "https://app.example";
const PREVIEW = "https://preview.example";
const STATE = "0123456789abcdefghijklmnopqrstuv";
const VERIFIER = "v".repeat(64);

const tap = (visitor, json, note) => visitor.ask("POST", "one-tap/callback", { json, note });

const googleToken = (t, options) => t.provider("google").idToken(t.provider("google").account, options);

/** The message that the page of a popup window posts. */
function message(t, answer) {
  assert.equal(answer.status, 200, answer.text);
  const [, json] = /id="better-auth-oauth-popup">(.*?)<\/script>/s.exec(answer.text);
  const { token, ...rest } = JSON.parse(json);
  const told = Object.entries({ ...rest, token: token && t.normal.signed(token) });
  t.keep("message", JSON.stringify(Object.fromEntries(told.sort())));
  return { token, ...rest };
}

/** Opens a popup window. Returns the response. */
const openPopup = (visitor, changes = {}) => {
  const fields = {
    provider: "github",
    popupOrigin: APP,
    popupNonce: "0011223344556677",
    callbackURL: "/books",
    errorCallbackURL: "/sorry",
    ...changes,
  };
  for (const name in fields) if (fields[name] === undefined) delete fields[name];
  return visitor.ask("GET", `oauth-popup/start?${new URLSearchParams(fields)}`, { headers: {} });
};

/** The data of a preview's sign-in. */
const previewData = (t, changes = {}) => ({
  callbackURL: `${PREVIEW}/api/auth/callback/github/oauth-proxy?callbackURL=%2Fbooks`,
  codeVerifier: VERIFIER,
  errorURL: `${PREVIEW}/sorry`,
  newUserURL: "/welcome",
  serverContext: {},
  expiresAt: t.server.now + 600_000,
  oauthState: STATE,
  ...changes,
});

/** The provider's answer to a preview's sign-in, as a path of the production host. */
async function previewAnswer(t, data) {
  const query = new URLSearchParams({
    client_id: "github-client",
    response_type: "code",
    redirect_uri: `${t.baseURL}/api/auth/callback/github`,
    state: await sealPackage(STATE, data),
    code_challenge_method: "S256",
    code_challenge: createHash("sha256").update(VERIFIER).digest("base64url"),
  });
  const url = `https://github.com/login/oauth/authorize?${query}`;
  return (await t.visitProvider(url)).path;
}

export default [
  {
    number: "P1",
    name: "one-tap: an id token of Google signs in",
    profile: "oneTap",
    run: async (t) => {
      become(t, "google", "ann");
      const ann = t.visitor();
      const { user, token } = accepted(await tap(ann, { idToken: await googleToken(t) }, "new"));
      assert.equal(user.email, t.email("ann"));
      assert.equal((await ann.session()).session.token, token);
      accepted(await ann.client.listAccounts());
      const again = { idToken: await googleToken(t), callbackURL: "/books" };
      assert.equal(accepted(await tap(t.visitor(), again, "again")).user.id, user.id);
      const { data } = await t.visitor().client.signIn.social({
        provider: "google",
        idToken: { token: await googleToken(t) },
      });
      assert.equal(data.user.id, user.id);
    },
  },
  {
    number: "P2",
    name: "one-tap: wrong tokens, fields, targets and users",
    profile: "oneTap",
    run: async (t) => {
      become(t, "google", "ann");
      for (const fault of ["expired", "future", "foreign", "none", "hmac", "issuer", "audience"]) {
        const answer = await tap(t.visitor(), { idToken: await googleToken(t, { fault }) }, fault);
        assert.equal(answer.status, 400, fault);
      }
      for (const json of [{}, { idToken: 5 }, { idToken: "" }, { idToken: "x" }, { idToken: "x", callbackURL: 5 }]) {
        const answer = await tap(t.visitor(), json, JSON.stringify(json));
        assert.equal(answer.status, 400, answer.text);
      }
      const evil = { idToken: "x", callbackURL: "https://evil.example" };
      refused(await tap(t.visitor(), evil, "evil"), 403, "INVALID_CALLBACK_URL");
      become(t, "google", "bob", { profile: { email: undefined } });
      await tap(t.visitor(), { idToken: await googleToken(t) }, "no address");
      await t.member("cid");
      become(t, "google", "cid");
      await tap(t.visitor(), { idToken: await googleToken(t) }, "a taken address");
    },
  },
  {
    number: "P3",
    name: "one-tap: without Google, and plugins that are off",
    profile: "oneTapAlone",
    run: async (t) => {
      assert.equal((await tap(t.visitor(), { idToken: "x" })).status, 400);
      for (const path of ["oauth-popup/start", "callback/github/oauth-proxy", "oauth-proxy-callback"]) {
        assert.equal((await t.ask("GET", path)).status, 404);
      }
    },
  },
  {
    number: "P4",
    name: "oauth-popup: the page that opened the window gets the session's token",
    profile: "popup",
    run: async (t) => {
      become(t, "github", "ann");
      const ann = t.visitor();
      const more = {
        newUserCallbackURL: "/welcome",
        scopes: "a,b",
        requestSignUp: "true",
        additionalData: '{"theme":"dark","callbackURL":"https://evil.example"}',
      };
      const started = await openPopup(ann, more);
      assert.equal(started.status, 302, started.text);
      const ended = await ann.visitProvider(started.header("location"));
      const { token, redirectTo } = message(t, ended);
      assert.equal(redirectTo, "/welcome");
      const headers = { authorization: `Bearer ${token}` };
      const session = await t.ask("GET", "get-session", { headers });
      assert.equal(session.json.user.email, t.email("ann"));
      const again = t.visitor();
      const second = await openPopup(again);
      message(t, await again.visitProvider(second.header("location")));
    },
  },
  {
    number: "P5",
    name: "oauth-popup: untrusted pages, wrong fields, and errors of the provider",
    profile: "popup",
    run: async (t) => {
      for (const popupOrigin of ["https://evil.example", "https://app.example.evil.example", "*", "/", "null"]) {
        refused(await openPopup(t.visitor(), { popupOrigin }), 403, "INVALID_ORIGIN");
      }
      for (const changes of [{ provider: undefined }, { popupOrigin: undefined }]) {
        refused(await openPopup(t.visitor(), changes), 400, "VALIDATION_ERROR");
      }
      for (const changes of [
        { callbackURL: "https://evil.example" },
        { errorCallbackURL: "//evil.example" },
        { newUserCallbackURL: "javascript:alert(1)" },
        { provider: "none" },
        { provider: "</script>", popupNonce: "</script>" },
        { popupNonce: undefined, provider: "none" },
      ]) {
        message(t, await openPopup(t.visitor(), changes));
      }
      become(t, "github", "ann", {}, { faults: { answer: "denied" } });
      const ann = t.visitor();
      const denied = await ann.visitProvider((await openPopup(ann)).header("location"));
      assert.equal(message(t, denied).error.code, "access_denied");
      become(t, "github", "bob", {}, { faults: { token: "error" } });
      const bob = t.visitor();
      const failed = await bob.visitProvider((await openPopup(bob)).header("location"));
      assert.equal(message(t, failed).error.code, "invalid_code");
    },
  },
  {
    number: "P5a",
    name: "oauth-popup: a sign-in in another tab",
    profile: "popup",
    run: async (t) => {
      become(t, "github", "ann");
      const ann = t.visitor();
      await openPopup(ann);
      await ann.visitProvider(await start(ann, "github"));
    },
  },
  {
    number: "P5b",
    name: "oauth-popup: a page that names itself by a URL",
    profile: "popup",
    run: async (t) => {
      await openPopup(t.visitor(), { popupOrigin: `${APP}/page` });
    },
  },
  {
    number: "P6",
    name: "oauth-proxy: a preview signs in through the production host",
    profile: "preview",
    run: async (t) => {
      const ann = t.visitor();
      const { url, state, data } = await startPreview(t, ann, { newUserCallbackURL: "/welcome" });
      assert.equal(url.searchParams.get("redirect_uri"), "https://books.example/api/auth/callback/github");
      const { codeVerifier, serverContext, oauthState, ...rest } = data;
      assert.equal(codeVerifier.length, 128);
      assert.equal(oauthState, state);
      t.keep("the data of the sign-in", JSON.stringify(rest));
      const payloadOf = { newUserURL: "/welcome" };
      const profile = await seal("oauth-proxy-profile", payload(t, "ann", state, payloadOf));
      redirected(await ann.ask("GET", completion(profile)), "/welcome");
      assert.equal((await ann.session()).user.email, t.email("ann"));
      const [account] = accepted(await ann.client.listAccounts());
      accepted(await ann.client.getAccessToken({ accountId: account.id }));
      // Again, and at the former path.
      redirected(await ann.ask("GET", completion(profile)), "/sorry?error=state_mismatch");
      const second = await startPreview(t, ann);
      const next = await seal("oauth-proxy-profile", payload(t, "ann", second.state));
      const former = `oauth-proxy-callback?${new URLSearchParams({ callbackURL: "/", profile: next })}`;
      redirected(await ann.ask("GET", former), "/books");
      const skipped = await ann.ask("POST", "sign-in/social", {
        json: { provider: "github", callbackURL: "/books" },
        headers: { origin: t.origin, "x-skip-oauth-proxy": "1" },
      });
      assert.ok(skipped.json.url.includes(encodeURIComponent(`${t.baseURL}/api/auth/callback/github`)));
    },
  },
  {
    number: "P6a",
    name: "oauth-proxy: payloads that are missing, forged, old, or of another provider",
    profile: "preview",
    run: async (t) => {
      const ann = t.visitor();
      const { state } = await startPreview(t, ann);
      const page = `${t.baseURL}/api/auth/error?error=`;
      const finish = async (value, id, secret) => {
        const profile = await seal("oauth-proxy-profile", value, secret);
        return ann.ask("GET", completion(profile, id));
      };
      redirected(await ann.ask("GET", "callback/github/oauth-proxy?callbackURL=%2F"), `${page}missing_profile`);
      for (const forged of ["x", "00", "{}"]) {
        redirected(await ann.ask("GET", completion(forged)), `${page}invalid_profile`);
      }
      const whole = payload(t, "ann", state);
      redirected(await finish(whole, "github", "another secret"), `${page}invalid_profile`);
      for (const broken of [{}, { ...whole, state: "" }, { ...whole, account: {} }, { ...whole, userInfo: 5 }]) {
        redirected(await finish(broken), `${page}invalid_payload`);
      }
      redirected(await finish(whole, "google"), "/sorry?error=provider_mismatch");
      for (const seconds of [-61, 11]) {
        const old = { ...whole, timestamp: whole.timestamp + seconds * 1000 };
        redirected(await finish(old), "/sorry?error=payload_expired");
      }
      redirected(await finish({ ...whole, state: STATE }), "/sorry?error=state_mismatch");
      redirected(await finish({ ...whole, disableSignUp: true }), "/sorry?error=signup_disabled");
      const { status } = await ann.ask("GET", "callback/github/oauth-proxy");
      assert.equal(status, 400);
      const evil = "callback/github/oauth-proxy?callbackURL=https%3A%2F%2Fevil.example";
      refused(await ann.ask("GET", evil), 403, "INVALID_CALLBACK_URL");
      assert.equal(await ann.session(), null);
    },
  },
  {
    number: "P6b",
    name: "oauth-proxy: a payload in another browser",
    profile: "preview",
    run: async (t) => {
      const { state } = await startPreview(t, t.visitor());
      const profile = await seal("oauth-proxy-profile", payload(t, "ann", state));
      await t.visitor().ask("GET", completion(profile));
    },
  },
  {
    number: "P6c",
    name: "oauth-proxy: a payload for a sign-in that did not go through the production host",
    profile: "productionHost",
    run: async (t) => {
      const ann = t.visitor();
      const state = new URL(await start(ann, "github")).searchParams.get("state");
      const profile = await seal("oauth-proxy-profile", payload(t, "ann", state));
      await ann.ask("GET", completion(profile));
    },
  },
  {
    number: "P7",
    name: "oauth-proxy: the production host identifies the user of a preview",
    profile: "productionHost",
    run: async (t) => {
      become(t, "github", "ann");
      const path = await previewAnswer(t, previewData(t));
      const answer = await t.ask("GET", path);
      const location = new URL(answer.header("location"));
      assert.equal(location.origin, PREVIEW);
      const told = await open("oauth-proxy-profile", location.searchParams.get("profile"));
      const { profile, timestamp, ...rest } = told;
      assert.ok(Math.abs(timestamp - t.server.now) < 10_000);
      t.keep("the payload", JSON.stringify(rest, Object.keys(rest).sort()));
      for (const part of ["userInfo", "account"]) {
        t.keep(part, JSON.stringify(Object.entries(told[part]).sort()));
      }
      // The code was used.
      redirected(await t.ask("GET", path), `${PREVIEW}/sorry?error=invalid_code`);
    },
  },
  {
    number: "P7a",
    name: "oauth-proxy: answers for previews that fail on the production host",
    profile: "productionHost",
    run: async (t) => {
      become(t, "github", "ann");
      const page = `${t.baseURL}/api/auth/error?error=`;
      const path = await previewAnswer(t, previewData(t));
      const unknown = path.replace("/callback/github", "/callback/none");
      redirected(await t.ask("GET", unknown), `${PREVIEW}/sorry?error=oauth_provider_not_found`);
      const noCode = path.replace(/code=[^&]+/, "code=");
      redirected(await t.ask("GET", noCode), `${PREVIEW}/sorry?error=no_code`);
      const forged = path.replace(/state=[^&]+/, "state=00");
      redirected(await t.ask("GET", forged), `${page}state_mismatch`);
      become(t, "github", "ann", {}, { faults: { answer: "denied" } });
      await t.ask("GET", await previewAnswer(t, previewData(t)), { note: "denied" });
      become(t, "github", "ann");
      const relative = await previewAnswer(t, previewData(t, { errorURL: "/sorry" }));
      await t.ask("GET", relative.replace(/code=[^&]+/, "code=wrong"), { note: "a path" });
      const evil = "https://evil.example/api/auth/callback/github/oauth-proxy?callbackURL=%2F";
      await t.ask("GET", await previewAnswer(t, previewData(t, { callbackURL: evil })), { note: "evil" });
      const late = previewData(t, { expiresAt: t.server.now - 1000 });
      await t.ask("GET", await previewAnswer(t, late), { note: "late" });
    },
  },
];
