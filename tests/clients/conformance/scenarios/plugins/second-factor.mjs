// A user with a second factor signs in by every method. better-auth asks for the second factor after
// a password alone; Bookplate asks after everything but two factors at once.
import assert from "node:assert/strict";
import { accepted } from "../../expect.mjs";
import { PASSWORD } from "../../stage.mjs";
import { challenged, codeOf, enrol, guarded } from "../../two-factor-people.mjs";
import { methods } from "../../sign-in-methods.mjs";

/** The methods after which better-auth asks, too. */
const ASKED = ["a password", "a user name", "a phone number and a password"];

/** Answers the challenge of a page. */
async function answer(t, page, ann) {
  assert.equal(await page.session(), null, "no session before the second factor");
  accepted(await page.client.twoFactor.verifyTotp({ code: codeOf(t, ann) }));
  assert.equal((await page.session()).user.id, ann.user.id);
}

const method = ([name, { prepare = () => {}, use, proof }], at) => ({
  number: `SF${String.fromCharCode(97 + at)}`,
  name: `with a second factor: ${name}`,
  profile: "everyMethod",
  run: async (t) => {
    const username = `ann_${t.number.toLowerCase()}`;
    const ann = Object.assign(await t.member("ann", { username }), { username });
    const prepared = await prepare(t, ann);
    if (name !== "the link that verifies an address") {
      await t.store('update "user" set "emailVerified" = 1 where id = ?', ann.user.id);
    }
    await enrol(t, ann);
    const page = t.visitor();
    await use(t, page, ann, prepared);
    if (ASKED.includes(name) || (t.server.name === "bookplate" && !proof)) await answer(t, page, ann);
    // A device has no cookie.
    else if (name !== "an approved device") assert.equal((await page.session()).user.id, ann.user.id);
  },
});

export default [
  ...Object.entries(methods).map(method),
  {
    number: "SFw",
    name: "a guest stays one until the second factor is given",
    profile: "everyMethod",
    run: async (t) => {
      const ann = await guarded(t);
      const page = t.visitor();
      const guest = accepted(await page.client.signIn.anonymous());
      const signedIn = await page.client.signIn.email({ email: ann.email, password: PASSWORD });
      assert.equal(accepted(signedIn).twoFactorRedirect, true);
      const users = () => t.find('select count(*) as count from "user" where id = ?', guest.user.id);
      t.keep("guests before", (await users()).count);
      accepted(await page.client.twoFactor.verifyTotp({ code: codeOf(t, ann) }));
      t.keep("guests after", (await users()).count);
    },
  },
  {
    number: "SFx",
    name: "a challenged user is none of the browser's users",
    profile: "everyMethod",
    run: async (t) => {
      const ann = await guarded(t);
      const page = await t.member("bob");
      const signedIn = await page.client.signIn.email({ email: ann.email, password: PASSWORD });
      assert.equal(accepted(signedIn).twoFactorRedirect, true);
      const list = async () => accepted(await page.client.multiSession.listDeviceSessions());
      assert.deepEqual((await list()).map(({ user }) => user.name), ["bob"]);
      accepted(await page.client.twoFactor.verifyTotp({ code: codeOf(t, ann) }));
      assert.deepEqual((await list()).map(({ user }) => user.name).sort(), ["ann", "bob"]);
    },
  },
  {
    number: "SFy",
    name: "a reset password does not give the second factor",
    profile: "everyMethod",
    run: async (t) => {
      const ann = await guarded(t);
      const { client } = t.visitor();
      accepted(await client.requestPasswordReset({ email: ann.email, redirectTo: "/reset" }));
      const token = (await t.mail(ann.email, "reset")).match(/reset-password\/(\w+)/)[1];
      accepted(await client.resetPassword({ newPassword: PASSWORD, token }));
      await answer(t, await challenged(t, ann), ann);
    },
  },
];
