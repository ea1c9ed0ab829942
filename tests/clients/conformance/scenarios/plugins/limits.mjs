// The limits of better-auth's sign-in plugins.
import assert from "node:assert/strict";
import { PASSWORD } from "../../stage.mjs";

const email = "nobody@example.com";
const phoneNumber = "+46701234567";

// Method, path, body, window in seconds and number of allowed requests. Paths with the same effect
// share one count here, so that they have clients of their own.
const LIMITS = [
  ["POST", "sign-in/magic-link", {}, 60, 5],
  ["GET", "magic-link/verify?token=x", undefined, 60, 5],
  ["POST", "email-otp/send-verification-otp", { email, type: "forget-password" }, 60, 3],
  ["POST", "email-otp/check-verification-otp", { email, type: "sign-in", otp: "1" }, 60, 3],
  ["POST", "email-otp/verify-email", { email, otp: "1" }, 60, 3],
  ["POST", "sign-in/email-otp", { email, otp: "1" }, 60, 3],
  ["POST", "email-otp/request-password-reset", { email }, 60, 3],
  ["POST", "email-otp/reset-password", { email, otp: "1", password: PASSWORD }, 60, 3],
  ["POST", "forget-password/email-otp", { email }, 60, 3],
  ["POST", "email-otp/request-email-change", { newEmail: email }, 60, 3],
  ["POST", "email-otp/change-email", { newEmail: email, otp: "1" }, 60, 3],
  ["POST", "two-factor/enable", {}, 10, 3],
  ["POST", "two-factor/verify-totp", { code: "1" }, 10, 3],
  ["POST", "two-factor/verify-backup-code", { code: "1" }, 10, 3],
  ["POST", "two-factor/send-otp", {}, 10, 3],
  ["POST", "sign-in/username", { username: "nobody", password: PASSWORD }, 10, 3],
  ["POST", "sign-in/phone-number", { phoneNumber, password: PASSWORD }, 10, 3],
  ["POST", "sign-in/anonymous", { x: 1 }, 10, 3],
  ["POST", "phone-number/verify", { phoneNumber, code: "1" }, 60, 10],
  ["POST", "phone-number/reset-password", { phoneNumber, otp: "1", newPassword: PASSWORD }, 60, 10],
  ["GET", "device?user_code=AAAAAAAA", undefined, 1800, 5],
];

export default [
  {
    number: "L20",
    name: "each path of a plugin has its limit",
    profile: "pluginLimits",
    run: async (t) => {
      const headersOf = (path) => ({ "x-forwarded-for": path.startsWith("forget") ? "192.0.2.21" : "192.0.2.20" });
      for (const [method, path, json, seconds, most] of LIMITS) {
        const headers = headersOf(path);
        for (let count = 0; count < most; count++) {
          const answer = await t.unrecorded(method, path, { json, headers });
          assert.notEqual(answer.status, 429, `${path}: ${count}`);
        }
        const refused = await t.ask(method, path, { json, headers });
        assert.equal(refused.status, 429, path);
        assert.ok(Number(refused.header("x-retry-after")) <= seconds, path);
      }
      await t.advance(61);
      for (const [method, path, json, seconds] of LIMITS.filter(([, , , seconds]) => seconds <= 60)) {
        const answer = await t.unrecorded(method, path, { json, headers: headersOf(path) });
        assert.notEqual(answer.status, 429, `${path} after ${seconds} seconds`);
      }
    },
  },
];
