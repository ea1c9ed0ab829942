// The scenarios of better-auth's sign-in plugins.
import anonymous from "./anonymous.mjs";
import checks from "./checks.mjs";
import common from "./common.mjs";
import device from "./device.mjs";
import emailOtp from "./email-otp.mjs";
import lastLoginMethod from "./last-login-method.mjs";
import limits from "./limits.mjs";
import magicLink from "./magic-link.mjs";
import multiSession from "./multi-session.mjs";
import oneTimeToken from "./one-time-token.mjs";
import passkey from "./passkey.mjs";
import phoneNumber from "./phone-number.mjs";
import secondFactor from "./second-factor.mjs";
import siwe from "./siwe.mjs";
import twoFactor from "./two-factor.mjs";
import twoFactorAbuse from "./two-factor-abuse.mjs";
import username from "./username.mjs";

export const plugins = [
  ...twoFactor,
  ...twoFactorAbuse,
  ...secondFactor,
  ...magicLink,
  ...emailOtp,
  ...passkey,
  ...username,
  ...phoneNumber,
  ...anonymous,
  ...multiSession,
  ...oneTimeToken,
  ...lastLoginMethod,
  ...device,
  ...siwe,
  ...checks,
  ...limits,
  ...common,
];
