// The plugin two-factor: turning it on, its factors and its settings.
import assert from "node:assert/strict";
import { accepted, refused } from "../../expect.mjs";
import { PASSWORD } from "../../stage.mjs";
import { challenged, codeOf, enrol, guarded, nextCode, wrongCode } from "../../two-factor-people.mjs";

const verify = (visitor, code, more = {}) => visitor.client.twoFactor.verifyTotp({ code, ...more });

export default [
  {
    number: 71,
    name: "an authenticator app is turned on, and asked for at the next sign-in",
    profile: "twoFactor",
    run: async (t) => {
      const ann = await t.member();
      const { twoFactor } = ann.client;
      refused(await twoFactor.enable({ password: "wrong horse battery" }), 400, "INVALID_PASSWORD");
      const { totpURI, backupCodes } = accepted(await twoFactor.enable({ password: PASSWORD }));
      assert.match(totpURI, /^otpauth:\/\/totp\/Books:ann/);
      assert.equal(backupCodes.length, 10);
      ann.uri = totpURI;
      // Until a code was given, nothing is asked for.
      await t.signIn(ann.email);
      const code = codeOf(t, ann);
      refused(await verify(ann, wrongCode(code)), 401, "INVALID_CODE");
      const before = ann.jar.get("session_token");
      accepted(await verify(ann, code));
      assert.notEqual(ann.jar.get("session_token"), before, "the session is another one");
      assert.equal((await ann.session()).user.twoFactorEnabled, true);
      refused(await twoFactor.enable({ password: PASSWORD }), 400, "TOTP_ALREADY_ENABLED");
      await nextCode(t);
      const again = await challenged(t, ann);
      const { token, user } = accepted(await verify(again, codeOf(t, ann)));
      assert.deepEqual([user.id, (await again.session()).session.token], [ann.user.id, token]);
    },
  },
  {
    number: "71a",
    name: "the URI is shown again, the second factor turned off and on",
    profile: "twoFactor",
    run: async (t) => {
      const ann = await t.member();
      const { twoFactor } = ann.client;
      refused(await twoFactor.getTotpUri({ password: PASSWORD }), 400, "TOTP_NOT_ENABLED");
      await enrol(t, ann);
      refused(await twoFactor.getTotpUri({ password: "wrong horse battery" }), 400, "INVALID_PASSWORD");
      assert.equal(accepted(await twoFactor.getTotpUri({ password: PASSWORD })).totpURI, ann.uri);
      refused(await twoFactor.disable({ password: "wrong horse battery" }), 400, "INVALID_PASSWORD");
      const { status } = accepted(await twoFactor.disable({ password: PASSWORD }));
      assert.equal(status, true);
      assert.equal((await ann.session()).user.twoFactorEnabled, false);
      await t.signIn(ann.email);
      const issuer = "Other books";
      const { totpURI } = accepted(await twoFactor.enable({ password: PASSWORD, issuer }));
      assert.notEqual(totpURI, ann.uri);
    },
  },
  {
    number: "71b",
    name: "new backup codes replace the old ones",
    profile: "twoFactor",
    run: async (t) => {
      const ann = await t.member();
      const { twoFactor } = ann.client;
      refused(await twoFactor.generateBackupCodes({ password: PASSWORD }), 400, "TWO_FACTOR_NOT_ENABLED");
      await enrol(t, ann);
      const wrong = { password: "wrong horse battery" };
      refused(await twoFactor.generateBackupCodes(wrong), 400, "INVALID_PASSWORD");
      const { backupCodes } = accepted(await twoFactor.generateBackupCodes({ password: PASSWORD }));
      assert.equal(new Set([...backupCodes, ...ann.backupCodes]).size, 20);
      const page = await challenged(t, ann);
      const old = await page.client.twoFactor.verifyBackupCode({ code: ann.backupCodes[0] });
      refused(old, 401, "INVALID_BACKUP_CODE");
      accepted(await page.client.twoFactor.verifyBackupCode({ code: backupCodes[0] }));
    },
  },
  {
    number: "71c",
    name: "codes by mail are a second factor",
    profile: "twoFactor",
    run: async (t) => {
      const ann = await t.member();
      accepted(await ann.client.twoFactor.enable({ password: PASSWORD, method: "otp" }));
      assert.equal((await ann.session()).user.twoFactorEnabled, true);
      const page = await challenged(t, ann);
      refused(await page.client.twoFactor.verifyOtp({ code: "123456" }), 400, "OTP_HAS_EXPIRED");
      accepted(await page.client.twoFactor.sendOtp());
      const code = await t.code(ann.email, "two-factor-code");
      assert.match(code, /^\d{6}$/);
      refused(await page.client.twoFactor.verifyOtp({ code: wrongCode(code) }), 401, "INVALID_CODE");
      accepted(await page.client.twoFactor.verifyOtp({ code }));
      assert.equal((await page.session()).user.id, ann.user.id);
      // A code is that of its challenge, counts once, and for three minutes.
      const other = await challenged(t, ann);
      refused(await other.client.twoFactor.verifyOtp({ code }), 400, "OTP_HAS_EXPIRED");
      accepted(await other.client.twoFactor.sendOtp());
      const late = await t.code(ann.email, "two-factor-code");
      await t.advance(240);
      refused(await other.client.twoFactor.verifyOtp({ code: late }), 400, "OTP_HAS_EXPIRED");
    },
  },
  {
    number: "71d",
    name: "without a session or a challenge nothing is answered, and fields are checked",
    profile: "twoFactor",
    run: async (t) => {
      const nobody = t.visitor();
      const ann = await t.member();
      const routes = {
        enable: { password: PASSWORD },
        disable: { password: PASSWORD },
        "get-totp-uri": { password: PASSWORD },
        "generate-backup-codes": { password: PASSWORD },
        "verify-totp": { code: "123456" },
        "verify-otp": { code: "123456" },
        "verify-backup-code": { code: "abcde-fghij" },
        "send-otp": {},
      };
      for (const [route, json] of Object.entries(routes)) {
        const path = `two-factor/${route}`;
        assert.equal((await nobody.ask("POST", path, { json })).status, 401, route);
        for (const bad of [{}, { password: 5, code: 5, trustDevice: "yes", method: "phone-verification" }]) {
          await ann.ask("POST", path, { json: bad, note: JSON.stringify(bad) });
        }
        await ann.ask("POST", path, { note: "no body" });
      }
      assert.equal((await ann.session()).user.twoFactorEnabled, false);
    },
  },
  {
    number: "71e",
    name: "an unverified authenticator app is replaced, and the user's own session verifies codes",
    profile: "twoFactor",
    run: async (t) => {
      const ann = await t.member();
      const { twoFactor } = ann.client;
      const first = accepted(await twoFactor.enable({ password: PASSWORD })).totpURI;
      const second = accepted(await twoFactor.enable({ password: PASSWORD })).totpURI;
      assert.notEqual(first, second);
      refused(await verify(ann, codeOf(t, { uri: first })), 401, "INVALID_CODE");
      accepted(await verify(ann, codeOf(t, { uri: second })));
      await nextCode(t);
      const { token } = accepted(await verify(ann, codeOf(t, { uri: second })));
      assert.equal((await ann.session()).session.token, token);
      accepted(await twoFactor.sendOtp());
      accepted(await twoFactor.verifyOtp({ code: await t.code(ann.email, "two-factor-code") }));
    },
  },
  {
    number: 41,
    name: "a cached session does not walk around the second factor",
    profile: "twoFactorCached",
    run: async (t) => {
      const ann = await guarded(t);
      const data = ann.jar.get("session_data");
      const page = await challenged(t, ann);
      assert.equal(page.jar.name("session_data"), undefined);
      assert.equal(await page.session(), null);
      page.jar.cookies.set(ann.jar.name("session_data"), data);
      assert.equal(await page.session(), null, "a cache alone is no session");
      accepted(await verify(page, codeOf(t, ann)));
      assert.equal((await page.session()).user.twoFactorEnabled, true);
    },
  },
  {
    number: "71f",
    name: "digits, periods, storage and times are settings",
    profile: "twoFactorOptions",
    run: async (t) => {
      const ann = await t.member();
      const { twoFactor } = ann.client;
      const { totpURI, backupCodes } = accepted(await twoFactor.enable({ password: PASSWORD }));
      t.keep("backup codes", backupCodes.map((code) => code.replace(/[a-z0-9]/gi, "x")));
      assert.equal((await ann.session()).user.twoFactorEnabled, true, "without a first code");
      Object.assign(ann, { uri: totpURI, backupCodes });
      const page = await challenged(t, ann);
      assert.match(codeOf(t, ann), /^\d{8}$/);
      accepted(await verify(page, codeOf(t, ann), { trustDevice: true }));
      await t.advance(3720);
      const signIn = { email: ann.email, password: PASSWORD };
      assert.equal(accepted(await page.client.signIn.email(signIn)).twoFactorRedirect, true);
      await t.advance(180);
      refused(await verify(page, codeOf(t, ann)), 401, "INVALID_TWO_FACTOR_COOKIE");
      const next = await challenged(t, ann);
      accepted(await next.client.twoFactor.verifyBackupCode({ code: backupCodes[0] }));
      const mailed = await challenged(t, ann);
      accepted(await mailed.client.twoFactor.sendOtp());
      const code = await t.code(ann.email, "two-factor-code");
      for (let attempt = 0; attempt < 2; attempt++) {
        refused(await mailed.client.twoFactor.verifyOtp({ code: wrongCode(code) }), 401, "INVALID_CODE");
      }
      const last = await mailed.client.twoFactor.verifyOtp({ code });
      refused(last, 400, "TOO_MANY_ATTEMPTS_REQUEST_NEW_CODE");
      refused(await verify(mailed, wrongCode(codeOf(t, ann))), 401, "INVALID_CODE");
      refused(await verify(mailed, codeOf(t, ann)), 429, "ACCOUNT_TEMPORARILY_LOCKED");
      await t.advance(180);
      accepted(await verify(await challenged(t, ann), codeOf(t, ann)));
    },
  },
  {
    number: "71g",
    name: "a user without a password turns a second factor on and off",
    profile: "twoFactorOptions",
    run: async (t) => {
      const ann = t.visitor();
      const email = t.email("ann");
      accepted(await ann.client.signIn.magicLink({ email, name: "Ann" }));
      const token = new URLSearchParams((await t.mail(email, "magic-link")).split("?")[1]).get("token");
      accepted(await ann.client.magicLink.verify({ query: { token } }));
      const { totpURI } = accepted(await ann.client.twoFactor.enable({}));
      assert.equal(accepted(await ann.client.twoFactor.getTotpUri({})).totpURI, totpURI);
      accepted(await ann.client.twoFactor.generateBackupCodes({}));
      accepted(await ann.client.twoFactor.disable({}));
      const bob = await t.member("bob");
      refused(await bob.client.twoFactor.enable({}), 400, "INVALID_PASSWORD");
    },
  },
];
