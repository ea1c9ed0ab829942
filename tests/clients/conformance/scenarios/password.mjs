import assert from "node:assert/strict";
import { accepted, redirected, refused } from "../expect.mjs";
import { PASSWORD } from "../stage.mjs";

const NEW = "another horse battery";

const reset = (t, json, query = "", note) =>
  t.ask("POST", `reset-password${query}`, { json, note });

/** Requests a reset link without a session, and returns its token. */
async function resetToken(t, email, redirectTo = "/reset") {
  accepted(await t.visitor().client.requestPasswordReset({ email, redirectTo }));
  return (await t.mail(email, "reset")).match(/reset-password\/([^?]+)/)[1];
}

export default [
  {
    number: 55,
    name: "a forgotten password is reset by mail",
    run: async (t) => {
      const ann = await t.member();
      const { client } = t.visitor();
      accepted(
        await client.requestPasswordReset({
          email: ann.email.toUpperCase(),
          redirectTo: "/reset?x=1",
        }),
      );
      const link = await t.mail(ann.email, "reset");
      const token = link.match(
        /reset-password\/([A-Za-z0-9]{24})\?callbackURL=%2Freset%3Fx%3D1$/,
      )[1];
      redirected(await t.ask("GET", link), `${t.origin}/reset?x=1&token=${token}`);
      redirected(await t.ask("GET", link), `${t.origin}/reset?x=1&token=${token}`);
      assert.deepEqual(accepted(await client.resetPassword({ newPassword: NEW, token })), {
        status: true,
      });
      assert.equal(await ann.session(), null, "it ends every session");
      refused(
        await client.signIn.email({ email: ann.email, password: PASSWORD }),
        401,
        "INVALID_EMAIL_OR_PASSWORD",
      );
      await t.signIn(ann.email, NEW);
      // The token may be in the query as well.
      const second = await resetToken(t, ann.email);
      accepted(await reset(t, { newPassword: PASSWORD }, `?token=${second}`));
      await t.signIn(ann.email);
    },
  },
  {
    number: "55a",
    name: "sessions survive a reset where that is wanted",
    profile: "sessionsSurviveReset",
    run: async (t) => {
      const ann = await t.member();
      // Here, a reset of an account with an unverified address ends its sessions in any case.
      accepted(await ann.client.sendVerificationEmail({ email: ann.email }));
      const link = await t.mail(ann.email, "verification");
      const query = { token: new URLSearchParams(link.split("?")[1]).get("token") };
      accepted(await ann.client.verifyEmail({ query }));
      const token = await resetToken(t, ann.email);
      accepted(await reset(t, { newPassword: NEW, token }));
      assert.ok(await ann.session());
    },
  },
  {
    number: "55b",
    name: "where a reset leads is as asked for",
    run: async (t) => {
      const { email } = await t.member();
      const token = await resetToken(t, email, `${t.origin}/absolute`);
      const ask = (path) => t.ask("GET", `reset-password/${path}`);
      redirected(await ask(`${token}?callbackURL=%2Freset`), `${t.origin}/reset?token=${token}`);
      redirected(
        await ask(`none?callbackURL=%2Freset%3Fx%3D1`),
        `${t.origin}/reset?x=1&error=INVALID_TOKEN`,
      );
      const noPage = await ask(`${token}?callbackURL=`);
      if (t.server.name === "bookplate") assert.match(noPage.text, /<form method="post">/);
      else redirected(noPage, `${t.baseURL}/api/auth/error?error=INVALID_TOKEN`);
      redirected(
        await ask("none?callbackURL="),
        `${t.baseURL}/api/auth/error?error=INVALID_TOKEN`,
      );
      refused(await ask(token), 400, "VALIDATION_ERROR");
      accepted(await t.ask("POST", "request-password-reset", { json: { email } }));
      assert.match(await t.mail(email, "reset"), /\?callbackURL=$/);
    },
  },
  {
    number: 56,
    name: "a reset works once, and for its hour",
    run: async (t) => {
      const { email } = await t.member();
      const token = await resetToken(t, email);
      refused(await reset(t, { newPassword: "short", token }), 400, "PASSWORD_TOO_SHORT");
      refused(await reset(t, { newPassword: "x".repeat(129), token }), 400, "PASSWORD_TOO_LONG");
      refused(await reset(t, { token }), 400, "VALIDATION_ERROR");
      accepted(await reset(t, { newPassword: NEW, token }));
      refused(await reset(t, { newPassword: PASSWORD, token }), 400, "INVALID_TOKEN");
      refused(await reset(t, { newPassword: PASSWORD, token: "none" }), 400, "INVALID_TOKEN");
      refused(await reset(t, { newPassword: PASSWORD }), 400, "INVALID_TOKEN");
      await t.signIn(email, NEW);

      const late = await resetToken(t, email);
      await t.advance(3660);
      redirected(
        await t.ask("GET", `reset-password/${late}?callbackURL=%2Freset`),
        `${t.origin}/reset?error=INVALID_TOKEN`,
      );
      refused(await reset(t, { newPassword: PASSWORD, token: late }), 400, "INVALID_TOKEN");
    },
  },
  {
    number: 57,
    name: "of several resets at once with one token, one wins",
    run: async (t) => {
      const { email } = await t.member();
      const token = await resetToken(t, email);
      const passwords = Array.from({ length: 5 }, (_, at) => `racing horse ${at}`);
      const attempts = passwords.map((newPassword) =>
        t.unrecorded("POST", "reset-password", { json: { newPassword, token } }),
      );
      const answers = await Promise.all(attempts);
      const outcomes = answers.map(({ status }) => status).sort();
      t.keep("outcomes", outcomes);
      assert.deepEqual(outcomes, [200, 400, 400, 400, 400]);
      const winner = answers.findIndex(({ status }) => status === 200);
      await t.signIn(email, passwords[winner]);
    },
  },
  {
    number: 58,
    name: "a password is changed by who knows the old one",
    run: async (t) => {
      const ann = await t.member();
      const other = await t.signIn(ann.email);
      const change = (json) => ann.ask("POST", "change-password", { json });
      refused(
        await change({ currentPassword: "wrong horse battery", newPassword: NEW }),
        400,
        "INVALID_PASSWORD",
      );
      refused(
        await change({ currentPassword: PASSWORD, newPassword: "short" }),
        400,
        "PASSWORD_TOO_SHORT",
      );
      refused(
        await change({ currentPassword: PASSWORD, newPassword: "x".repeat(129) }),
        400,
        "PASSWORD_TOO_LONG",
      );
      refused(
        await change({ currentPassword: "x".repeat(129), newPassword: NEW }),
        400,
        "PASSWORD_TOO_LONG",
      );
      refused(await change({ newPassword: NEW }), 400, "VALIDATION_ERROR");
      const { client } = t.visitor();
      refused(
        await client.changePassword({ currentPassword: PASSWORD, newPassword: NEW }),
        401,
        "UNAUTHORIZED",
      );

      const kept = accepted(
        await ann.client.changePassword({ currentPassword: PASSWORD, newPassword: NEW }),
      );
      assert.deepEqual([kept.token, kept.user.id], [null, ann.user.id]);
      assert.ok(await other.session(), "others stay signed in");
      const fields = { currentPassword: NEW, newPassword: PASSWORD, revokeOtherSessions: true };
      const old = ann.copy();
      const { token } = accepted(await ann.client.changePassword(fields));
      assert.equal(await other.session(), null);
      assert.equal(await old.session(), null, "the session itself is a new one");
      assert.equal((await ann.session()).session.token, token);
      await t.signIn(ann.email);
    },
  },
  {
    number: "58a",
    name: "a password is verified without being changed",
    run: async (t) => {
      const ann = await t.member();
      const verify = (json) => ann.ask("POST", "verify-password", { json });
      assert.deepEqual(accepted(await verify({ password: PASSWORD })), { status: true });
      refused(await verify({ password: "wrong horse battery" }), 400, "INVALID_PASSWORD");
      refused(await verify({}), 400, "VALIDATION_ERROR");
      refused(
        await t.ask("POST", "verify-password", { json: { password: PASSWORD } }),
        401,
        "UNAUTHORIZED",
      );
    },
  },
  {
    number: "58b",
    name: "a password is as long as the settings say",
    profile: "shortTimes",
    run: async (t) => {
      const json = { name: "Ann", email: t.email("ann") };
      const signUp = (password) => t.ask("POST", "sign-up/email", { json: { ...json, password } });
      refused(await signUp("eleven char"), 400, "PASSWORD_TOO_SHORT");
      refused(await signUp("x".repeat(25)), 400, "PASSWORD_TOO_LONG");
      accepted(await signUp("twelve chars"));
      const token = await resetToken(t, json.email);
      refused(await reset(t, { newPassword: "eleven char", token }), 400, "PASSWORD_TOO_SHORT");
      await t.advance(660);
      refused(await reset(t, { newPassword: "thirteen char", token }), 400, "INVALID_TOKEN");
    },
  },
];
