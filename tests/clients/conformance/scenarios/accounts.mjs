// What a signed-in user does with accounts at providers: linking, unlinking, profiles and tokens.
import assert from "node:assert/strict";
import { accepted, redirected, refused } from "../expect.mjs";

/** A number that only this address has. */
const subject = (email) =>
  String([...email].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 1e9, 7));

/** Sets the account that signs in next at a provider. */
function become(t, provider, name, more = {}, rest = {}) {
  const email = t.email(name);
  t.provider(provider).control({
    account: { id: subject(email), email, ...more },
    tokens: {},
    faults: {},
    ...rest,
  });
}

/** Signs in at a provider as its current account. */
async function signIn(t, provider, more = {}) {
  const visitor = t.visitor();
  const { url } = accepted(await visitor.client.signIn.social({ provider, callbackURL: "/", ...more }));
  redirected(await visitor.visitProvider(url), "/");
  t.server.fake.log.length = 0;
  return visitor;
}

/** Links the provider's current account, and returns the last response. */
async function link(visitor, provider, more = {}) {
  const { url } = accepted(
    await visitor.client.linkSocial({
      provider,
      callbackURL: "/account",
      errorCallbackURL: "/sorry",
      ...more,
    }),
  );
  return visitor.visitProvider(url);
}

/** The account of a provider. */
async function accountOf(visitor, provider) {
  const accounts = accepted(await visitor.client.listAccounts());
  return accounts.find(({ providerId }) => providerId === provider);
}

/** The stored tokens of a user at a provider, without those that are made of times. */
const showTokens = (t, visitor, provider) =>
  visitor.ask("GET", "list-accounts", { note: `after ${provider}` });

const ROUTES = ["get-access-token", "refresh-token"];

export default [
  {
    number: 69,
    name: "the last account of a user without a password is not unlinked",
    profile: "providers",
    run: async (t) => {
      become(t, "github", "ann");
      const ann = await signIn(t, "github");
      const github = await accountOf(ann, "github");
      refused(
        await ann.client.unlinkAccount({ accountId: github.id }),
        400,
        "FAILED_TO_UNLINK_LAST_ACCOUNT",
      );
      become(t, "oidc", "ann");
      redirected(await link(ann, "oidc"), "/account");
      accepted(await ann.client.unlinkAccount({ accountId: github.id }));
      const oidc = await accountOf(ann, "oidc");
      refused(await ann.client.unlinkAccount({ accountId: oidc.id }), 400, "FAILED_TO_UNLINK_LAST_ACCOUNT");
      const again = await signIn(t, "oidc");
      assert.equal((await again.session()).user.email, ann.email ?? t.email("ann"));
    },
  },
  {
    number: "69a",
    name: "an account is linked once, and again with further scopes",
    profile: "providers",
    run: async (t) => {
      const ann = await t.member();
      become(t, "oidc", "ann");
      redirected(await link(ann, "oidc"), "/account");
      await accountOf(ann, "oidc");
      become(t, "oidc", "ann", {}, { tokens: { scope: "openid calendar" } });
      redirected(await link(ann, "oidc", { scopes: ["calendar"] }), "/account");
      const { scopes } = await accountOf(ann, "oidc");
      assert.ok(scopes.includes("calendar"));
      const accounts = accepted(await ann.client.listAccounts());
      assert.equal(accounts.length, 2);
    },
  },
  {
    number: "69b",
    name: "what is not linked: another address, an unverified one, an account of somebody else",
    profile: "providers",
    run: async (t) => {
      const [ann, bob] = [await t.member(), await t.member("bob")];
      become(t, "oidc", "bob");
      redirected(await link(ann, "oidc"), "/sorry?error=email_does_not_match");
      become(t, "oidc", "ann", { verified: false });
      redirected(await link(ann, "oidc"), "/sorry?error=unable_to_link_account");
      become(t, "oidc", "ann");
      redirected(await link(ann, "oidc"), "/account");
      become(t, "oidc", "bob", { id: subject(t.email("ann")) });
      redirected(
        await link(bob, "oidc"),
        "/sorry?error=account_already_linked_to_different_user",
      );
      become(t, "oidc", "ann", {}, { faults: { answer: "denied" } });
      const denied = await link(ann, "oidc");
      assert.match(denied.header("location"), /^\/sorry\?error=access_denied&/);
      for (const visitor of [ann, bob]) await visitor.client.listAccounts();
    },
  },
  {
    number: "69c",
    name: "a session that ended meanwhile links nothing",
    profile: "providers",
    run: async (t) => {
      const ann = await t.member();
      become(t, "oidc", "ann");
      const { url } = accepted(
        await ann.client.linkSocial({ provider: "oidc", callbackURL: "/a", errorCallbackURL: "/sorry" }),
      );
      const other = await t.signIn(ann.email);
      accepted(await other.client.revokeOtherSessions());
      redirected(await ann.visitProvider(url), "/sorry?error=unable_to_link_account");
      await other.client.listAccounts();
    },
  },
  {
    number: "69d",
    name: "settings: other addresses, trusted providers, the provider's name and picture",
    profile: "linking",
    run: async (t) => {
      const ann = await t.member();
      become(t, "oauth2", "other", { verified: false, name: "Anna", image: "https://images.example/a" });
      redirected(await link(ann, "oauth2"), "/account");
      const { user } = await ann.session();
      assert.deepEqual([user.name, user.email], ["Anna", ann.email]);
      become(t, "oidc", "third", { verified: false });
      redirected(await link(ann, "oidc"), "/sorry?error=unable_to_link_account");
    },
  },
  {
    number: "69e",
    name: "settings: no linking",
    profile: "noLinking",
    run: async (t) => {
      const ann = await t.member();
      become(t, "oidc", "ann");
      redirected(await link(ann, "oidc"), "/sorry?error=unable_to_link_account");
    },
  },
  {
    number: "69f",
    name: "an account is linked by an id token",
    profile: "providers",
    run: async (t) => {
      const [ann, bob] = [await t.member(), await t.member("bob")];
      const google = t.provider("google");
      const byToken = async (visitor, more = {}, options = {}) =>
        visitor.client.linkSocial({
          provider: "google",
          idToken: { token: await google.idToken(google.account, options), ...more },
        });
      become(t, "google", "ann");
      assert.deepEqual(accepted(await byToken(ann)), { url: "", status: true, redirect: false });
      accepted(await byToken(ann, { accessToken: "given-access", refreshToken: "given-refresh" }));
      const account = await accountOf(ann, "google");
      assert.deepEqual(account.scopes, []);
      accepted(await ann.client.getAccessToken({ accountId: account.id }));
      refused(await byToken(bob), 409, "SOCIAL_ACCOUNT_ALREADY_LINKED");
      refused(await byToken(bob, {}, { audience: "another" }), 401, "INVALID_TOKEN");
      become(t, "google", "carla");
      refused(await byToken(bob), 401, "LINKING_DIFFERENT_EMAILS_NOT_ALLOWED");
      become(t, "google", "bob", { verified: false });
      refused(await byToken(bob), 401, "LINKING_NOT_ALLOWED");
      become(t, "google", "bob", { profile: { email: undefined } });
      refused(await byToken(bob), 401, "USER_EMAIL_NOT_FOUND");
      const idToken = { token: "x" };
      refused(await bob.client.linkSocial({ provider: "google", idToken }), 401, "INVALID_TOKEN");
      refused(
        await bob.client.linkSocial({ provider: "oauth2", idToken }),
        404,
        "ID_TOKEN_NOT_SUPPORTED",
      );
    },
  },
  {
    number: "69g",
    name: "the fields of link-social",
    profile: "providers",
    run: async (t) => {
      const ann = await t.member();
      const ask = (json) => ann.ask("POST", "link-social", { json, note: JSON.stringify(json) });
      for (const fields of [
        {},
        { provider: 5 },
        { provider: "none" },
        { callbackURL: "http://evil.example" },
        { errorCallbackURL: "//evil.example" },
        { callbackURL: 5 },
        { scopes: "x" },
        { scopes: [1, "a", null] },
        { idToken: "x" },
        { idToken: null },
        { idToken: {} },
        { idToken: { token: "x", nonce: 5, accessToken: 1, refreshToken: [], user: 5, expiresAt: "x" } },
        { requestSignUp: "x", disableRedirect: 1, loginHint: 5 },
        { additionalParams: "x" },
        { additionalParams: { a: 5, state: "x" } },
        { additionalParams: { state: "x", b: "c" } },
        { additionalData: [] },
      ]) {
        const provider = "oidc";
        const body = Object.keys(fields).length === 0 ? {} : { provider, ...fields };
        assert.ok((await ask(body)).status >= 400, JSON.stringify(body));
      }
      for (const json of [[], "x", null]) refused(await ask(json), 400, "VALIDATION_ERROR");
      accepted(
        await ask({
          provider: "oidc",
          disableRedirect: true,
          callbackURL: "/x",
          scopes: ["a", "b"],
          loginHint: "h",
          additionalParams: { hd: "x" },
          additionalData: { theme: [1] },
          newUserCallbackURL: "/new",
        }),
      );
      accepted(await ask({ provider: "github" }));
      refused(
        await t.ask("POST", "link-social", { json: { provider: "oidc" } }),
        401,
        "UNAUTHORIZED",
      );
    },
  },
  {
    number: 70,
    name: "an access token is refreshed when it is about to end",
    profile: "providers",
    run: async (t) => {
      become(t, "oidc", "ann", {}, { tokens: { expiresIn: 4 } });
      const ann = await signIn(t, "oidc");
      const { id } = await accountOf(ann, "oidc");
      const get = () => ann.client.getAccessToken({ accountId: id });
      become(t, "oidc", "ann");
      const first = accepted(await get());
      t.keepProviderRequests();
      const second = accepted(await get());
      assert.equal(first.accessToken, second.accessToken);
      assert.equal(t.server.fake.log.length, 0);
      const sessions = accepted(await ann.client.listSessions());
      assert.equal(sessions.length, 1);
    },
  },
  {
    number: "70a",
    name: "tokens are refreshed on request, of every provider that allows it",
    profile: "providers",
    run: async (t) => {
      for (const provider of ["github", "google", "facebook", "microsoft", "discord", "apple", "oauth2"]) {
        become(t, provider, provider);
        const visitor = await signIn(t, provider);
        const { id } = await accountOf(visitor, provider);
        await visitor.client.getAccessToken({ accountId: id });
        await visitor.client.refreshToken({ accountId: id });
        t.keepProviderRequests();
        await visitor.client.getAccessToken({ accountId: id });
        become(t, provider, provider, {}, { tokens: { expiresIn: 0, refresh: true } });
        await visitor.client.refreshToken({ accountId: id });
        await visitor.client.getAccessToken({ accountId: id });
        t.server.fake.log.length = 0;
      }
    },
  },
  {
    number: "70b",
    name: "a provider that fails to refresh leaves the tokens as they are",
    profile: "providers",
    run: async (t) => {
      become(t, "oidc", "ann", {}, { tokens: { expiresIn: 4 } });
      const ann = await signIn(t, "oidc");
      const { id } = await accountOf(ann, "oidc");
      for (const fault of ["error", "html", "null", "close"]) {
        become(t, "oidc", "ann", {}, { faults: { token: fault } });
        const get = await ann.client.getAccessToken({ accountId: id });
        refused(get, 400, "FAILED_TO_GET_ACCESS_TOKEN");
        const refresh = await ann.client.refreshToken({ accountId: id });
        refused(refresh, 400, "FAILED_TO_REFRESH_ACCESS_TOKEN");
      }
      become(t, "oidc", "ann");
      accepted(await ann.client.refreshToken({ accountId: id }));
      accepted(await ann.client.getAccessToken({ accountId: id }));
      await showTokens(t, ann, "oidc");
    },
  },
  {
    number: "70c",
    name: "the profile of an account at its provider",
    profile: "providers",
    run: async (t) => {
      for (const provider of ["github", "google", "facebook", "microsoft", "discord", "oidc", "oauth2"]) {
        become(t, provider, provider);
        const visitor = await signIn(t, provider);
        const { id } = await accountOf(visitor, provider);
        const query = `account-info?accountId=${id}`;
        accepted(await visitor.ask("GET", query));
        become(t, provider, provider, {}, { faults: { user: "error", me: "error" } });
        await visitor.ask("GET", query, { note: "the provider fails" });
      }
    },
  },
  {
    number: "70d",
    name: "accounts without tokens, without a provider, or of somebody else",
    profile: "providers",
    run: async (t) => {
      const [ann, bob] = [await t.member(), await t.member("bob")];
      become(t, "oidc", "bob");
      redirected(await link(bob, "oidc"), "/account");
      const foreign = (await accountOf(bob, "oidc")).id;
      const password = (await accountOf(ann, "credential")).id;
      await t.store(
        'INSERT INTO account (id, "accountId", "providerId", "userId", "createdAt", "updatedAt") VALUES (?, ?, ?, ?, ?, ?)',
        ...["bare", "bare", "oidc", ann.user.id, "2026-01-01T00:00:00.000Z", "2026-01-01T00:00:00.000Z"],
      );
      await t.store(
        'INSERT INTO account (id, "accountId", "providerId", "userId", "createdAt", "updatedAt") VALUES (?, ?, ?, ?, ?, ?)',
        ...["unknown", "x", "unknown", ann.user.id, "2026-01-01T00:00:00.000Z", "2026-01-01T00:00:00.000Z"],
      );
      for (const [accountId, note] of [
        [foreign, "of Bob"],
        [password, "password"],
        ["bare", "bare"],
        ["unknown", "unknown provider"],
        ["none", "none"],
        ["", "empty"],
      ]) {
        for (const route of ROUTES) await ann.ask("POST", route, { json: { accountId }, note });
        await ann.ask("GET", `account-info?accountId=${accountId}`, { note });
      }
    },
  },
  {
    number: "70e",
    name: "an account is selected by exactly one field",
    profile: "providers",
    run: async (t) => {
      const ann = await t.member();
      for (const route of ROUTES) {
        for (const json of [
          undefined,
          {},
          [],
          "x",
          null,
          { accountId: 5 },
          { accountId: null },
          { accountId: "x", other: 1 },
          { accountId: "x", userId: "u" },
          { accountId: "x", userId: null },
          { accountId: "x", useAccountCookie: true },
          { accountId: "x", useAccountCookie: false },
          { useAccountCookie: true },
          { useAccountCookie: true, other: 1 },
          { useAccountCookie: "true" },
          { useAccountCookie: true, userId: 5 },
        ]) {
          const note = JSON.stringify(json);
          assert.equal((await ann.ask("POST", route, { json, note })).status, 400, note);
        }
        const anonymous = await t.ask("POST", route, { json: { accountId: "x" } });
        assert.deepEqual([anonymous.status, anonymous.text], [401, ""]);
      }
      for (const query of [
        "",
        "?accountId=x&userId=u",
        "?accountId=x&other=1",
        "?useAccountCookie=true",
        "?accountId=x&useAccountCookie=true",
        "?accountId=a&accountId=b",
        "?accountId=x&disableCookieCache=true",
      ]) {
        assert.equal((await ann.ask("GET", `account-info${query}`)).status, 400, query);
      }
      assert.equal((await t.ask("GET", "account-info?accountId=x")).status, 401);
    },
  },
  {
    number: "70f",
    name: "tokens that are stored encrypted are answered and refreshed",
    profile: "encryptedTokens",
    run: async (t) => {
      become(t, "oidc", "ann", {}, { tokens: { expiresIn: 4 } });
      const ann = await signIn(t, "oidc");
      const { id } = await accountOf(ann, "oidc");
      become(t, "oidc", "ann");
      accepted(await ann.client.getAccessToken({ accountId: id }));
      accepted(await ann.client.refreshToken({ accountId: id }));
      accepted(await ann.ask("GET", `account-info?accountId=${id}`));
      await t.store(`UPDATE account SET "accessToken" = 'plain.token' WHERE id = ?`, id);
      const { accessToken } = accepted(await ann.client.getAccessToken({ accountId: id }));
      assert.equal(accessToken, "plain.token");
    },
  },
];
