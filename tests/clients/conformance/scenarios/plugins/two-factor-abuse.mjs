// The plugin two-factor: challenges, attempts and trusted devices.
import assert from "node:assert/strict";
import { accepted, refused } from "../../expect.mjs";
import { PASSWORD } from "../../stage.mjs";
import { challenged, codeOf, enrol, guarded, nextCode, wrongCode } from "../../two-factor-people.mjs";

const TRUST = "trust_device";
const ATTEMPTS = 5;

const verify = (visitor, code, more = {}) => visitor.client.twoFactor.verifyTotp({ code, ...more });

/** The statuses of requests at once. */
const statuses = async (requests) => (await Promise.all(requests)).map(({ status }) => status);

export default [
  {
    number: 72,
    name: "until the second factor is given there is no session",
    profile: "twoFactor",
    run: async (t) => {
      const ann = await guarded(t);
      const page = await challenged(t, ann);
      assert.equal(page.jar.name("session_token"), undefined);
      assert.equal(await page.session(), null);
      assert.equal((await page.ask("GET", "list-sessions")).status, 401);
      assert.equal((await page.ask("POST", "two-factor/disable", { json: { password: PASSWORD } })).status, 401);
      const sessions = accepted(await ann.client.listSessions());
      assert.equal(sessions.length, 1);
      // Who does not want to be remembered is not after the second factor either.
      const fleeting = await challenged(t, ann, { rememberMe: false });
      accepted(await verify(fleeting, codeOf(t, ann)));
      const { session } = await fleeting.session();
      assert.ok(Math.abs(session.expiresAt - session.createdAt - 86_400_000) < 1000);
      // A challenge is answered once, and within ten minutes.
      await nextCode(t);
      const late = await challenged(t, ann);
      await t.advance(660);
      refused(await verify(late, codeOf(t, ann)), 401, "INVALID_TWO_FACTOR_COOKIE");
    },
  },
  {
    number: "72a",
    name: "a challenge is not that of another user, nor forged, nor answered twice",
    profile: "twoFactor",
    run: async (t) => {
      const ann = await guarded(t);
      const bob = await guarded(t, "bob");
      const page = await challenged(t, ann);
      refused(await verify(page, codeOf(t, bob)), 401, "INVALID_CODE");
      const forged = page.copy();
      forged.jar.set("two_factor", forged.jar.get("two_factor").replace("2fa-", "2fb-"));
      refused(await verify(forged, codeOf(t, ann)), 401, "INVALID_TWO_FACTOR_COOKIE");
      const copy = page.copy();
      accepted(await verify(page, codeOf(t, ann)));
      await nextCode(t);
      refused(await verify(copy, codeOf(t, ann)), 401, "INVALID_TWO_FACTOR_COOKIE");
    },
  },
  {
    number: 73,
    name: "a challenge takes five attempts",
    profile: "twoFactor",
    run: async (t) => {
      const ann = await guarded(t);
      const page = await challenged(t, ann);
      const code = codeOf(t, ann);
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        refused(await verify(page, wrongCode(code)), 401, "INVALID_CODE");
      }
      refused(await verify(page, code), 400, "TOO_MANY_ATTEMPTS_REQUEST_NEW_CODE");
      refused(await verify(page, code), 401, "INVALID_TWO_FACTOR_COOKIE");
      const next = await challenged(t, ann);
      accepted(await verify(next, code));
    },
  },
  {
    number: "73a",
    name: "attempts at backup codes and mailed codes are counted, too",
    profile: "twoFactor",
    run: async (t) => {
      const ann = await guarded(t);
      const page = await challenged(t, ann);
      const guess = { code: "aaaaa-aaaaa" };
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        refused(await page.client.twoFactor.verifyBackupCode(guess), 401, "INVALID_BACKUP_CODE");
      }
      const right = await page.client.twoFactor.verifyBackupCode({ code: ann.backupCodes[0] });
      refused(right, 400, "TOO_MANY_ATTEMPTS_REQUEST_NEW_CODE");
      await t.advance(960);
      const bob = await guarded(t, "bob");
      const other = await challenged(t, bob);
      accepted(await other.client.twoFactor.sendOtp());
      const code = await t.code(bob.email, "two-factor-code");
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        refused(await other.client.twoFactor.verifyOtp({ code: wrongCode(code) }), 401, "INVALID_CODE");
      }
      const last = await other.client.twoFactor.verifyOtp({ code });
      refused(last, 400, "TOO_MANY_ATTEMPTS_REQUEST_NEW_CODE");
      refused(await other.client.twoFactor.verifyOtp({ code }), 400, "OTP_HAS_EXPIRED");
    },
  },
  {
    number: "73b",
    name: "a code of an app counts once",
    profile: "twoFactor",
    run: async (t) => {
      const ann = await guarded(t);
      const [one, two] = [await challenged(t, ann), await challenged(t, ann)];
      const code = codeOf(t, ann);
      accepted(await verify(one, code));
      const again = await verify(two, code);
      if (t.server.name === "bookplate") refused(again, 401, "INVALID_CODE");
    },
  },
  {
    number: 74,
    name: "ten wrong codes in several challenges lock the account for a quarter of an hour",
    profile: "twoFactor",
    run: async (t) => {
      const ann = await guarded(t);
      for (let challenge = 0; challenge < 2; challenge++) {
        const page = await challenged(t, ann);
        for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
          refused(await verify(page, wrongCode(codeOf(t, ann))), 401, "INVALID_CODE");
        }
      }
      const page = await challenged(t, ann);
      refused(await verify(page, codeOf(t, ann)), 429, "ACCOUNT_TEMPORARILY_LOCKED");
      const backup = await page.client.twoFactor.verifyBackupCode({ code: ann.backupCodes[0] });
      refused(backup, 429, "ACCOUNT_TEMPORARILY_LOCKED");
      accepted(await page.client.twoFactor.sendOtp());
      const code = await t.code(ann.email, "two-factor-code");
      refused(await page.client.twoFactor.verifyOtp({ code }), 429, "ACCOUNT_TEMPORARILY_LOCKED");
      // The owner's session is not locked.
      accepted(await verify(ann, codeOf(t, ann)));
      await t.advance(960);
      const late = await challenged(t, ann);
      accepted(await verify(late, codeOf(t, ann)));
    },
  },
  {
    number: 75,
    name: "a backup code signs in once",
    profile: "twoFactor",
    run: async (t) => {
      const ann = await guarded(t);
      const [code, other, third] = ann.backupCodes;
      const page = await challenged(t, ann);
      const { user } = accepted(await page.client.twoFactor.verifyBackupCode({ code }));
      assert.equal(user.id, ann.user.id);
      assert.ok(await page.session());
      const next = await challenged(t, ann);
      refused(await next.client.twoFactor.verifyBackupCode({ code }), 401, "INVALID_BACKUP_CODE");
      accepted(await next.client.twoFactor.verifyBackupCode({ code: other, trustDevice: true }));
      assert.ok(next.jar.name(TRUST));
      // A user's own session may check a code, which is consumed.
      accepted(await ann.client.twoFactor.verifyBackupCode({ code: third, disableSession: true }));
      refused(await ann.client.twoFactor.verifyBackupCode({ code: third }), 401, "INVALID_BACKUP_CODE");
      const nobody = await t.member("bob");
      const none = await nobody.client.twoFactor.verifyBackupCode({ code: third });
      refused(none, 400, "BACKUP_CODES_NOT_ENABLED");
    },
  },
  {
    number: "75a",
    name: "a backup code with disableSession answers a challenge without a session",
    profile: "twoFactor",
    run: async (t) => {
      const ann = await guarded(t);
      const page = await challenged(t, ann);
      const [code] = ann.backupCodes;
      await page.client.twoFactor.verifyBackupCode({ code, disableSession: true });
      assert.equal(await page.session(), null);
    },
  },
  {
    number: 76,
    name: "of parallel uses of a backup code one signs in",
    profile: "twoFactor",
    run: async (t) => {
      const ann = await guarded(t);
      const [code] = ann.backupCodes;
      const pages = [];
      for (let page = 0; page < 5; page++) pages.push(await challenged(t, ann));
      const use = ({ jar }) =>
        t.unrecorded("POST", "two-factor/verify-backup-code", {
          json: { code },
          cookie: jar.header,
          headers: { origin: t.origin },
        });
      const found = await statuses(pages.map(use));
      t.keep("who got in", found.filter((status) => status === 200).length);
      assert.equal(accepted(await ann.client.listSessions()).length, 2);
    },
  },
  {
    number: "76a",
    name: "of parallel uses of one challenge one signs in",
    profile: "twoFactor",
    run: async (t) => {
      const ann = await guarded(t);
      const { jar } = await challenged(t, ann);
      const json = { code: codeOf(t, ann) };
      const use = () =>
        t.unrecorded("POST", "two-factor/verify-totp", {
          json,
          cookie: jar.header,
          headers: { origin: t.origin },
        });
      const found = await statuses(Array.from({ length: 20 }, use));
      t.keep("who got in", found.filter((status) => status === 200).length);
      assert.equal(accepted(await ann.client.listSessions()).length, 2);
    },
  },
  {
    number: 77,
    name: "a trusted device is asked for no second factor for 30 days, and its cookie changes",
    profile: "twoFactor",
    run: async (t) => {
      const ann = await guarded(t);
      const page = await challenged(t, ann);
      accepted(await verify(page, codeOf(t, ann), { trustDevice: true }));
      const first = page.jar.get(TRUST);
      accepted(await page.client.signOut());
      assert.equal(page.jar.get(TRUST), first, "signing out keeps the device");
      const signIn = { email: ann.email, password: PASSWORD };
      const { user } = accepted(await page.client.signIn.email(signIn));
      assert.equal(user.id, ann.user.id);
      const second = page.jar.get(TRUST);
      assert.notEqual(second, first);
      // The cookie of before counts no longer.
      const thief = t.visitor();
      thief.jar.cookies.set(page.jar.name(TRUST), first);
      assert.equal(accepted(await thief.client.signIn.email(signIn)).twoFactorRedirect, true);
      assert.equal(thief.jar.name(TRUST), undefined);
      await t.advance(31 * 86_400);
      assert.equal(accepted(await page.client.signIn.email(signIn)).twoFactorRedirect, true);
    },
  },
  {
    number: "77a",
    name: "turning the second factor off ends the trust of this device",
    profile: "twoFactor",
    run: async (t) => {
      const ann = await guarded(t);
      const page = await challenged(t, ann);
      accepted(await verify(page, codeOf(t, ann), { trustDevice: true }));
      const kept = page.copy();
      accepted(await page.client.twoFactor.disable({ password: PASSWORD }));
      assert.equal(page.jar.name(TRUST), undefined);
      await enrol(t, page);
      const again = await kept.client.signIn.email({ email: ann.email, password: PASSWORD });
      assert.equal(accepted(again).twoFactorRedirect, true);
    },
  },
  {
    number: 78,
    name: "a stolen cookie of a trusted device is of no use to another user",
    profile: "twoFactor",
    run: async (t) => {
      const ann = await guarded(t);
      const page = await challenged(t, ann);
      accepted(await verify(page, codeOf(t, ann), { trustDevice: true }));
      const bob = await guarded(t, "bob");
      const thief = t.visitor();
      thief.jar.cookies.set(page.jar.name(TRUST), page.jar.get(TRUST));
      const signIn = { email: bob.email, password: PASSWORD };
      assert.equal(accepted(await thief.client.signIn.email(signIn)).twoFactorRedirect, true);
      // A forged signature is no better.
      const forger = t.visitor();
      const forged = page.jar.get(TRUST).replace(/\.(.)/, (_, first) => (first === "A" ? ".B" : ".A"));
      forger.jar.cookies.set(page.jar.name(TRUST), forged);
      const own = { email: ann.email, password: PASSWORD };
      assert.equal(accepted(await forger.client.signIn.email(own)).twoFactorRedirect, true);
    },
  },
];
