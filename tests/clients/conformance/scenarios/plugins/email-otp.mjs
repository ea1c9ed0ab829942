// The plugin email-otp.
import assert from "node:assert/strict";
import { accepted, refused } from "../../expect.mjs";
import { PASSWORD } from "../../stage.mjs";
import { wrongCode } from "../../two-factor-people.mjs";

const NEW = "another horse battery";

const KINDS = {
  "sign-in": "sign-in-code",
  "email-verification": "verification-code",
  "forget-password": "reset-code",
};

/** Requests a code, and returns it. */
async function code(t, email, type, visitor = t.visitor()) {
  const sent = await visitor.client.emailOtp.sendVerificationOtp({ email, type });
  assert.deepEqual(accepted(sent), { success: true });
  return t.code(email, KINDS[type]);
}

const signIn = (t, fields) => t.visitor().client.signIn.emailOtp(fields);

export default [
  {
    number: 81,
    name: "a mailed code signs in, and signs up who is new",
    profile: "emailOtp",
    run: async (t) => {
      const email = t.email("ann");
      const otp = await code(t, email, "sign-in");
      assert.match(otp, /^\d{6}$/);
      const ann = t.visitor();
      const fields = { email: email.toUpperCase(), otp, name: "Ann", image: "https://pictures.example/a.png" };
      const { user, token } = accepted(await ann.client.signIn.emailOtp(fields));
      assert.deepEqual([user.name, user.email, user.emailVerified], ["Ann", email, true]);
      assert.equal((await ann.session()).session.token, token);
      refused(await signIn(t, { email, otp }), 400, "INVALID_OTP");
      const again = accepted(await signIn(t, { email, otp: await code(t, email, "sign-in") }));
      assert.equal(again.user.id, user.id);
      // A second code replaces the first.
      const first = await code(t, email, "sign-in");
      const second = await code(t, email, "sign-in");
      if (first !== second) refused(await signIn(t, { email, otp: first }), 400, "INVALID_OTP");
      accepted(await signIn(t, { email, otp: second }));
    },
  },
  {
    number: "81a",
    name: "a code takes an account whose address was never verified",
    profile: "emailOtp",
    run: async (t) => {
      const ann = await t.member();
      const otp = await code(t, ann.email, "sign-in");
      const { user } = accepted(await signIn(t, { email: ann.email, otp }));
      assert.deepEqual([user.id, user.emailVerified], [ann.user.id, true]);
      assert.equal(await ann.session(), null);
      const { client } = t.visitor();
      const old = await client.signIn.email({ email: ann.email, password: PASSWORD });
      refused(old, 401, "INVALID_EMAIL_OR_PASSWORD");
    },
  },
  {
    number: "81b",
    name: "a code verifies the address, and can be checked before",
    profile: "emailOtp",
    run: async (t) => {
      const ann = await t.member();
      const { emailOtp } = ann.client;
      const { email } = ann;
      const otp = await code(t, email, "email-verification", ann);
      const type = "email-verification";
      const wrong = wrongCode(otp);
      refused(await emailOtp.checkVerificationOtp({ email, otp: wrong, type }), 400, "INVALID_OTP");
      accepted(await emailOtp.checkVerificationOtp({ email, otp, type }));
      refused(await emailOtp.verifyEmail({ email, otp: wrong }), 400, "INVALID_OTP");
      const verified = accepted(await emailOtp.verifyEmail({ email, otp }));
      assert.deepEqual([verified.status, verified.token], [true, null]);
      assert.equal((await ann.session()).user.emailVerified, true);
      refused(await emailOtp.verifyEmail({ email, otp }), 400, "INVALID_OTP");
      // Codes of one purpose are of no use for another.
      const other = await code(t, email, "sign-in");
      refused(await emailOtp.verifyEmail({ email, otp: other }), 400, "INVALID_OTP");
    },
  },
  {
    number: "81c",
    name: "an unknown address is answered like a known one",
    profile: "emailOtp",
    run: async (t) => {
      const email = t.email("nobody");
      const { emailOtp } = t.visitor().client;
      for (const type of ["email-verification", "forget-password"]) {
        accepted(await emailOtp.sendVerificationOtp({ email, type }));
        refused(await emailOtp.checkVerificationOtp({ email, otp: "123456", type }), 400, "INVALID_OTP");
      }
      accepted(await emailOtp.requestPasswordReset({ email }));
      await t.noMail(email);
      refused(await emailOtp.verifyEmail({ email, otp: "123456" }), 400, "INVALID_OTP");
      const reset = { email, otp: "123456", password: NEW };
      refused(await emailOtp.resetPassword(reset), 400, "INVALID_OTP");
      refused(await signIn(t, { email, otp: "123456" }), 400, "INVALID_OTP");
    },
  },
  {
    number: "81d",
    name: "wrong fields are refused",
    profile: "emailOtp",
    run: async (t) => {
      const ann = await t.member();
      const good = { email: ann.email, otp: "123456", password: NEW, newEmail: "x" };
      const routes = [
        "email-otp/send-verification-otp",
        "email-otp/check-verification-otp",
        "email-otp/verify-email",
        "sign-in/email-otp",
        "email-otp/request-password-reset",
        "forget-password/email-otp",
        "email-otp/reset-password",
        "email-otp/request-email-change",
        "email-otp/change-email",
      ];
      for (const route of routes) {
        for (const changes of [
          { email: 5, otp: 5, password: 5, newEmail: 5, type: 5 },
          { type: "phone-verification" },
          { email: "ann", newEmail: "ann", type: "sign-in" },
        ]) {
          const json = { ...good, ...changes };
          const answer = await ann.ask("POST", route, { json, note: JSON.stringify(changes) });
          assert.ok(answer.status < 500, `${route}: ${answer.text}`);
        }
        const empty = await ann.ask("POST", route, { json: {}, note: "empty" });
        assert.equal(empty.status, 400, `${route}: ${empty.text}`);
      }
      const wrongType = { email: ann.email, type: "change-email" };
      const { emailOtp } = ann.client;
      refused(await emailOtp.sendVerificationOtp(wrongType), 400, undefined);
      const short = { email: ann.email, otp: "123456", password: "short" };
      refused(await emailOtp.resetPassword(short), 400, "PASSWORD_TOO_SHORT");
      const long = { email: ann.email, otp: "123456", password: "x".repeat(129) };
      refused(await emailOtp.resetPassword(long), 400, "PASSWORD_TOO_LONG");
      const headers = { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", origin: "https://evil.example" };
      const json = { email: ann.email, type: "sign-in" };
      const crossed = await t.ask("POST", "email-otp/send-verification-otp", { json, headers });
      assert.equal(crossed.status, 403);
    },
  },
  {
    number: 82,
    name: "a code takes three attempts",
    profile: "emailOtp",
    run: async (t) => {
      const { email } = await t.member();
      const otp = await code(t, email, "sign-in");
      for (let attempt = 0; attempt < 3; attempt++) {
        refused(await signIn(t, { email, otp: wrongCode(otp) }), 400, "INVALID_OTP");
      }
      refused(await signIn(t, { email, otp }), 403, "TOO_MANY_ATTEMPTS");
      refused(await signIn(t, { email, otp }), 400, "INVALID_OTP");
      const late = await code(t, email, "sign-in");
      await t.advance(360);
      refused(await signIn(t, { email, otp: late }), 400, "OTP_EXPIRED");
    },
  },
  {
    number: "82a",
    name: "of fifty parallel uses of a code one signs in",
    profile: "emailOtp",
    run: async (t) => {
      const { email } = await t.member();
      const json = { email, otp: await code(t, email, "sign-in") };
      const use = () => t.unrecorded("POST", "sign-in/email-otp", { json });
      const answers = await Promise.all(Array.from({ length: 50 }, use));
      t.keep("who got in", answers.filter(({ status }) => status === 200).length);
    },
  },
  {
    number: 83,
    name: "a code resets the password",
    profile: "emailOtp",
    run: async (t) => {
      const ann = await t.member();
      const { email } = ann;
      const { emailOtp, forgetPassword } = t.visitor().client;
      accepted(await emailOtp.requestPasswordReset({ email }));
      const otp = await t.code(email, "reset-code");
      const wrong = { email, otp: wrongCode(otp), password: NEW };
      refused(await emailOtp.resetPassword(wrong), 400, "INVALID_OTP");
      accepted(await emailOtp.resetPassword({ email, otp, password: NEW }));
      assert.equal(await ann.session(), null, "sessions have ended");
      refused(await emailOtp.resetPassword({ email, otp, password: PASSWORD }), 400, "INVALID_OTP");
      assert.equal((await t.signIn(email, NEW)).user.emailVerified, true);
      accepted(await forgetPassword.emailOtp({ email }));
      const next = await t.code(email, "reset-code");
      accepted(await emailOtp.resetPassword({ email, otp: next, password: PASSWORD }));
      await t.signIn(email);
    },
  },
  {
    number: "83a",
    name: "a code changes the address",
    profile: "emailOtp",
    run: async (t) => {
      const ann = await t.member();
      const { emailOtp } = ann.client;
      const newEmail = t.email("anna");
      const nobody = t.visitor().client.emailOtp;
      refused(await nobody.requestEmailChange({ newEmail }), 401, "UNAUTHORIZED");
      refused(await nobody.changeEmail({ newEmail, otp: "123456" }), 401, "UNAUTHORIZED");
      refused(await emailOtp.requestEmailChange({ newEmail: ann.email }), 400, undefined);
      refused(await emailOtp.changeEmail({ newEmail: ann.email, otp: "123456" }), 400, undefined);
      const bob = await t.member("bob");
      accepted(await emailOtp.requestEmailChange({ newEmail: bob.email }));
      await t.noMail(bob.email);
      accepted(await emailOtp.requestEmailChange({ newEmail }));
      const otp = await t.code(newEmail, "change-email-code");
      refused(await bob.client.emailOtp.changeEmail({ newEmail, otp }), 400, "INVALID_OTP");
      refused(await emailOtp.changeEmail({ newEmail, otp: wrongCode(otp) }), 400, "INVALID_OTP");
      accepted(await emailOtp.changeEmail({ newEmail, otp }));
      const { user } = await ann.session();
      assert.deepEqual([user.email, user.emailVerified], [newEmail, true]);
      await t.signIn(newEmail);
    },
  },
  {
    number: "83b",
    name: "length, times, attempts, storage and reuse are settings",
    profile: "emailOtpOptions",
    run: async (t) => {
      const ann = await t.member();
      const { email } = ann;
      const { emailOtp } = ann.client;
      const first = await t.code(email, "verification-code");
      assert.match(first, /^\d{8}$/, "sent at sign-up");
      assert.equal(await code(t, email, "email-verification"), first, "used again");
      accepted(await emailOtp.verifyEmail({ email, otp: first }));
      const otp = await code(t, email, "sign-in");
      for (let attempt = 0; attempt < 2; attempt++) {
        refused(await signIn(t, { email, otp: wrongCode(otp) }), 400, "INVALID_OTP");
      }
      const next = await code(t, email, "sign-in");
      assert.notEqual(next, otp, "a code without attempts is not used again");
      await t.advance(180);
      refused(await signIn(t, { email, otp: next }), 400, "OTP_EXPIRED");
      const stranger = t.email("nobody");
      accepted(await t.visitor().client.emailOtp.sendVerificationOtp({ email: stranger, type: "sign-in" }));
      await t.noMail(stranger);
      refused(await signIn(t, { email: stranger, otp: "12345678" }), 400, "INVALID_OTP");
    },
  },
  {
    number: "83c",
    name: "a change of address takes a code of the old one",
    profile: "emailOtpOptions",
    run: async (t) => {
      const ann = await t.member();
      const { emailOtp } = ann.client;
      const newEmail = t.email("anna");
      refused(await emailOtp.requestEmailChange({ newEmail }), 400, undefined);
      const old = await t.code(ann.email, "verification-code");
      const wrong = { newEmail, otp: wrongCode(old) };
      refused(await emailOtp.requestEmailChange(wrong), 400, "INVALID_OTP");
      accepted(await emailOtp.requestEmailChange({ newEmail, otp: old }));
      const otp = await t.code(newEmail, "change-email-code");
      accepted(await emailOtp.changeEmail({ newEmail, otp }));
      assert.equal((await ann.session()).user.email, newEmail);
    },
  },
  {
    number: "83d",
    name: "codes stand for the links that verify addresses, and sign in",
    profile: "emailOtpVerification",
    run: async (t) => {
      const email = t.email("ann");
      const ann = t.visitor();
      accepted(await ann.client.signUp.email({ name: "Ann", email, password: PASSWORD }));
      const otp = await t.code(email, "verification-code");
      const early = await ann.client.signIn.email({ email, password: PASSWORD });
      refused(early, 403, "EMAIL_NOT_VERIFIED");
      const { token, user } = accepted(await ann.client.emailOtp.verifyEmail({ email, otp }));
      assert.equal(user.emailVerified, true);
      assert.equal((await ann.session()).session.token, token);
    },
  },
];
