// Which user signs in with a provider: a new one, a known one, or the one who has the address.
import assert from "node:assert/strict";
import { accepted, redirected } from "../expect.mjs";
import { become, comeBack, start, subject } from "../provider-accounts.mjs";

/** A user with a password whose address is verified. */
async function verified(t, name) {
  const member = await t.member(name);
  await t.store('UPDATE "user" SET "emailVerified" = 1 WHERE email = ?', member.email);
  return member;
}

/** The providers of the user's accounts. */
async function providers(visitor) {
  const accounts = accepted(await visitor.client.listAccounts());
  return accounts.map(({ providerId }) => providerId).sort();
}

const notLinked = "/sorry?error=account_not_linked";

export default [
  {
    number: 68,
    name: "no account is linked to a user whose address is not verified",
    profile: "trustedProviders",
    run: async (t) => {
      const ann = await t.member();
      for (const provider of ["oidc", "github", "google"]) {
        become(t, provider, "ann");
        const { visitor, answer } = await comeBack(t, provider);
        redirected(answer, notLinked);
        assert.equal(await visitor.session(), null);
      }
      assert.deepEqual(await providers(ann), ["credential"]);
    },
  },
  {
    number: "68a",
    name: "an account is linked if the provider verified its address, or is trusted",
    profile: "trustedProviders",
    run: async (t) => {
      const ann = await verified(t, "ann");
      become(t, "oidc", "ann", { verified: false });
      redirected((await comeBack(t, "oidc")).answer, notLinked);
      become(t, "oidc", "ann", { email: t.email("ann").toUpperCase() });
      redirected((await comeBack(t, "oidc", { newUserCallbackURL: "/welcome" })).answer, "/books");
      become(t, "github", "ann", { verified: false });
      redirected((await comeBack(t, "github")).answer, "/books");
      assert.deepEqual(await providers(ann), ["credential", "github", "oidc"]);
      become(t, "oauth2", "ann", { verified: false });
      redirected((await comeBack(t, "oauth2")).answer, notLinked);
    },
  },
  {
    number: "68b",
    name: "settings: accounts are linked by their users only, or never",
    profile: "explicitLinking",
    run: async (t) => {
      await verified(t, "ann");
      become(t, "oidc", "ann");
      redirected((await comeBack(t, "oidc")).answer, notLinked);
    },
  },
  {
    number: "68c",
    name: "settings: linking is off",
    profile: "noLinking",
    run: async (t) => {
      await verified(t, "ann");
      become(t, "oidc", "ann");
      redirected((await comeBack(t, "oidc")).answer, notLinked);
      become(t, "oidc", "bob");
      redirected((await comeBack(t, "oidc")).answer, "/books");
    },
  },
  {
    number: "68d",
    name: "an account stays its user's, whatever its address is",
    profile: "providers",
    run: async (t) => {
      become(t, "oidc", "ann");
      const { visitor } = await comeBack(t, "oidc");
      const { user } = await visitor.session();
      await verified(t, "bob");
      const id = subject(t.email("ann"));
      for (const name of ["bob", "elsewhere"]) {
        become(t, "oidc", name, { id, name: "Another Name" });
        const again = (await comeBack(t, "oidc")).visitor;
        const found = (await again.session()).user;
        assert.deepEqual([found.id, found.email, found.name], [user.id, user.email, user.name]);
      }
      become(t, "oidc", "ann", { id, verified: false });
      redirected((await comeBack(t, "oidc")).answer, "/books");
    },
  },
  {
    number: "68e",
    name: "a user is created unverified, and verified when the provider says so",
    profile: "providers",
    run: async (t) => {
      become(t, "oidc", "ann", { verified: false });
      const first = (await comeBack(t, "oidc")).visitor;
      assert.equal((await first.session()).user.emailVerified, false);
      become(t, "oidc", "ann");
      const second = (await comeBack(t, "oidc")).visitor;
      assert.equal((await second.session()).user.emailVerified, true);
      become(t, "oauth2", "ann");
      redirected((await comeBack(t, "oauth2")).answer, "/books");
      assert.deepEqual(await providers(second), ["oauth2", "oidc"]);
    },
  },
  {
    number: "68f",
    name: "settings of a provider: sign-up, user info, verification",
    profile: "providerOptions",
    run: async (t) => {
      // Sign-up on request.
      become(t, "github", "ann");
      redirected((await comeBack(t, "github")).answer, "/sorry?error=signup_disabled");
      redirected(
        (await comeBack(t, "github", { requestSignUp: false })).answer,
        "/sorry?error=signup_disabled",
      );
      redirected((await comeBack(t, "github", { requestSignUp: true })).answer, "/books");
      redirected((await comeBack(t, "github")).answer, "/books");
      // No sign-up.
      become(t, "discord", "bob");
      redirected(
        (await comeBack(t, "discord", { requestSignUp: true })).answer,
        "/sorry?error=signup_disabled",
      );
      // The provider's data replaces the user's.
      become(t, "google", "carla");
      await comeBack(t, "google");
      const id = subject(t.email("carla"));
      become(t, "google", "carlotta", { id, name: "Carlotta", image: "https://images.example/c" });
      const { visitor } = await comeBack(t, "google");
      const { user } = await visitor.session();
      assert.deepEqual([user.name, user.email], ["Carlotta", t.email("carlotta")]);
      // An address that is not verified.
      become(t, "oauth2", "dora", { verified: false });
      redirected((await comeBack(t, "oauth2")).answer, "/sorry?error=email_not_verified");
      const link = await t.mail(t.email("dora"), "verification");
      redirected((await comeBack(t, "oauth2")).answer, "/sorry?error=email_not_verified");
      await t.noMail(t.email("dora"));
      await t.visitor().ask("GET", link);
      redirected((await comeBack(t, "oauth2")).answer, "/books");
    },
  },
  {
    number: "68g",
    name: "a user who was deleted between the start and the answer",
    profile: "providers",
    run: async (t) => {
      become(t, "oidc", "ann");
      const ann = (await comeBack(t, "oidc")).visitor;
      const again = t.visitor();
      const url = await start(again, "oidc");
      accepted(await ann.client.deleteUser());
      await again.visitProvider(url);
      const { user } = await again.session();
      assert.equal(user.email, t.email("ann"));
    },
  },
];
