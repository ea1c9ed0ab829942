// Sign-in with a provider: its start, its state, and the provider's answer.
import assert from "node:assert/strict";
import { accepted, redirected, refused } from "../expect.mjs";
import { become, comeBack, start } from "../provider-accounts.mjs";

/** Targets that no page may lead to. */
const HOSTILE = [
  "https://evil.example",
  "//evil.example",
  "/\\evil.example",
  "/%5Cevil.example",
  "/%2Fevil.example",
  "javascript:alert(1)",
  "data:text/html,x",
  "http:evil.example",
];

/** The path and query of the provider's answer to an authorization URL. */
const answerOf = async (t, url) => (await t.visitProvider(url)).path;

/** The last location without what the servers do not have in common. */
const without = (path, ...names) => {
  const url = new URL(path, "http://any");
  for (const name of names) url.searchParams.delete(name);
  return url.pathname + url.search;
};

const ask = (t, json) => t.ask("POST", "sign-in/social", { json, note: JSON.stringify(json) });

export default [
  {
    number: "64a",
    name: "the client's scopes, hint, parameters and data; a URL without a redirect",
    profile: "providers",
    run: async (t) => {
      for (const provider of ["github", "google", "microsoft", "apple", "oidc", "oauth2"]) {
        const answer = await ask(t, {
          provider,
          callbackURL: "/books",
          newUserCallbackURL: "/welcome",
          scopes: ["extra:read", "b"],
          loginHint: "ann@example.com",
          additionalParams: { hd: "example.com", ui_locales: "de en", prompt: "select_account" },
          additionalData: { theme: "dark", callbackURL: "https://evil.example", link: {} },
          disableRedirect: true,
        });
        assert.equal(answer.header("location"), null);
        assert.equal(accepted(answer).redirect, false);
      }
      const answer = await ask(t, { provider: "github" });
      assert.equal(answer.header("location"), accepted(answer).url);
    },
  },
  {
    number: "64b",
    name: "a new user sees another page than one who comes back",
    profile: "providers",
    run: async (t) => {
      become(t, "github", "ann");
      const pages = { newUserCallbackURL: "/welcome?to=you#top" };
      redirected((await comeBack(t, "github", pages)).answer, "/welcome?to=you#top");
      redirected((await comeBack(t, "github", pages)).answer, "/books");
      redirected((await comeBack(t, "github", { callbackURL: "" })).answer, t.origin);
      become(t, "github", "bob");
      redirected((await comeBack(t, "github")).answer, "/books");
    },
  },
  {
    number: "64c",
    name: "a native app signs in with an id token",
    profile: "providers",
    run: async (t) => {
      const google = t.provider("google");
      const signIn = async (idToken, more = {}) => {
        const visitor = t.visitor();
        const fields = { provider: "google", idToken, ...more };
        return { visitor, outcome: await visitor.client.signIn.social(fields) };
      };
      const token = (options) => google.idToken(google.account, options);
      become(t, "google", "ann");
      const { visitor, outcome } = await signIn({ token: await token(), accessToken: "given" });
      assert.equal(accepted(outcome).user.email, t.email("ann"));
      accepted(await visitor.client.listAccounts());
      assert.ok(await visitor.session());
      accepted((await signIn({ token: await token({ nonce: "n" }), nonce: "n" })).outcome);
      const nonce = await token({ nonce: "n" });
      refused((await signIn({ token: nonce, nonce: "other" })).outcome, 401, "INVALID_TOKEN");
      for (const fault of ["expired", "future", "foreign", "none", "hmac", "issuer", "audience"]) {
        const { outcome } = await signIn({ token: await token({ fault }) });
        refused(outcome, 401, "INVALID_TOKEN");
      }
      become(t, "google", "bob", { profile: { email: undefined } });
      refused((await signIn({ token: await token() })).outcome, 401, "USER_EMAIL_NOT_FOUND");
      for (const provider of ["github", "discord", "oauth2"]) {
        const { outcome } = await signIn({ token: "x" }, { provider });
        refused(outcome, 404, "ID_TOKEN_NOT_SUPPORTED");
      }
    },
  },
  {
    number: "64d",
    name: "the fields of sign-in/social",
    profile: "providers",
    run: async (t) => {
      const provider = "github";
      for (const fields of [
        { provider: undefined },
        { provider: 5 },
        { provider: null },
        { callbackURL: 5, newUserCallbackURL: [], errorCallbackURL: null },
        { disableRedirect: "yes" },
        { idToken: "x" },
        { idToken: null },
        { idToken: [] },
        { idToken: {} },
        { idToken: { token: 1, nonce: 2, accessToken: 3, refreshToken: 4, expiresAt: "5", user: 6 } },
        { idToken: { token: "t", user: { name: "Ann", email: 5 } } },
        { idToken: { token: "t", user: { name: { firstName: 1, lastName: null } } } },
        { idToken: { token: "t", user: [] } },
        { scopes: "a" },
        { scopes: ["a", 1, null] },
        { requestSignUp: 1 },
        { loginHint: {} },
        { additionalParams: "a" },
        { additionalParams: [] },
        { additionalParams: { a: 1, b: null, c: "d" } },
        { additionalParams: { state: "x" } },
        { additionalParams: { a: "b", redirect_uri: "https://evil.example" } },
        { additionalData: "x" },
        { additionalData: [] },
        { additionalData: null },
        { scopes: 1, provider: 1, loginHint: 1, additionalData: 1, additionalParams: 1 },
      ]) {
        const answer = await ask(t, { provider, ...fields });
        assert.equal(answer.status, 400, JSON.stringify(fields));
      }
      for (const json of [[], "x", null, 5]) refused(await ask(t, json), 400, "VALIDATION_ERROR");
      for (const unknown of ["none", "", "credential", "GitHub"]) {
        refused(await ask(t, { provider: unknown }), 404, "PROVIDER_NOT_FOUND");
      }
      const form = { form: { provider }, note: "a form" };
      refused(await t.ask("POST", "sign-in/social", form), 415, "UNSUPPORTED_MEDIA_TYPE");
    },
  },
  {
    number: "64e",
    name: "no page of a sign-in leads to another site",
    profile: "providers",
    run: async (t) => {
      for (const [field, code] of [
        ["callbackURL", "INVALID_CALLBACK_URL"],
        ["newUserCallbackURL", "INVALID_NEW_USER_CALLBACK_URL"],
        ["errorCallbackURL", "INVALID_ERROR_CALLBACK_URL"],
      ]) {
        for (const url of HOSTILE) {
          refused(await ask(t, { provider: "github", [field]: url }), 403, code);
        }
      }
    },
  },
  {
    number: "64f",
    name: "a posted answer is brought again in the URL",
    profile: "providers",
    run: async (t) => {
      const post = (query, options) => t.ask("POST", `callback/github${query}`, { ...options, note: JSON.stringify(options) });
      await post("", { form: { code: "c d&e", state: "s", user: '{"a":"b"}', other: "x", iss: "" } });
      await post("?state=q&code=1", { form: { code: "c", state: "s" } });
      await post("?error=x", { json: { error_description: "no & no", device_id: "d" } });
      await post("", {});
      await post("", { json: { code: 5 } });
      await post("?code=1&code=2", {});
      await post("", { text: "x", type: "text/plain" });
      const evil = { form: { state: "s" }, headers: { origin: "https://evil.example" } };
      await post("", evil);
      refused(await post("", { ...evil, cookie: "a=b" }), 403, "INVALID_ORIGIN");
    },
  },
  {
    number: 65,
    name: "an answer without this browser's cookie signs nobody in",
    profile: "providers",
    run: async (t) => {
      become(t, "github", "ann");
      const [ann, mallory, nobody] = [t.visitor(), t.visitor(), t.visitor()];
      const path = await answerOf(t, await start(ann, "github"));
      redirected(await nobody.ask("GET", path), "/sorry?error=state_mismatch");
      await start(mallory, "github");
      redirected(await mallory.ask("GET", path), "/sorry?error=state_mismatch");
      const forged = ann.copy();
      forged.jar.set("state", `${forged.jar.get("state")}x`);
      redirected(await forged.ask("GET", path), "/sorry?error=state_mismatch");
      // Nobody else used the state up.
      redirected(await ann.ask("GET", path), "/books");
      assert.ok(await ann.session());
      for (const visitor of [mallory, nobody, forged]) assert.equal(await visitor.session(), null);
    },
  },
  {
    number: 66,
    name: "an answer signs in once",
    profile: "providers",
    run: async (t) => {
      become(t, "github", "ann");
      const ann = t.visitor();
      const path = await answerOf(t, await start(ann, "github"));
      const again = ann.copy();
      redirected(await ann.ask("GET", path), "/books");
      const page = `${t.baseURL}/api/auth/error?error=state_mismatch`;
      redirected(await again.ask("GET", path), page);
      redirected(await ann.ask("GET", path), page);
    },
  },
  {
    number: "66a",
    name: "an answer that comes too late, or that names no sign-in",
    profile: "providers",
    run: async (t) => {
      become(t, "github", "ann");
      const ann = t.visitor();
      const path = await answerOf(t, await start(ann, "github"));
      await t.advance(601);
      redirected(await ann.ask("GET", path), "/sorry?error=state_mismatch");
      await ann.ask("GET", path);
      for (const query of ["", "?code=c", "?state=", "?error=x", "?state=unknown&code=c"]) {
        await ann.ask("GET", `callback/github${query}`);
      }
      await ann.ask("GET", "callback/github?state=a&state=b");
    },
  },
  {
    number: "66b",
    name: "the provider refuses, or answers nothing useful",
    profile: "providers",
    run: async (t) => {
      const fails = async (provider, account, rest, pages = {}) => {
        become(t, provider, provider, account, rest);
        const { answer } = await comeBack(t, provider, pages);
        assert.equal(answer.status, 302);
        return answer.header("location");
      };
      const denied = { faults: { answer: "denied" } };
      await fails("github", {}, denied);
      await fails("github", {}, denied, { errorCallbackURL: "/sorry?from=here#end" });
      await fails("github", {}, denied, { errorCallbackURL: `${t.origin}/sorry` });
      await fails("github", {}, denied, { errorCallbackURL: "" });
      for (const fault of ["html", "error", "not-json", "empty", "null", "close"]) {
        const faults = { token: fault };
        assert.match(await fails("oauth2", {}, { faults }), /^\/sorry\?error=/, fault);
      }
      // better-auth fails if the connection ends.
      for (const fault of ["html", "error", "not-json", "empty", "null"]) {
        const faults = { user: fault };
        const location = await fails("oauth2", {}, { faults });
        assert.equal(location, "/sorry?error=unable_to_get_user_info", fault);
      }
      const nobody = { profile: { email: null, email_verified: undefined } };
      assert.equal(await fails("oauth2", nobody), "/sorry?error=email_not_found");
      const noSubject = { profile: { id: undefined, sub: undefined } };
      assert.equal(await fails("oauth2", noSubject), "/sorry?error=unable_to_get_user_info");
    },
  },
  {
    number: "66c",
    name: "an answer without a code, with a wrong one, or to an unknown provider",
    profile: "providers",
    run: async (t) => {
      become(t, "github", "ann");
      for (const [change, code] of [
        [(path) => without(path, "code"), "no_code"],
        [(path) => path.replace(/code=[^&]+/, "code="), "no_code"],
        [(path) => path.replace(/code=[^&]+/, "code=wrong"), "invalid_code"],
        [(path) => path.replace("/callback/github", "/callback/none"), "oauth_provider_not_found"],
      ]) {
        const ann = t.visitor();
        const path = change(await answerOf(t, await start(ann, "github")));
        redirected(await ann.ask("GET", path), `/sorry?error=${code}`);
      }
    },
  },
  {
    number: "66d",
    name: "an answer of another issuer",
    profile: "providers",
    run: async (t) => {
      become(t, "oidc", "ann", {}, { faults: { answer: "issuer" } });
      redirected((await comeBack(t, "oidc")).answer, "/sorry?error=issuer_mismatch");
      become(t, "oidc", "ann");
      redirected((await comeBack(t, "oidc")).answer, "/books");
      become(t, "oidc", "ann", {}, { faults: { answer: "no-issuer" } });
      await comeBack(t, "oidc");
    },
  },
  {
    number: 67,
    name: "an answer of another provider than the one where the sign-in began",
    profile: "providers",
    run: async (t) => {
      become(t, "github", "ann");
      become(t, "oauth2", "ann");
      const ann = t.visitor();
      const path = await answerOf(t, await start(ann, "github"));
      const swapped = path.replace("/callback/github", "/callback/oauth2");
      const answer = await ann.ask("GET", swapped);
      assert.match(answer.header("location"), /^\/sorry\?error=/);
      assert.equal(await ann.session(), null);
      redirected(
        await ann.ask("GET", path),
        `${t.baseURL}/api/auth/error?error=state_mismatch`,
      );
    },
  },
  {
    number: "67a",
    name: "the state in a cookie",
    profile: "providersByCookie",
    run: async (t) => {
      become(t, "github", "ann");
      const ann = t.visitor();
      const url = await start(ann, "github", { newUserCallbackURL: "/welcome" });
      const path = await answerOf(t, url);
      const [stranger, other] = [t.visitor(), t.visitor()];
      redirected(
        await stranger.ask("GET", path),
        `${t.baseURL}/api/auth/error?error=state_mismatch`,
      );
      await start(other, "github");
      redirected(await other.ask("GET", path), "/sorry?error=state_mismatch");
      const forged = ann.copy();
      forged.jar.set("oauth_state", "00");
      redirected(
        await forged.ask("GET", path),
        `${t.baseURL}/api/auth/error?error=state_invalid`,
      );
      redirected(await ann.ask("GET", path), "/welcome");
      assert.ok(await ann.session());
      const late = t.visitor();
      const latePath = await answerOf(t, await start(late, "github"));
      await t.advance(601);
      redirected(await late.ask("GET", latePath), "/sorry?error=state_mismatch");
    },
  },
];
