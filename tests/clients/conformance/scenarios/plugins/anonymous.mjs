// The plugin anonymous.
import assert from "node:assert/strict";
import { accepted, refused } from "../../expect.mjs";
import { PASSWORD } from "../../stage.mjs";

async function guest(t) {
  const visitor = t.visitor();
  return Object.assign(visitor, accepted(await visitor.client.signIn.anonymous()));
}

/** Whether the guest's user is in the database. */
async function isThere(t, { user }) {
  const found = await t.find('select count(*) as count from "user" where id = ?', user.id);
  t.keep("users of the guest", found.count);
  return found.count === 1;
}

export default [
  {
    number: "G1",
    name: "a guest has a session, and is a guest once",
    profile: "anonymous",
    run: async (t) => {
      const ann = await guest(t);
      assert.deepEqual([ann.user.name, ann.user.isAnonymous], ["Anonymous", true]);
      assert.equal((await ann.session()).session.token, ann.token);
      const again = await ann.client.signIn.anonymous();
      refused(again, 400, "ANONYMOUS_USERS_CANNOT_SIGN_IN_AGAIN_ANONYMOUSLY");
      assert.notEqual((await guest(t)).user.id, ann.user.id);
      await t.ask("POST", "sign-in/anonymous", { json: {}, note: "with a body" });
    },
  },
  {
    number: "G2",
    name: "a guest who signs up is a guest no longer",
    profile: "anonymous",
    run: async (t) => {
      const ann = await guest(t);
      const fields = { name: "Ann", email: t.email("ann"), password: PASSWORD };
      const { user } = accepted(await ann.client.signUp.email(fields));
      assert.notEqual(user.id, ann.user.id);
      assert.equal((await ann.session()).user.id, user.id);
      assert.equal(await isThere(t, ann), false);
    },
  },
  {
    number: "G3",
    name: "a guest who signs in is that user",
    profile: "anonymous",
    run: async (t) => {
      const member = await t.member("ann", { username: `ann_${t.number}` });
      const { email } = member;
      const byPassword = await guest(t);
      accepted(await byPassword.client.signIn.email({ email, password: PASSWORD }));
      assert.equal(await isThere(t, byPassword), false);
      const byName = await guest(t);
      const name = { username: `ann_${t.number}`, password: PASSWORD };
      accepted(await byName.client.signIn.username(name));
      assert.equal(await isThere(t, byName), false);
      const byCode = await guest(t);
      accepted(await byCode.client.emailOtp.sendVerificationOtp({ email, type: "sign-in" }));
      const otp = await t.code(email, "sign-in-code");
      accepted(await byCode.client.signIn.emailOtp({ email, otp }));
      assert.equal(await isThere(t, byCode), false);
      const byLink = await guest(t);
      accepted(await byLink.client.signIn.magicLink({ email, callbackURL: "/books" }));
      await byLink.ask("GET", await t.mail(email, "magic-link"), { headers: {} });
      assert.equal((await byLink.session()).user.id, member.user.id);
      assert.equal(await isThere(t, byLink), false);
      // A sign-in that fails changes nothing.
      const kept = await guest(t);
      const wrong = await kept.client.signIn.email({ email, password: "wrong horse battery" });
      refused(wrong, 401, "INVALID_EMAIL_OR_PASSWORD");
      assert.equal((await kept.session()).user.id, kept.user.id);
    },
  },
  {
    number: "G4",
    name: "a guest leaves nothing behind",
    profile: "anonymous",
    run: async (t) => {
      const ann = await guest(t);
      const { success } = accepted(await ann.client.deleteAnonymousUser());
      assert.equal(success, true);
      assert.ok(ann.jar.holdsNoSession);
      assert.equal(await isThere(t, ann), false);
      const bob = await t.member("bob");
      refused(await bob.client.deleteAnonymousUser(), 403, "USER_IS_NOT_ANONYMOUS");
      refused(await t.visitor().client.deleteAnonymousUser(), 401, "UNAUTHORIZED");
    },
  },
  {
    number: "G5",
    name: "the domain of guests and whether they may go are settings",
    profile: "anonymousOptions",
    run: async (t) => {
      const ann = await guest(t);
      assert.match(ann.user.email, /^temp-\w{32}@guests\.example$/);
      refused(await ann.client.deleteAnonymousUser(), 400, "DELETE_ANONYMOUS_USER_DISABLED");
      const fields = { name: "Ann", email: t.email("ann"), password: PASSWORD };
      accepted(await ann.client.signUp.email(fields));
      assert.equal(await isThere(t, ann), true);
    },
  },
];
