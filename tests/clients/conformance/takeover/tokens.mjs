import assert from "node:assert/strict";
import { accepted, redirected } from "../expect.mjs";
import { at } from "./checks.mjs";

/** Sets the account that signs in next, and how long its tokens are valid. */
function become({ server: { fake }, email }, name, expiresIn) {
  const account = { id: `id-of-${email(name)}`, email: email(name) };
  fake.provider("oidc").control({ account, tokens: { expiresIn }, faults: {} });
}

/** The id of the visitor's account at the provider, and its access token from this server. */
async function tokenAt(stage, visitor) {
  const { client } = at(stage, visitor);
  const accounts = accepted(await client.listAccounts());
  const { id } = accounts.find(({ providerId }) => providerId === "oidc");
  return [id, accepted(await client.getAccessToken({ accountId: id })).accessToken];
}

/** Checks of accounts at providers whose tokens are stored encrypted. */
export const tokens = {
  "tokens that one server encrypts are those of the other": async (here, there) => {
    become({ server: here.server, email: (name) => here.email(name) }, "ann", 600);
    const ann = here.visitor();
    const { url } = accepted(await ann.client.signIn.social({ provider: "oidc", callbackURL: "/" }));
    redirected(await ann.visitProvider(url), "/");
    const [id, first] = await tokenAt(here, ann);
    assert.match(first, /^oidc-access-\d+$/);
    assert.deepEqual(await tokenAt(there, ann), [id, first]);
    // The refresh token rotates: each server must read that of the other.
    for (const stage of [there, here, there]) {
      const { client } = at(stage, ann);
      const fresh = accepted(await client.refreshToken({ accountId: id }));
      for (const other of [here, there]) {
        assert.deepEqual(await tokenAt(other, ann), [id, fresh.accessToken]);
      }
    }
  },
  "an account whose linking began at one server is linked by the other": async (here, there) => {
    const bob = await here.member("bob");
    become({ server: here.server, email: (name) => here.email(name) }, "bob", 600);
    const begun = await bob.client.linkSocial({ provider: "oidc", callbackURL: "/account" });
    const { url } = accepted(begun);
    redirected(await at(there, bob).visitProvider(url), "/account");
    const [id, token] = await tokenAt(here, bob);
    assert.deepEqual(await tokenAt(there, bob), [id, token]);
  },
};
