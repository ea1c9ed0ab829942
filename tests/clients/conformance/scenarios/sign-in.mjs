import assert from "node:assert/strict";
import { accepted, refused } from "../expect.mjs";
import { PASSWORD } from "../stage.mjs";

const signIn = (t, json, note) => t.ask("POST", "sign-in/email", { json, note });

const median = (numbers) => numbers.sort((a, b) => a - b)[Math.floor(numbers.length / 2)];

export default [
  {
    number: 10,
    name: "an address signs in however it is written",
    run: async (t) => {
      const { email, user } = await t.member();
      const { client } = t.visitor();
      const data = accepted(
        await client.signIn.email({ email: email.toUpperCase(), password: PASSWORD }),
      );
      assert.deepEqual(data.user, user);
      assert.equal(data.redirect, false);
      const there = accepted(await signIn(t, { email, password: PASSWORD, callbackURL: "/there" }));
      assert.deepEqual([there.redirect, there.url], [true, "/there"]);
    },
  },
  {
    number: 11,
    name: "a wrong password and an unknown address are refused alike",
    run: async (t) => {
      const { email } = await t.member();
      const wrong = await signIn(t, { email, password: "wrong horse battery" });
      const unknown = await signIn(t, { email: t.email("nobody"), password: PASSWORD });
      refused(wrong, 401, "INVALID_EMAIL_OR_PASSWORD");
      assert.equal(unknown.text, wrong.text);
      assert.deepEqual([wrong.cookies, unknown.cookies], [[], []]);
      refused(await signIn(t, { email, password: "" }), 401, "INVALID_EMAIL_OR_PASSWORD");
      refused(await signIn(t, { email, password: "x".repeat(129) }), 400, "PASSWORD_TOO_LONG");
      for (const bad of ["", "ann", ` ${email}`]) {
        refused(await signIn(t, { email: bad, password: PASSWORD }), 400, "INVALID_EMAIL");
      }
    },
  },
  {
    number: 12,
    name: "an unknown address takes as long as a wrong password",
    run: async (t) => {
      const { email } = await t.member();
      const took = async (address) => {
        const start = performance.now();
        await signIn(t, { email: address, password: "wrong horse battery" });
        return performance.now() - start;
      };
      const [known, unknown] = [[], []];
      for (let round = 0; round < 7; round++) {
        known.push(await took(email));
        unknown.push(await took(t.email("nobody")));
      }
      // Without a hash, the response would take a twentieth of the time.
      const ratio = median(unknown) / median(known);
      assert.ok(ratio > 1 / 3 && ratio < 3, `unknown takes ${ratio.toFixed(2)} of known`);
    },
  },
  {
    number: 13,
    name: "a session that is not to be remembered ends with the browser, or after a day",
    run: async (t) => {
      const { email } = await t.member();
      const ann = await t.signIn(email, PASSWORD, { rememberMe: false });
      assert.ok(ann.jar.name("dont_remember"));
      const { session } = await ann.session();
      assert.ok(Math.abs(session.expiresAt - session.createdAt - 86_400_000) < 1000);
      await t.advance(85_980);
      assert.ok(await ann.session(), "it lasts a day");
      await t.advance(540);
      assert.equal(await ann.session(), null, "it is not extended");
      assert.ok(ann.jar.holdsNoSession);
    },
  },
  {
    number: "13a",
    name: "a page that did not want to be remembered, and then does, is remembered",
    run: async (t) => {
      const { email } = await t.member();
      const ann = await t.signIn(email, PASSWORD, { rememberMe: false });
      accepted(await ann.client.signIn.email({ email, password: PASSWORD }));
      assert.equal(ann.jar.name("dont_remember"), undefined);
      await t.advance(2 * 86_400);
      assert.ok(await ann.session(), "it lasts longer than a day");

      // Signing up sets the cookie too; changing the password does not.
      const bob = await t.signIn(email, PASSWORD, { rememberMe: false });
      const change = { currentPassword: PASSWORD, newPassword: "another horse battery" };
      accepted(await bob.client.changePassword({ ...change, revokeOtherSessions: true }));
      assert.ok(bob.jar.name("dont_remember"));
      accepted(
        await bob.client.signUp.email({ name: "Bob", email: t.email("bob"), password: PASSWORD }),
      );
      assert.equal(bob.jar.name("dont_remember"), undefined);
      accepted(await bob.client.signOut());
      // A forged cookie is ignored.
      const headers = { origin: t.origin };
      const cookie = "better-auth.dont_remember=true.forged";
      const json = { email: t.email("bob"), password: PASSWORD };
      accepted(await t.ask("POST", "sign-in/email", { json, cookie, headers }));
    },
  },
  {
    number: 14,
    name: "a form without scripts signs in",
    run: async (t) => {
      const { email } = await t.member();
      const form = { email, password: PASSWORD };
      assert.equal(accepted(await t.ask("POST", "sign-in/email", { form })).user.email, email);
      const type = "application/x-www-form-urlencoded; charset=utf-8";
      accepted(await t.ask("POST", "sign-in/email", { form, type }));
      const words = { ...form, rememberMe: "false" };
      refused(await t.ask("POST", "sign-in/email", { form: words }), 400, "VALIDATION_ERROR");
    },
  },
  {
    number: 15,
    name: "a body of another type is refused",
    run: async (t) => {
      const { email } = await t.member();
      const text = JSON.stringify({ email, password: PASSWORD });
      for (const type of [
        "text/plain",
        "text/html",
        "application/xml",
        "text/plain; x=application/json",
      ]) {
        const answer = await t.ask("POST", "sign-in/email", { text, type, note: type });
        refused(answer, 415, "UNSUPPORTED_MEDIA_TYPE");
      }
      refused(await t.ask("POST", "sign-in/email", { text }), 400, "VALIDATION_ERROR");
      accepted(
        await t.ask("POST", "sign-in/email", { text, type: "application/json; charset=utf-8" }),
      );
    },
  },
  {
    number: 16,
    name: "a malformed body is refused",
    run: async (t) => {
      const type = "application/json";
      for (const text of ["{bad", "{", '{"email":}', "undefined"]) {
        refused(
          await t.ask("POST", "sign-in/email", { text, type, note: text }),
          400,
          "BAD_REQUEST",
        );
      }
      for (const text of [
        "",
        "null",
        "[]",
        '"text"',
        "5",
        "{}",
        '{"email":5,"password":5}',
        '{"email":"a@b.example"}',
      ]) {
        refused(
          await t.ask("POST", "sign-in/email", { text, type, note: text }),
          400,
          "VALIDATION_ERROR",
        );
      }
      const json = { email: "a@b.example", password: PASSWORD, rememberMe: "yes" };
      refused(await t.ask("POST", "sign-in/email", { json }), 400, "VALIDATION_ERROR");
      // The redirect target is validated before the fields.
      refused(
        await t.ask("POST", "sign-in/email", { json: { ...json, callbackURL: 5 } }),
        400,
        undefined,
      );
    },
  },
  {
    number: 17,
    name: "a password fits however a keyboard composes it",
    run: async (t) => {
      const { email } = await t.member("asa", { password: "ﬁn blåbär 1" });
      const { client } = t.visitor();
      const decomposed = "fin blåbär 1".normalize("NFD");
      accepted(await client.signIn.email({ email, password: decomposed }));
      refused(
        await client.signIn.email({ email, password: "fin blabar 1" }),
        401,
        "INVALID_EMAIL_OR_PASSWORD",
      );
    },
  },
];
