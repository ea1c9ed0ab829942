// Routes that create a session, or set a cookie of one, otherwise than by signing in as a member:
// in the form of `sign-in-methods.mjs`.
import { Authenticator } from "./authenticator.mjs";
import { finishRegistration, registerOptions } from "./passkeys.mjs";
import { completion, payload, startPreview } from "./preview-sign-in.mjs";
import { become } from "./provider-accounts.mjs";
import { seal } from "./proxy-seal.mjs";
import { PASSWORD } from "./stage.mjs";
import { codeOf } from "./two-factor-people.mjs";
import { methods } from "./sign-in-methods.mjs";

const NEW = "another horse battery";

const tokenOf = (link) => new URLSearchParams(link.split("?")[1]).get("token");

/** A page with the member's own session. */
const own = (page, { jar }) => Object.assign(page, { jar: jar.copy() });

/** After the password, the second factor. */
const answering = (answer) => async (t, page, member) => {
  await page.client.signIn.email({ email: member.email, password: PASSWORD });
  return answer(t, page, member);
};

export const ownMethods = {
  "a provider that answers by a form": {
    route: "POST callback/:id",
    // The form leads to the route of `GET`.
    use: (t, page) => page.ask("POST", "callback/github", { form: { code: "x", state: "x" } }),
  },
  "signing up with the address": {
    route: "POST sign-up/email",
    use: (t, page, { email, username }) =>
      page.client.signUp.email({ name: "Eve", email, password: NEW, username: `eve${username}` }),
  },
  "signing in as a guest": {
    route: "POST sign-in/anonymous",
    use: (t, page) => page.client.signIn.anonymous(),
  },
  "a provider, in a popup window": {
    route: "GET oauth-popup/start",
    prepare: methods["a provider"].prepare,
    use: async (t, page) => {
      become(t, "github", "ann");
      const query = new URLSearchParams({
        provider: "github",
        popupOrigin: "https://app.example",
        popupNonce: "0011223344556677",
        callbackURL: "/books",
      });
      const begun = await page.ask("GET", `oauth-popup/start?${query}`, { headers: {} });
      return page.visitProvider(begun.header("location"));
    },
  },
  "a reset password": {
    route: "POST reset-password",
    use: async (t, page, { email }) => {
      await page.client.requestPasswordReset({ email, redirectTo: "/reset" });
      const token = (await t.mail(email, "reset")).match(/reset-password\/(\w+)/)[1];
      return page.client.resetPassword({ newPassword: NEW, token });
    },
  },
  "a password reset by code": {
    route: "POST email-otp/reset-password",
    use: async (t, page, { email }) => {
      await page.client.emailOtp.requestPasswordReset({ email });
      const otp = await t.code(email, "reset-code");
      return page.client.emailOtp.resetPassword({ email, otp, password: NEW });
    },
  },
  "the button of the page of a mailed link": {
    route: "POST magic-link/verify",
    use: async (t, page, { email }) => {
      await page.client.signIn.magicLink({ email });
      const token = tokenOf(await t.mail(email, "magic-link"));
      return page.ask("POST", "magic-link/verify", { form: { token } });
    },
  },
  "the button of the page that verifies an address": {
    route: "POST verify-email",
    use: async (t, page, { email, user }) => {
      await t.store('update "user" set "emailVerified" = 0 where id = ?', user.id);
      await page.client.sendVerificationEmail({ email });
      const token = tokenOf(await t.mail(email, "verification"));
      return page.ask("POST", "verify-email", { form: { token } });
    },
  },
  "the code of an authenticator app": {
    route: "POST two-factor/verify-totp",
    proof: "two factors",
    use: answering((t, page, member) =>
      page.client.twoFactor.verifyTotp({ code: member.uri ? codeOf(t, member) : "123456" }),
    ),
  },
  "a backup code": {
    route: "POST two-factor/verify-backup-code",
    proof: "two factors",
    use: answering((t, page, { backupCodes = ["abcde-fghij"] }) =>
      page.client.twoFactor.verifyBackupCode({ code: backupCodes[0] }),
    ),
  },
  "a mailed code as the second factor": {
    route: "POST two-factor/verify-otp",
    proof: "two factors",
    use: answering(async (t, page, { email, uri }) => {
      const sent = await page.client.twoFactor.sendOtp();
      const code = uri && !sent.error ? await t.code(email, "two-factor-code") : "123456";
      return page.client.twoFactor.verifyOtp({ code });
    }),
  },
  "an own session changes its password": {
    route: "POST change-password",
    proof: "session",
    use: (t, page, member) =>
      own(page, member).client.changePassword({
        currentPassword: PASSWORD,
        newPassword: NEW,
        revokeOtherSessions: true,
      }),
  },
  "an own session turns the second factor on": {
    route: "POST two-factor/enable",
    proof: "session",
    use: (t, page, member) => own(page, member).client.twoFactor.enable({ password: PASSWORD }),
  },
  "an own session turns the second factor off": {
    route: "POST two-factor/disable",
    proof: "session",
    use: (t, page, member) => own(page, member).client.twoFactor.disable({ password: PASSWORD }),
  },
  "an own session registers a passkey": {
    route: "POST passkey/verify-registration",
    proof: "session",
    use: async (t, page, member) => {
      const { text, status } = await registerOptions(own(page, member));
      if (status !== 200) return { error: JSON.parse(text) };
      const phone = new Authenticator(`phone of ${t.number}`);
      return finishRegistration(t, page, phone, JSON.parse(text), { createSession: true });
    },
  },
  "an own session becomes the active one": {
    route: "POST multi-session/set-active",
    proof: "session",
    use: async (t, page, member) => {
      const { token } = member;
      return own(page, member).client.multiSession.setActive({ sessionToken: token });
    },
  },
  "an own session gets a phone number": {
    route: "POST phone-number/verify",
    proof: "session",
    use: async (t, page, member) => {
      const phoneNumber = `+4671${String(t.number.length * 1000 + Math.floor(Math.random() * 1e6)).padStart(7, "0")}`;
      await page.client.phoneNumber.sendOtp({ phoneNumber });
      const code = await t.code(phoneNumber, "phone-verification");
      return own(page, member).client.phoneNumber.verify({ phoneNumber, code, updatePhoneNumber: true });
    },
  },
  "an own session changes its address": {
    route: "POST email-otp/change-email",
    proof: "session",
    use: async (t, page, member) => {
      const newEmail = t.email("anna");
      const { client } = own(page, member);
      await client.emailOtp.requestEmailChange({ newEmail });
      const otp = await t.code(newEmail, "change-email-code");
      return client.emailOtp.changeEmail({ newEmail, otp });
    },
  },
};

async function throughProduction(t, page) {
  const { state } = await startPreview(t, page);
  const profile = await seal("oauth-proxy-profile", payload(t, "ann", state));
  return page.ask("GET", completion(profile));
}

/** Sign-in methods of a preview whose sign-ins with providers go through a production host. */
export const previewMethods = {
  "a provider, through the production host": {
    route: "GET callback/:id/oauth-proxy",
    // The first sign-in links the account.
    prepare: (t) => throughProduction(t, t.visitor()),
    use: throughProduction,
  },
};
