// The plugins captcha and have-i-been-pwned, with fake services.
import assert from "node:assert/strict";
import { accepted, refused } from "../../expect.mjs";
import { BREACHED, UNCHECKED } from "../../fake-checks.mjs";
import { PASSWORD } from "../../stage.mjs";

/** Records what the server asked its services. */
function keepChecks(t) {
  const requests = t.server.checks.log.splice(0);
  t.keep("checks", JSON.stringify(requests));
}

const ask = (t, path, json, captcha) =>
  t.ask("POST", path, {
    json,
    headers: captcha ? { "x-captcha-response": captcha } : {},
    note: captcha ?? "no captcha",
  });

const signUp = (t, name, captcha, password = PASSWORD) =>
  ask(t, "sign-up/email", { name, email: t.email(name), password }, captcha);

const signIn = (t, captcha) => ask(t, "sign-in/email", { email: t.email("ann"), password: PASSWORD }, captcha);

export default [
  {
    number: "C1",
    name: "Turnstile is asked before sign-up, sign-in and reset",
    profile: "turnstile",
    run: async (t) => {
      refused(await signUp(t, "ann"), 400, "MISSING_RESPONSE");
      refused(await signUp(t, "ann", "bad"), 403, "VERIFICATION_FAILED");
      accepted(await signUp(t, "ann", "good"));
      refused(await signIn(t), 400, "MISSING_RESPONSE");
      refused(await signIn(t, "elsewhere"), 403, "VERIFICATION_FAILED");
      accepted(await signIn(t, "good"));
      refused(await ask(t, "request-password-reset", { email: t.email("ann") }), 400, "MISSING_RESPONSE");
      accepted(await ask(t, "request-password-reset", { email: t.email("ann") }, "good"));
      assert.equal((await signIn(t, "down")).status, 500);
      keepChecks(t);
      accepted(await ask(t, "sign-in/magic-link", { email: t.email("ann") }));
      accepted(await t.ask("GET", "get-session"));
      await t.ask("GET", "sign-in/email");
    },
  },
  {
    number: "C2",
    name: "reCAPTCHA has a score",
    profile: "recaptcha",
    run: async (t) => {
      accepted(await signUp(t, "ann", "good"));
      refused(await signIn(t, "low"), 403, "VERIFICATION_FAILED");
      refused(await signIn(t, "bad"), 403, "VERIFICATION_FAILED");
      accepted(await signIn(t, "elsewhere"));
      keepChecks(t);
    },
  },
  {
    number: "C3",
    name: "hCaptcha is told the site's key, and asked for the paths of a setting",
    profile: "hcaptcha",
    run: async (t) => {
      refused(await signUp(t, "ann"), 400, "MISSING_RESPONSE");
      refused(await signUp(t, "ann", "bad"), 403, "VERIFICATION_FAILED");
      accepted(await signUp(t, "ann", "good"));
      accepted(await signIn(t));
      keepChecks(t);
    },
  },
  {
    number: "C4",
    name: "CaptchaFox is asked",
    profile: "captchafox",
    run: async (t) => {
      refused(await signUp(t, "ann", "bad"), 403, "VERIFICATION_FAILED");
      accepted(await signUp(t, "ann", "good"));
      keepChecks(t);
    },
  },
  {
    number: "B1",
    name: "a breached password is refused wherever one is chosen",
    profile: "breached",
    run: async (t) => {
      const [breached] = BREACHED;
      refused(await signUp(t, "ann", undefined, breached), 400, "PASSWORD_COMPROMISED");
      const ann = await t.member();
      keepChecks(t);
      const change = { currentPassword: PASSWORD, newPassword: breached };
      refused(await ann.client.changePassword(change), 400, "PASSWORD_COMPROMISED");
      accepted(await ann.client.requestPasswordReset({ email: ann.email, redirectTo: "/reset" }));
      const token = (await t.mail(ann.email, "reset")).match(/reset-password\/(\w+)/)[1];
      const reset = { newPassword: breached, token };
      refused(await t.visitor().client.resetPassword(reset), 400, "PASSWORD_COMPROMISED");
      accepted(await t.visitor().client.resetPassword({ ...reset, newPassword: "another horse battery" }));
      const { emailOtp } = t.visitor().client;
      accepted(await emailOtp.requestPasswordReset({ email: ann.email }));
      const otp = await t.code(ann.email, "reset-code");
      const byCode = { email: ann.email, otp, password: breached };
      refused(await emailOtp.resetPassword(byCode), 400, "PASSWORD_COMPROMISED");
      accepted(await emailOtp.resetPassword({ ...byCode, password: PASSWORD }));
      await t.signIn(ann.email);
    },
  },
  {
    number: "B2",
    name: "a password that could not be checked",
    profile: "breached",
    run: async (t) => {
      await signUp(t, "ann", undefined, UNCHECKED);
    },
  },
];
