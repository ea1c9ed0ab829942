// The plugins of a profile on better-auth's side.
import { randomBytes } from "node:crypto";
import { BETTER_AUTH_SERVER } from "./node-package.mjs";
import { signerOf } from "./wallet.mjs";

const defined = (fields) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));

/** Bookplate's kinds of mail, by the purpose of a code. */
const KINDS = {
  "sign-in": "sign-in-code",
  "email-verification": "verification-code",
  "forget-password": "reset-code",
  "change-email": "change-email-code",
};

/**
 * The plugins that a profile names by their ids. `send(to, kind, url, code)` receives every mail
 * and SMS; `checks` is the URL of the fake checks.
 */
export async function pluginsOf({ plugins: ids = [], options = {}, productionURL }, { send, checks, baseURL }) {
  if (ids.length === 0) return [];
  const all = await import(`${BETTER_AUTH_SERVER}/plugins`);
  const domain = new URL(baseURL).host;
  const known = {
    "oauth-popup": () => all.oauthPopup(),
    "oauth-proxy": () => all.oAuthProxy(defined({ productionURL })),
    "one-tap": () => all.oneTap(),
    "two-factor": (given) => {
      const sendOTP = async ({ user, otp }) => send(user.email, "two-factor-code", undefined, otp);
      // better-auth has an issuer of each route.
      const totpOptions = { issuer: given.issuer, ...given.totpOptions };
      return all.twoFactor({ ...given, totpOptions, otpOptions: { sendOTP, ...given.otpOptions } });
    },
    passkey: async (given) => {
      const { passkey } = await import("@better-auth/passkey");
      return passkey({ rpName: "Bookplate", ...given });
    },
    "magic-link": (given) =>
      all.magicLink({ ...given, sendMagicLink: async ({ email, url }) => send(email, "magic-link", url) }),
    "email-otp": (given) =>
      all.emailOTP({
        ...given,
        sendVerificationOTP: async ({ email, otp, type }) => send(email, KINDS[type], undefined, otp),
      }),
    username: (given) => all.username(given),
    "phone-number": ({ signUpOnVerification, ...given }) =>
      all.phoneNumber({
        ...given,
        phoneNumberValidator: (phone) => /^\+[1-9]\d{6,14}$/.test(phone),
        signUpOnVerification: signUpOnVerification && {
          getTempEmail: (phone) => `${phone.replace("+", "")}@phone-number.placeholder.invalid`,
        },
        sendOTP: async ({ phoneNumber, code }) => send(phoneNumber, "phone-verification", undefined, code),
        sendPasswordResetOTP: async ({ phoneNumber, code }) => send(phoneNumber, "phone-password-reset", undefined, code),
      }),
    anonymous: (given) => all.anonymous(given),
    "multi-session": (given) => all.multiSession(given),
    "one-time-token": (given) => all.oneTimeToken(given),
    "last-login-method": (given) => all.lastLoginMethod(given),
    "device-authorization": (given) => all.deviceAuthorization(given),
    siwe: (given) =>
      all.siwe({
        domain,
        ...given,
        getNonce: async () => randomBytes(16).toString("hex"),
        verifyMessage: async ({ message, signature, address }) => signerOf(message, signature) === address,
      }),
    captcha: (given) => all.captcha({ ...given, siteVerifyURLOverride: `${checks}/siteverify` }),
    "have-i-been-pwned": (given) => all.haveIBeenPwned(given),
  };
  return Promise.all(ids.map((id) => known[id](options[id] ?? {})));
}
