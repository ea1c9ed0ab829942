import assert from "node:assert/strict";
import { accepted, redirected, refused } from "../expect.mjs";
import { jwt, readJwt } from "../secrets.mjs";
import { PASSWORD } from "../stage.mjs";

const signUp = (t, fields) => {
  const json = { name: "Ann", email: t.email("ann"), password: PASSWORD, ...fields };
  return t.ask("POST", "sign-up/email", { json });
};

const verify = (t, token, more = "", note) =>
  t.ask("GET", `verify-email?token=${token}${more}`, { note });

const tokenOf = (link) => new URLSearchParams(link.split("?")[1]).get("token");

/** The claims of a token for this user, issued now and valid for an hour. */
function claims(t, { email, user }, more = {}) {
  const iat = Math.floor(t.server.now / 1000);
  const own = { userId: user.id, epoch: 0, emailVerified: false };
  return { email, ...own, ...more, iat, exp: iat + 3600 };
}

export default [
  {
    number: 50,
    name: "a mailed link verifies the address",
    profile: "verified",
    run: async (t) => {
      const email = t.email("ann");
      accepted(await signUp(t, { callbackURL: "/welcome?x=1" }));
      const link = await t.mail(email, "verification");
      const { payload, good } = readJwt(tokenOf(link));
      assert.deepEqual([good, JSON.parse(payload).email], [true, email]);
      const { client } = t.visitor();
      refused(
        await client.signIn.email({ email, password: "wrong horse battery" }),
        401,
        "INVALID_EMAIL_OR_PASSWORD",
      );
      refused(await client.signIn.email({ email, password: PASSWORD }), 403, "EMAIL_NOT_VERIFIED");
      await t.noMail(email);

      const answer = await t.ask("GET", link);
      redirected(answer, "/welcome?x=1");
      assert.deepEqual(answer.cookies, [], "it does not sign in");
      const ann = await t.signIn(email);
      assert.equal((await ann.session()).user.emailVerified, true);
    },
  },
  {
    number: "50a",
    name: "signing in sends the link again, and the link signs in",
    profile: "verifiedAtSignIn",
    run: async (t) => {
      const email = t.email("ann");
      accepted(await signUp(t, { callbackURL: "/welcome" }));
      await t.noMail(email);
      const { client } = t.visitor();
      refused(
        await client.signIn.email({ email, password: "wrong horse battery" }),
        401,
        "INVALID_EMAIL_OR_PASSWORD",
      );
      await t.noMail(email);
      const attempt = { email, password: PASSWORD, callbackURL: "/there" };
      refused(await client.signIn.email(attempt), 403, "EMAIL_NOT_VERIFIED");
      const link = await t.mail(email, "verification");
      const ann = t.visitor();
      const opened = await ann.ask("GET", link);
      if (t.server.name === "bookplate") {
        assert.deepEqual([opened.status, opened.cookies], [200, []], "a page with a button");
        const form = Object.fromEntries(new URLSearchParams(link.split("?")[1]));
        const headers = { origin: t.origin };
        const pressed = await t.unrecorded("POST", "verify-email", { form, headers });
        redirected(pressed, "/there");
        ann.jar.take(pressed.cookies);
      } else {
        redirected(opened, "/there");
      }
      assert.equal((await ann.session()).user.email, email);
      const again = await t.visitor().ask("GET", link);
      assert.deepEqual(again.cookies, [], "it signs in once");
    },
  },
  {
    number: "50c",
    name: "better-auth's client verifies, and is signed in",
    profile: "verifiedAtSignIn",
    run: async (t) => {
      const email = t.email("ann");
      accepted(await signUp(t, { callbackURL: "/welcome" }));
      refused(
        await t.visitor().client.signIn.email({ email, password: PASSWORD }),
        403,
        "EMAIL_NOT_VERIFIED",
      );
      const token = tokenOf(await t.mail(email, "verification"));
      const ann = t.visitor();
      const { status, user } = accepted(await ann.client.verifyEmail({ query: { token } }));
      assert.deepEqual([status, user], [true, null]);
      assert.equal((await ann.session()).user.email, email);
    },
  },
  {
    number: "50d",
    name: "in a browser, a link that names no page ends at one",
    run: async (t) => {
      const ann = await t.member();
      accepted(await ann.client.sendVerificationEmail({ email: ann.email }));
      const link = await t.mail(ann.email, "verification");
      const open = (path) =>
        t.ask("GET", path, { headers: { accept: "text/html" }, note: "in a browser" });
      const [opened, bad] = [await open(link), await open(link.replace("token=", "token=x"))];
      if (t.server.name === "bookplate") {
        assert.match(opened.text, /Your address is confirmed/);
        redirected(bad, `${t.baseURL}/api/auth/error?error=INVALID_TOKEN`);
      } else {
        redirected(opened, "/");
        redirected(bad, "/?error=INVALID_TOKEN");
      }
      assert.equal((await ann.session()).user.emailVerified, true);
    },
  },
  {
    number: "50b",
    name: "one asks for the link oneself",
    run: async (t) => {
      const ann = await t.member();
      await t.noMail(ann.email);
      const { sendVerificationEmail } = ann.client;
      assert.deepEqual(
        accepted(await sendVerificationEmail({ email: ann.email, callbackURL: "/done" })),
        { status: true },
      );
      const link = await t.mail(ann.email, "verification");
      accepted(await sendVerificationEmail({ email: ann.email.toUpperCase() }));
      assert.match(await t.mail(ann.email, "verification"), /callbackURL=%2F$/);
      redirected(await ann.ask("GET", link), "/done");
      assert.equal((await ann.session()).user.emailVerified, true);
      refused(await sendVerificationEmail({ email: ann.email }), 400, "EMAIL_ALREADY_VERIFIED");
      refused(await sendVerificationEmail({ email: t.email("bob") }), 400, "EMAIL_MISMATCH");
    },
  },
  {
    number: 51,
    name: "the link does nothing the second time",
    run: async (t) => {
      const ann = await t.member();
      accepted(await ann.client.sendVerificationEmail({ email: ann.email }));
      const link = await t.mail(ann.email, "verification");
      const token = tokenOf(link);
      assert.deepEqual(accepted(await verify(t, token)), { status: true, user: null });
      assert.deepEqual(accepted(await verify(t, token)), { status: true, user: null });
      redirected(await t.ask("GET", link), "/");
    },
  },
  {
    number: 52,
    name: "an expired link says so",
    profile: "shortTimes",
    run: async (t) => {
      const ann = await t.member("ann", { password: "twelve or more" });
      accepted(await ann.client.sendVerificationEmail({ email: ann.email }));
      const token = tokenOf(await t.mail(ann.email, "verification"));
      await t.advance(660);
      refused(await verify(t, token), 401, "TOKEN_EXPIRED");
      redirected(
        await verify(t, token, "&callbackURL=%2Fdone%3Fx%3D1"),
        "/done?x=1&error=TOKEN_EXPIRED",
      );
      redirected(
        await verify(t, token, "&callbackURL=%2Fdone%23place"),
        "/done?error=TOKEN_EXPIRED#place",
      );
      assert.equal((await ann.session()).user.emailVerified, false);
    },
  },
  {
    number: 53,
    name: "a link changes only whom it was made for",
    run: async (t) => {
      const [ann, bob] = [await t.member("ann"), await t.member("bob")];
      accepted(await ann.client.sendVerificationEmail({ email: ann.email }));
      const link = await t.mail(ann.email, "verification");
      redirected(await bob.ask("GET", link), "/");
      assert.equal((await bob.session()).user.emailVerified, false);
      assert.equal((await ann.session()).user.emailVerified, true);
      const nobody = { email: t.email("nobody"), user: { id: "x".repeat(32) } };
      const gone = t.server.name === "node" ? "USER_NOT_FOUND" : "INVALID_TOKEN";
      refused(await verify(t, jwt(claims(t, nobody))), 401, gone);
      const change = claims(t, ann, {
        updateTo: t.email("mine"),
        requestType: "change-email-verification",
        emailVerified: true,
      });
      refused(await bob.ask("GET", `verify-email?token=${jwt(change)}`), 401, "INVALID_USER");
      assert.equal((await ann.session()).user.email, ann.email);
    },
  },
  {
    number: 54,
    name: "a token with another signature, or none, is not taken",
    run: async (t) => {
      const ann = await t.member();
      const good = claims(t, ann);
      const [header, payload, signature] = jwt(good).split(".");
      const forged = {
        unsigned: jwt(good, { alg: "none" }),
        RS256: jwt(good, { alg: "RS256" }),
        HS512: jwt(good, { alg: "HS512" }),
        "another secret": jwt(good, { secret: "another secret" }),
        "no secret": jwt(good, { secret: "" }),
        "no signature": `${header}.${payload}.`,
        "two parts": `${header}.${payload}`,
        "another payload": `${header}.${jwt(claims(t, { ...ann, email: t.email("bob") })).split(".")[1]}.${signature}`,
        text: "nonsense",
        empty: "",
      };
      for (const [note, token] of Object.entries(forged)) {
        refused(await verify(t, token, "", note), 401, "INVALID_TOKEN");
      }
      redirected(await verify(t, "nonsense", "&callbackURL=%2Fdone"), "/done?error=INVALID_TOKEN");
      refused(await t.ask("GET", "verify-email"), 400, "VALIDATION_ERROR");
      assert.equal((await ann.session()).user.emailVerified, false);
      const { userId, epoch, emailVerified, ...rest } = good;
      await verify(t, jwt(rest), "&callbackURL=%2Fno-epoch");
      accepted(await verify(t, jwt(good), "", "the good one"));
      assert.equal((await ann.session()).user.emailVerified, true);
    },
  },
];
