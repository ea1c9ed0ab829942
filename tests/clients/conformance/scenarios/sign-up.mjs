import assert from "node:assert/strict";
import { accepted, refused } from "../expect.mjs";
import { PASSWORD } from "../stage.mjs";

const FIELDS = ["name", "email", "emailVerified", "image", "createdAt", "updatedAt", "role", "id"];

/** The structure of a value without user-specific parts. */
const shape = (user) =>
  Object.entries(user).map(([key, value]) => [key, value?.constructor?.name, String(value).length]);

/** Signs up with possibly invalid fields. */
const signUp = (t, fields, note) => {
  const json = { name: "Ann", email: t.email("ann"), password: PASSWORD, ...fields };
  return t.ask("POST", "sign-up/email", { json, note });
};

export default [
  {
    number: 1,
    name: "signing up answers with the user and signs in",
    run: async (t) => {
      const image = "https://pictures.example/ann.png";
      const ann = await t.member("ann", { image, email: t.email("ann").toUpperCase() });
      assert.deepEqual(Object.keys(ann.user), FIELDS);
      assert.equal(ann.user.email, t.email("ann"));
      assert.equal(ann.user.role, "user");
      const { session, user } = await ann.session();
      assert.deepEqual(
        [session.token, session.userId, user.image],
        [ann.token, ann.user.id, image],
      );

      const bob = accepted(await signUp(t, { email: t.email("bob"), rememberMe: false }));
      assert.equal(bob.user.image, null);
      const form = { name: "Cy", email: t.email("cy"), password: PASSWORD };
      assert.equal(accepted(await t.ask("POST", "sign-up/email", { form })).user.name, "Cy");
    },
  },
  {
    number: 2,
    name: "an address has one user",
    run: async (t) => {
      const { email } = await t.member();
      for (const again of [email, email.toUpperCase()]) {
        refused(await signUp(t, { email: again }), 422, "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL");
      }
    },
  },
  {
    number: 3,
    name: "with verification on, a taken address is not told",
    profile: "verified",
    run: async (t) => {
      const { client } = t.visitor();
      const fields = { name: "Ann", email: t.email("ann"), password: PASSWORD, callbackURL: "/hi" };
      assert.equal(accepted(await client.signUp.email(fields)).token, null);
      await t.mail(t.email("ann"), "verification");
      refused(
        await client.signIn.email({ email: fields.email, password: PASSWORD }),
        403,
        "EMAIL_NOT_VERIFIED",
      );
      const again = accepted(await client.signUp.email({ ...fields, name: "Eve" }));
      assert.deepEqual([again.token, again.user.name], [null, "Eve"]);
      t.keep("mails to a taken address", await t.countMails(t.email("ann")));
      refused(await signUp(t, { password: "short" }), 400, "PASSWORD_TOO_SHORT");
    },
  },
  {
    number: 4,
    name: "the user who hides a taken address looks like a real one",
    profile: "noAutoSignIn",
    run: async (t) => {
      const fields = { name: "Ann", image: "https://pictures.example/a.png" };
      for (const given of [{ name: "Ann" }, fields]) {
        const first = await signUp(t, { ...given, email: t.email("x") });
        const second = await signUp(t, { ...given, email: t.email("x") });
        const real = await signUp(t, { ...given, email: t.email(given.image ? "y" : "z") });
        assert.deepEqual(shape(accepted(second).user), shape(accepted(real).user));
        assert.deepEqual([second.cookies, real.cookies], [[], []]);
        assert.equal(second.json.user.role, "user");
        assert.notEqual(first.json.user.id, second.json.user.id);
      }
    },
  },
  {
    number: 5,
    name: "a short password is refused",
    run: async (t) => {
      refused(await signUp(t, { password: "1234567" }), 400, "PASSWORD_TOO_SHORT");
      refused(await signUp(t, { password: "" }), 400, "VALIDATION_ERROR");
      accepted(await signUp(t, { password: "12345678" }));
    },
  },
  {
    number: 6,
    name: "a long password is refused",
    run: async (t) => {
      refused(await signUp(t, { password: "x".repeat(129) }), 400, "PASSWORD_TOO_LONG");
      accepted(await signUp(t, { password: "x".repeat(128) }));
    },
  },
  {
    number: 7,
    name: "what cannot be a user is refused with the field's name",
    run: async (t) => {
      const addresses = [
        "",
        "ann",
        "ann@",
        "@example.com",
        "ann@example",
        " ann@example.com",
        "a b@example.com",
      ];
      for (const email of addresses) {
        refused(await signUp(t, { email }, email), 400, "VALIDATION_ERROR");
      }
      for (const wrong of [
        { name: undefined },
        { name: 5 },
        { email: undefined },
        { password: null },
        { image: 5 },
      ]) {
        refused(await signUp(t, wrong, JSON.stringify(wrong)), 400, "VALIDATION_ERROR");
      }
      for (const json of [{}, [], null, "text", 5]) {
        refused(await t.ask("POST", "sign-up/email", { json }), 400, "VALIDATION_ERROR");
      }
      refused(await t.ask("POST", "sign-up/email"), 400, "VALIDATION_ERROR");
      accepted(await signUp(t, { name: "" }));
    },
  },
  {
    number: 8,
    name: "nobody gives themselves a role",
    run: async (t) => {
      for (const role of ["admin", "user", ["admin"]]) {
        refused(await signUp(t, { role }), 400, "FIELD_NOT_ALLOWED");
      }
      const ann = await t.member();
      refused(
        await ann.ask("POST", "update-user", { json: { role: "admin" } }),
        400,
        "FIELD_NOT_ALLOWED",
      );
      const both = { name: "Anna", role: "admin" };
      refused(await ann.ask("POST", "update-user", { json: both }), 400, "FIELD_NOT_ALLOWED");
      const { user } = await ann.session();
      assert.deepEqual([user.name, user.role], ["ann", "user"]);
    },
  },
  {
    number: 9,
    name: "nobody verifies their address by saying so",
    run: async (t) => {
      const planted = {
        emailVerified: true,
        id: "mine",
        createdAt: "2000-01-01T00:00:00.000Z",
        banned: false,
      };
      const { user } = accepted(await signUp(t, planted));
      assert.equal(user.emailVerified, false);
      assert.notEqual(user.id, "mine");
      assert.ok(Date.parse(user.createdAt) > Date.parse("2020-01-01"));
    },
  },
];
