// The plugin username.
import assert from "node:assert/strict";
import { accepted, refused } from "../../expect.mjs";
import { PASSWORD } from "../../stage.mjs";

const signIn = (t, username, password = PASSWORD, more = {}) =>
  t.visitor().client.signIn.username({ username, password, ...more });

/** A name that no other scenario uses. */
const named = (t, name) => `${name}_${t.number}`;

const signUp = (t, name, fields) => {
  const json = { name, email: t.email(name), password: PASSWORD, ...fields };
  return t.ask("POST", "sign-up/email", { json, note: JSON.stringify(fields) });
};

export default [
  {
    number: "U1",
    name: "a user name signs in however it is written",
    profile: "username",
    run: async (t) => {
      const username = named(t, "Ann");
      const { user } = await t.member("ann", { username });
      assert.deepEqual([user.username, user.displayUsername], [username.toLowerCase(), username]);
      const data = accepted(await signIn(t, username.toUpperCase()));
      assert.equal(data.user.id, user.id);
      const there = accepted(await signIn(t, username, PASSWORD, { callbackURL: "/there", rememberMe: false }));
      assert.deepEqual([there.redirect, there.url], [true, "/there"]);
    },
  },
  {
    number: "U2",
    name: "a wrong password and an unknown name are refused alike",
    profile: "username",
    run: async (t) => {
      const username = named(t, "ann");
      await t.member("ann", { username });
      refused(await signIn(t, username, "wrong horse battery"), 401, "INVALID_USERNAME_OR_PASSWORD");
      refused(await signIn(t, named(t, "bob")), 401, "INVALID_USERNAME_OR_PASSWORD");
      refused(await signIn(t, "", PASSWORD), 401, "INVALID_USERNAME_OR_PASSWORD");
      refused(await signIn(t, username, ""), 401, "INVALID_USERNAME_OR_PASSWORD");
      refused(await signIn(t, username, "x".repeat(129)), 400, "PASSWORD_TOO_LONG");
      refused(await signIn(t, "an"), 422, "USERNAME_TOO_SHORT");
      refused(await signIn(t, "a".repeat(31)), 422, "USERNAME_TOO_LONG");
      refused(await signIn(t, "ann smith"), 422, "INVALID_USERNAME");
      for (const json of [{}, { username: 5, password: 5 }, { username, password: PASSWORD, rememberMe: "yes" }]) {
        const answer = await t.ask("POST", "sign-in/username", { json, note: JSON.stringify(json) });
        refused(answer, 400, "VALIDATION_ERROR");
      }
      const evil = { username, password: PASSWORD, callbackURL: "https://evil.example" };
      assert.equal((await t.ask("POST", "sign-in/username", { json: evil })).status, 403);
    },
  },
  {
    number: "U3",
    name: "whether a name is free",
    profile: "username",
    run: async (t) => {
      const username = named(t, "ann");
      const { isUsernameAvailable } = t.visitor().client;
      assert.equal(accepted(await isUsernameAvailable({ username })).available, true);
      await t.member("ann", { username });
      assert.equal(accepted(await isUsernameAvailable({ username: username.toUpperCase() })).available, false);
      refused(await isUsernameAvailable({ username: "" }), 422, "INVALID_USERNAME");
      refused(await isUsernameAvailable({ username: "an" }), 422, "USERNAME_TOO_SHORT");
      refused(await isUsernameAvailable({ username: "a".repeat(31) }), 422, "USERNAME_TOO_LONG");
      refused(await isUsernameAvailable({ username: "änn" }), 422, "INVALID_USERNAME");
      refused(await t.ask("POST", "is-username-available", { json: {} }), 400, "VALIDATION_ERROR");
    },
  },
  {
    number: "U4",
    name: "signing up with a name",
    profile: "username",
    run: async (t) => {
      const username = named(t, "Ann");
      accepted(await signUp(t, "ann", { username, displayUsername: "Ann Smith" }));
      refused(await signUp(t, "bob", { username: username.toLowerCase() }), 400, "USERNAME_IS_ALREADY_TAKEN");
      refused(await signUp(t, "bob", { username: "an" }), 400, "USERNAME_TOO_SHORT");
      refused(await signUp(t, "bob", { username: "a b c" }), 400, "INVALID_USERNAME");
      for (const fields of [
        { displayUsername: named(t, "Cid") },
        { displayUsername: "Dora Doe" },
        {},
      ]) {
        const name = `cid${JSON.stringify(fields).length}`;
        accepted(await signUp(t, name, fields));
      }
      refused(await signUp(t, "eve", { username: "" }), 400, "USERNAME_TOO_SHORT");
      await signUp(t, "eve", { username: 5 });
      await signUp(t, "eva", { username: null });
    },
  },
  {
    number: "U5",
    name: "a name is changed, and is free again",
    profile: "username",
    run: async (t) => {
      const [first, second] = [named(t, "ann"), named(t, "Anna")];
      const ann = await t.member("ann", { username: first });
      const bob = await t.member("bob", { username: named(t, "bob") });
      const { updateUser } = ann.client;
      refused(await updateUser({ username: named(t, "bob") }), 400, "USERNAME_IS_ALREADY_TAKEN");
      refused(await updateUser({ username: "x" }), 400, "USERNAME_TOO_SHORT");
      accepted(await updateUser({ username: first.toUpperCase() }));
      accepted(await updateUser({ username: second, displayUsername: "Anna" }));
      const { user } = await ann.session();
      assert.deepEqual([user.username, user.displayUsername], [second.toLowerCase(), "Anna"]);
      refused(await signIn(t, first), 401, "INVALID_USERNAME_OR_PASSWORD");
      accepted(await signIn(t, second));
      accepted(await bob.client.updateUser({ username: first }));
      await updateUser({ displayUsername: "Änne" });
      await updateUser({ username: "" });
      await updateUser({ username: 5 });
      await ann.session();
      const nobody = await t.ask("POST", "update-user", { json: { username: "nobody" } });
      assert.equal(nobody.status, 401);
    },
  },
  {
    number: "U6",
    name: "lengths and whether names change are settings, and addresses are verified first",
    profile: "usernameOptions",
    run: async (t) => {
      refused(await signUp(t, "ann", { username: "abcd" }), 400, "USERNAME_TOO_SHORT");
      refused(await signUp(t, "ann", { username: "abcdefghi" }), 400, "USERNAME_TOO_LONG");
      accepted(await signUp(t, "ann", { username: "ann_u6" }));
      refused(await signIn(t, "ann_u6", "wrong horse battery"), 401, "INVALID_USERNAME_OR_PASSWORD");
      refused(await signIn(t, "ann_u6", PASSWORD, { callbackURL: "/there" }), 403, "EMAIL_NOT_VERIFIED");
      const link = await t.mail(t.email("ann"), "verification");
      await t.ask("GET", link);
      const ann = t.visitor();
      accepted(await ann.client.signIn.username({ username: "ann_u6", password: PASSWORD }));
      refused(await ann.client.updateUser({ username: "other6" }), 400, "USERNAME_IS_IMMUTABLE");
      accepted(await ann.client.updateUser({ username: "ANN_U6", name: "Anna" }));
    },
  },
  {
    number: "U7",
    name: "a sign-up with a taken address cannot be told from another one",
    profile: "usernameOptions",
    run: async (t) => {
      const first = accepted(await signUp(t, "ann", { username: "ann_u7" }));
      const second = accepted(await signUp(t, "ann", { username: "anna_u7" }));
      assert.deepEqual(Object.keys(second.user).sort(), Object.keys(first.user).sort());
      // The function of this suite's server on Node is not told the name.
      assert.equal(second.user.username, t.server.name === "node" ? null : "anna_u7");
    },
  },
];
