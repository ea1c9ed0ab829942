// The plugin phone-number.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { accepted, refused } from "../../expect.mjs";
import { PASSWORD } from "../../stage.mjs";
import { wrongCode } from "../../two-factor-people.mjs";

const NEW = "another horse battery";

/** A number that no other scenario uses. */
const phone = (t, name = "ann") => {
  const digest = createHash("sha256").update(`${t.number} ${name}`).digest();
  return `+4670${String(digest.readUInt32BE(0) % 1e7).padStart(7, "0")}`;
};

async function code(t, phoneNumber) {
  const sent = await t.visitor().client.phoneNumber.sendOtp({ phoneNumber });
  assert.deepEqual(accepted(sent), { message: "code sent" });
  return t.code(phoneNumber, "phone-verification");
}

const verify = (visitor, phoneNumber, given, more = {}) =>
  visitor.client.phoneNumber.verify({ phoneNumber, code: given, ...more });

const signIn = (t, phoneNumber, password = PASSWORD, more = {}) =>
  t.visitor().client.signIn.phoneNumber({ phoneNumber, password, ...more });

/** A member with a verified number. */
async function reachable(t, name = "ann") {
  const member = await t.member(name);
  const phoneNumber = phone(t, name);
  const given = await code(t, phoneNumber);
  accepted(await verify(member, phoneNumber, given, { updatePhoneNumber: true }));
  return Object.assign(member, { phoneNumber });
}

export default [
  {
    number: "N1",
    name: "a code by SMS signs up, and signs in",
    profile: "phoneNumber",
    run: async (t) => {
      const phoneNumber = phone(t);
      const first = await code(t, phoneNumber);
      assert.match(first, /^\d{6}$/);
      const ann = t.visitor();
      refused(await verify(ann, phoneNumber, wrongCode(first)), 400, "INVALID_OTP");
      const { user, token } = accepted(await verify(ann, phoneNumber, first));
      assert.deepEqual([user.phoneNumber, user.phoneNumberVerified], [phoneNumber, true]);
      assert.equal((await ann.session()).session.token, token);
      refused(await verify(ann, phoneNumber, first), 400, "OTP_NOT_FOUND");
      const page = t.visitor();
      const again = accepted(await verify(page, phoneNumber, await code(t, phoneNumber)));
      assert.equal(again.user.id, user.id);
      const silent = t.visitor();
      const more = { disableSession: true };
      const checked = accepted(await verify(silent, phoneNumber, await code(t, phoneNumber), more));
      assert.equal(checked.token, null);
      assert.equal(await silent.session(), null);
    },
  },
  {
    number: "N2",
    name: "a number is added to a user, and signs in with the password",
    profile: "phoneNumber",
    run: async (t) => {
      const ann = await reachable(t);
      const { user } = await ann.session();
      assert.deepEqual([user.phoneNumber, user.phoneNumberVerified], [ann.phoneNumber, true]);
      assert.equal(accepted(await signIn(t, ann.phoneNumber)).user.id, ann.user.id);
      accepted(await signIn(t, ann.phoneNumber, PASSWORD, { rememberMe: false }));
      const wrong = await signIn(t, ann.phoneNumber, "wrong horse battery");
      refused(wrong, 401, "INVALID_PHONE_NUMBER_OR_PASSWORD");
      refused(await signIn(t, phone(t, "nobody")), 401, "INVALID_PHONE_NUMBER_OR_PASSWORD");
      refused(await signIn(t, "12345"), 400, "INVALID_PHONE_NUMBER");
      refused(await signIn(t, ann.phoneNumber, "x".repeat(129)), 400, "PASSWORD_TOO_LONG");
    },
  },
  {
    number: "N3",
    name: "a number is one user's, and is not set without its code",
    profile: "phoneNumber",
    run: async (t) => {
      const ann = await reachable(t);
      const bob = await t.member("bob");
      const given = await code(t, ann.phoneNumber);
      const taken = await verify(bob, ann.phoneNumber, given, { updatePhoneNumber: true });
      refused(taken, 400, "PHONE_NUMBER_EXIST");
      const next = await code(t, phone(t, "next"));
      const nobody = await verify(t.visitor(), phone(t, "next"), next, { updatePhoneNumber: true });
      refused(nobody, 401, "USER_NOT_FOUND");
      const set = await bob.client.updateUser({ phoneNumber: phone(t, "bob") });
      refused(set, 400, "PHONE_NUMBER_CANNOT_BE_UPDATED");
      const fields = { name: "Cid", email: t.email("cid"), password: PASSWORD, phoneNumber: phone(t, "cid") };
      refused(await t.visitor().client.signUp.email(fields), 400, "PHONE_NUMBER_CANNOT_BE_SET");
      accepted(await ann.client.updateUser({ phoneNumber: null }));
      const { user } = await ann.session();
      assert.deepEqual([user.phoneNumber, user.phoneNumberVerified], [null, false]);
    },
  },
  {
    number: "N4",
    name: "a code takes three attempts, and counts for five minutes",
    profile: "phoneNumber",
    run: async (t) => {
      const phoneNumber = phone(t);
      const first = await code(t, phoneNumber);
      const page = t.visitor();
      for (let attempt = 0; attempt < 3; attempt++) {
        refused(await verify(page, phoneNumber, wrongCode(first)), 400, "INVALID_OTP");
      }
      refused(await verify(page, phoneNumber, first), 403, "TOO_MANY_ATTEMPTS");
      refused(await verify(page, phoneNumber, first), 400, "OTP_NOT_FOUND");
      const late = await code(t, phoneNumber);
      await t.advance(360);
      refused(await verify(page, phoneNumber, late), 400, "OTP_EXPIRED");
      refused(await page.client.phoneNumber.sendOtp({ phoneNumber: "070" }), 400, "INVALID_PHONE_NUMBER");
      // A code belongs to its number.
      const other = await code(t, phone(t, "bob"));
      refused(await verify(page, phoneNumber, other), 400, "OTP_NOT_FOUND");
    },
  },
  {
    number: "N5",
    name: "of fifty parallel uses of a code one signs in",
    profile: "phoneNumber",
    run: async (t) => {
      const ann = await reachable(t);
      const json = { phoneNumber: ann.phoneNumber, code: await code(t, ann.phoneNumber) };
      const use = () => t.unrecorded("POST", "phone-number/verify", { json });
      const answers = await Promise.all(Array.from({ length: 50 }, use));
      t.keep("who got in", answers.filter(({ status }) => status === 200).length);
    },
  },
  {
    number: "N6",
    name: "a code by SMS resets the password",
    profile: "phoneNumber",
    run: async (t) => {
      const ann = await reachable(t);
      const { phoneNumber } = ann;
      const api = t.visitor().client.phoneNumber;
      assert.deepEqual(accepted(await api.requestPasswordReset({ phoneNumber })), { status: true });
      const otp = await t.code(phoneNumber, "phone-password-reset");
      const wrong = { phoneNumber, otp: wrongCode(otp), newPassword: NEW };
      refused(await api.resetPassword(wrong), 400, "INVALID_OTP");
      refused(await api.resetPassword({ ...wrong, newPassword: "short" }), 400, "PASSWORD_TOO_SHORT");
      refused(await api.resetPassword({ ...wrong, newPassword: "x".repeat(129) }), 400, "PASSWORD_TOO_LONG");
      accepted(await api.resetPassword({ phoneNumber, otp, newPassword: NEW }));
      assert.equal(await ann.session(), null);
      refused(await api.resetPassword({ phoneNumber, otp, newPassword: PASSWORD }), 400, "OTP_NOT_FOUND");
      accepted(await signIn(t, phoneNumber, NEW));
      const unknown = phone(t, "nobody");
      assert.deepEqual(accepted(await api.requestPasswordReset({ phoneNumber: unknown })), { status: true });
      await t.noMail(unknown);
      const guess = { phoneNumber: unknown, otp: "123456", newPassword: NEW };
      refused(await api.resetPassword(guess), 400, "INVALID_OTP");
    },
  },
  {
    number: "N7",
    name: "wrong fields are refused",
    profile: "phoneNumber",
    run: async (t) => {
      const routes = [
        "sign-in/phone-number",
        "phone-number/send-otp",
        "phone-number/verify",
        "phone-number/request-password-reset",
        "phone-number/reset-password",
      ];
      for (const route of routes) {
        for (const json of [{}, { phoneNumber: 5, password: 5, code: 5, otp: 5, newPassword: 5 }]) {
          const answer = await t.ask("POST", route, { json, note: JSON.stringify(json) });
          refused(answer, 400, "VALIDATION_ERROR");
        }
      }
      const flags = { phoneNumber: phone(t), code: "123456", disableSession: "yes", updatePhoneNumber: 1 };
      refused(await t.ask("POST", "phone-number/verify", { json: flags }), 400, "VALIDATION_ERROR");
    },
  },
  {
    number: "N8",
    name: "without sign-up nobody is created, and unverified numbers get a code",
    profile: "phoneNumberOptions",
    run: async (t) => {
      const stranger = phone(t, "nobody");
      const unknown = await verify(t.visitor(), stranger, await code(t, stranger));
      t.keep("a stranger", `${unknown.error.status} ${unknown.error.code}`);
      const ann = await reachable(t);
      accepted(await signIn(t, ann.phoneNumber));
      await t.store('update "user" set "phoneNumberVerified" = 0 where id = ?', ann.user.id);
      refused(await signIn(t, ann.phoneNumber), 401, "PHONE_NUMBER_NOT_VERIFIED");
      const given = await t.code(ann.phoneNumber, "phone-verification");
      assert.match(given, /^\d{8}$/);
      accepted(await verify(t.visitor(), ann.phoneNumber, given));
      accepted(await signIn(t, ann.phoneNumber));
      const late = await code(t, ann.phoneNumber);
      await t.advance(180);
      refused(await verify(t.visitor(), ann.phoneNumber, late), 400, "OTP_EXPIRED");
    },
  },
  {
    number: "N9",
    name: "a session that is not fresh changes no number",
    profile: "phoneNumber",
    run: async (t) => {
      const ann = await reachable(t);
      await t.advance(25 * 3600);
      const next = phone(t, "next");
      const given = await code(t, next);
      await verify(ann, next, given, { updatePhoneNumber: true });
      await ann.client.updateUser({ phoneNumber: null });
    },
  },
];
