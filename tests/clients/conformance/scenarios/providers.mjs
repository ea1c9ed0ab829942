import assert from "node:assert/strict";

/** Starts a sign-in, and returns the provider's URL. */
async function start(visitor, provider, more = {}) {
  const { data, error } = await visitor.client.signIn.social({ provider, callbackURL: "/", ...more });
  assert.equal(error, null, `${provider}: ${JSON.stringify(error)}`);
  return data.url;
}

/** An account of this scenario alone at every provider. */
function account(t, provider, name, more = {}) {
  const { fake } = t.server;
  const email = t.email(name);
  const id = String([...email].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 1e9, 7));
  fake.provider(provider).control({ account: { id, email, ...more }, tokens: {}, faults: {} });
}

const PROVIDERS = ["github", "google", "facebook", "microsoft", "discord", "apple", "oidc", "oauth2"];

/** Signs in, and returns the visitor. */
async function signedIn(t, provider, name) {
  account(t, provider, name);
  const visitor = t.visitor();
  const answer = await visitor.visitProvider(await start(visitor, provider));
  assert.equal(answer.header("location"), "/");
  return visitor;
}

export default [
  ...PROVIDERS.map((provider) => ({
    number: `64-${provider}`,
    name: `${provider}: state, PKCE, code, profile and session`,
    profile: "providers",
    run: async (t) => {
      account(t, provider, provider);
      t.server.fake.log.length = 0;
      const visitor = t.visitor();
      const url = await start(visitor, provider);
      const answer = await visitor.visitProvider(url);
      t.keepProviderRequests();
      assert.equal(answer.status, 302);
      const { user } = await visitor.session();
      assert.equal(user.email, t.email(provider));
      await visitor.client.listAccounts();
    },
  })),
  {
    number: "64-logout",
    name: "signing out names the logout URL of the user's provider",
    profile: "providers",
    run: async (t) => {
      for (const body of [
        {},
        { disableRedirect: true },
        { callbackURL: "/bye", state: "s 1" },
        { callbackURL: t.origin },
        { state: "no page" },
        { callbackURL: "https://evil.example/" },
      ]) {
        const ann = await signedIn(t, "oidc", "ann");
        await ann.ask("POST", "sign-out", { json: body, note: JSON.stringify(body) });
        await ann.ask("POST", "sign-out", { json: body, note: "again" });
      }
      // Providers of better-auth have none, and neither have passwords.
      const bob = await signedIn(t, "google", "bob");
      await bob.ask("POST", "sign-out", { json: {} });
      const cy = await t.member("cy");
      await cy.ask("POST", "sign-out", { json: { callbackURL: "/bye" } });
    },
  },
];
