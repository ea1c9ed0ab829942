// Checks of better-auth's sign-in plugins: what begins at one server ends at the other.
import { BETTER_AUTH_SERVER } from "../node-package.mjs";
import assert from "node:assert/strict";
import { Authenticator } from "../authenticator.mjs";
import { accepted, redirected, refused } from "../expect.mjs";
import {
  authenticateOptions,
  finishRegistration,
  finishSignIn,
  register,
  registerOptions,
  signIn,
} from "../passkeys.mjs";
import { siweSignIn } from "../siwe-message.mjs";
import { PASSWORD } from "../stage.mjs";
import { challenged, codeOf, enrol, wrongCode } from "../two-factor-people.mjs";
import { Wallet } from "../wallet.mjs";
import { at } from "./checks.mjs";

/** The settings of both servers. */
export const pluginSettings = {
  plugins: [
    "two-factor",
    "passkey",
    "magic-link",
    "email-otp",
    "username",
    "phone-number",
    "anonymous",
    "multi-session",
    "one-time-token",
    "device-authorization",
    "siwe",
  ],
  options: {
    "two-factor": { issuer: "Books", otpOptions: { storeOTP: "encrypted" } },
    "phone-number": { signUpOnVerification: true },
    siwe: { domain: "books.example" },
  },
};

const TRUST = "trust_device";
const GRANT = "urn:ietf:params:oauth:grant-type:device_code";

/** The same page at the other server, with the user's second factor. */
const moved = (stage, { uri, backupCodes, user, ...visitor }) =>
  Object.assign(at(stage, visitor), { uri, backupCodes, user });

/** Waits until authenticator apps show another code. */
const next = (...stages) => Promise.all(stages.map((stage) => stage.advance(120)));

/** A user with an authenticator app, turned on at `here`. */
async function guarded(here, there, name = "ann") {
  const ann = await here.member(name);
  return enrol(here, ann, () => next(here, there));
}

const verify = ({ client }, code, more = {}) => client.twoFactor.verifyTotp({ code, ...more });

/** A number that no other check uses. */
const phoneOf = ({ number }) => `+4672${number.padStart(7, "0")}`;

export const plugins = {
  "an authenticator app of here is asked for there": async (here, there) => {
    const ann = await guarded(here, there);
    const page = await challenged(there, ann);
    refused(await verify(page, wrongCode(codeOf(there, ann))), 401, "INVALID_CODE");
    const { user } = accepted(await verify(page, codeOf(there, ann)));
    assert.deepEqual([user.id, user.twoFactorEnabled], [ann.user.id, true]);
    assert.ok(await page.session());
    const shown = await at(there, ann).client.twoFactor.getTotpUri({ password: PASSWORD });
    assert.equal(accepted(shown).totpURI, ann.uri);
    accepted(await at(there, ann).client.twoFactor.disable({ password: PASSWORD }));
    await here.signIn(ann.email);
  },

  "a challenge of here is answered there": async (here, there) => {
    const ann = await guarded(here, there);
    const page = await challenged(here, ann);
    assert.equal(await at(there, page).session(), null);
    accepted(await verify(moved(there, page), codeOf(there, ann)));
    assert.equal((await page.session()).user.id, ann.user.id);
    await next(here, there);
    const mailed = await challenged(here, ann);
    accepted(await mailed.client.twoFactor.sendOtp());
    const code = await here.code(ann.email, "two-factor-code");
    accepted(await at(there, mailed).client.twoFactor.verifyOtp({ code }));
    assert.equal((await mailed.session()).user.id, ann.user.id);
  },

  "wrong codes count on both": async (here, there) => {
    const ann = await guarded(here, there);
    for (const from of [here, there]) {
      const page = await challenged(from, ann);
      for (const stage of [here, there, here, there, here]) {
        const wrong = wrongCode(codeOf(stage, ann));
        refused(await verify(moved(stage, page), wrong), 401, "INVALID_CODE");
      }
    }
    for (const stage of [here, there]) {
      const page = await challenged(stage, ann);
      refused(await verify(page, codeOf(stage, ann)), 429, "ACCOUNT_TEMPORARILY_LOCKED");
    }
  },

  "backup codes of here sign in there, once": async (here, there) => {
    const ann = await guarded(here, there);
    const [code, other] = ann.backupCodes;
    const use = async (stage, code) =>
      (await challenged(stage, ann)).client.twoFactor.verifyBackupCode({ code });
    accepted(await use(there, code));
    refused(await use(here, code), 401, "INVALID_BACKUP_CODE");
    accepted(await use(here, other));
    refused(await use(there, other), 401, "INVALID_BACKUP_CODE");
    const again = await at(there, ann).client.twoFactor.generateBackupCodes({ password: PASSWORD });
    accepted(await use(here, accepted(again).backupCodes[0]));
  },

  "a device that is trusted here is trusted there": async (here, there) => {
    const ann = await guarded(here, there);
    const page = await challenged(here, ann);
    accepted(await verify(page, codeOf(here, ann), { trustDevice: true }));
    const first = page.jar.get(TRUST);
    const fields = { email: ann.email, password: PASSWORD };
    const answer = await at(there, page).client.signIn.email(fields);
    assert.equal(accepted(answer).user.id, ann.user.id);
    assert.notEqual(page.jar.get(TRUST), first);
    assert.equal(accepted(await page.client.signIn.email(fields)).user.id, ann.user.id);
    for (const stage of [here, there]) {
      const thief = stage.visitor();
      thief.jar.cookies.set(page.jar.name(TRUST), first);
      assert.equal(accepted(await thief.client.signIn.email(fields)).twoFactorRedirect, true);
    }
  },

  "a passkey of here signs in there": async (here, there) => {
    const ann = await here.member();
    const phone = new Authenticator(`phone of ${here.number}`);
    const { id } = accepted(await register(here, ann, phone, { name: "Phone" }));
    // Only Bookplate names the authenticator.
    const list = async (stage) => {
      const found = accepted(await at(stage, ann).ask("GET", "passkey/list-user-passkeys"));
      return found.map(({ authenticator, ...passkey }) => passkey);
    };
    assert.deepEqual(await list(there), await list(here));
    for (const stage of [there, here, there]) {
      const { user } = accepted(await signIn(stage, stage.visitor(), phone));
      assert.equal(user.id, ann.user.id);
    }
    assert.equal((await list(here))[0].counter, 3);
    const old = await signIn(here, here.visitor(), phone, { counter: 2 });
    refused(old, 400, "AUTHENTICATION_FAILED");
    const rename = { id, name: "Old phone" };
    accepted(await at(there, ann).ask("POST", "passkey/update-passkey", { json: rename }));
    assert.equal((await list(here))[0].name, "Old phone");
    accepted(await at(there, ann).ask("POST", "passkey/delete-passkey", { json: { id } }));
    refused(await signIn(here, here.visitor(), phone), 401, "PASSKEY_NOT_FOUND");
  },

  "a passkey that begins here is made and used there": async (here, there) => {
    const ann = await here.member();
    const phone = new Authenticator(`phone of ${here.number}`);
    const options = accepted(await registerOptions(ann));
    accepted(await finishRegistration(there, at(there, ann), phone, options));
    const page = here.visitor();
    const asked = accepted(await authenticateOptions(page));
    const { user } = accepted(await finishSignIn(there, at(there, page), phone, asked));
    assert.equal(user.id, ann.user.id);
    assert.equal((await page.session()).user.id, ann.user.id);
    refused(await finishSignIn(here, page, phone, asked), 400, "CHALLENGE_NOT_FOUND");
  },

  "a link that is mailed by here signs in there": async (here, there) => {
    const email = here.email("ann");
    const link = async () => {
      accepted(await here.visitor().client.signIn.magicLink({ email, name: "Ann", callbackURL: "/books" }));
      return here.mail(email, "magic-link");
    };
    const page = there.visitor();
    const path = await link();
    redirected(await page.ask("GET", path, { headers: {} }), `${there.origin}/books`);
    const { user } = await page.session();
    assert.deepEqual([user.email, user.name], [email, "Ann"]);
    const again = await here.visitor().ask("GET", path, { headers: {} });
    assert.match(again.header("location"), /error=INVALID_TOKEN/);
    const other = there.visitor();
    await other.ask("GET", await link(), { headers: {} });
    assert.equal((await other.session()).user.id, user.id);
  },

  "codes by mail and SMS of here sign in there": async (here, there) => {
    const email = here.email("ann");
    accepted(await here.visitor().client.emailOtp.sendVerificationOtp({ email, type: "sign-in" }));
    const otp = await here.code(email, "sign-in-code");
    const wrong = { email, otp: wrongCode(otp) };
    refused(await here.visitor().client.signIn.emailOtp(wrong), 400, "INVALID_OTP");
    accepted(await there.visitor().client.signIn.emailOtp({ email, otp, name: "Ann" }));
    refused(await here.visitor().client.signIn.emailOtp({ email, otp }), 400, "INVALID_OTP");
    // 1.7.7 stores the codes of phone numbers under another name.
    if (BETTER_AUTH_SERVER !== "better-auth") return;
    const phoneNumber = phoneOf(here);
    accepted(await here.visitor().client.phoneNumber.sendOtp({ phoneNumber }));
    const code = await here.code(phoneNumber, "phone-verification");
    const { user } = accepted(await there.visitor().client.phoneNumber.verify({ phoneNumber, code }));
    accepted(await here.visitor().client.phoneNumber.sendOtp({ phoneNumber }));
    const next = await here.code(phoneNumber, "phone-verification");
    const again = await here.visitor().client.phoneNumber.verify({ phoneNumber, code: next });
    assert.equal(accepted(again).user.id, user.id);
  },

  "user names are those of both": async (here, there) => {
    const username = `Ann_${here.number}`;
    const ann = await here.member("ann", { username });
    const fields = { username: username.toUpperCase(), password: PASSWORD };
    const { user } = accepted(await there.visitor().client.signIn.username(fields));
    assert.deepEqual([user.id, user.username, user.displayUsername], [ann.user.id, username.toLowerCase(), username]);
    const free = await there.visitor().client.isUsernameAvailable({ username });
    assert.equal(accepted(free).available, false);
  },

  "a wallet is one user's on both": async (here, there) => {
    const wallet = new Wallet(`wallet of ${here.number}`);
    const { user } = accepted(await siweSignIn(here, here.visitor(), wallet));
    assert.equal(accepted(await siweSignIn(there, there.visitor(), wallet)).user.id, user.id);
    const other = await siweSignIn(there, there.visitor(), wallet, { chainId: 10 });
    assert.equal(accepted(other).user.id, user.id);
  },

  "a device of here is approved there": async (here, there) => {
    const ann = await here.member();
    const { device } = here.visitor().client;
    const codes = accepted(await device.code({ client_id: "reader" }));
    const user_code = codes.user_code;
    accepted(await at(there, ann).client.device({ query: { user_code } }));
    accepted(await at(there, ann).client.device.approve({ userCode: user_code }));
    const grant = { grant_type: GRANT, device_code: codes.device_code, client_id: "reader" };
    const { access_token } = accepted(await device.token(grant));
    const headers = { authorization: `Bearer ${access_token}` };
    assert.equal((await here.ask("GET", "get-session", { headers })).json?.user.id, ann.user.id);
    const twice = await there.visitor().client.device.token(grant);
    assert.equal(twice.error.error, "invalid_grant");
  },

  "a token, and a browser's users, are those of both": async (here, there) => {
    const page = await here.member("ann");
    const { token } = accepted(await page.client.oneTimeToken.generate());
    const other = there.visitor();
    assert.equal(accepted(await other.client.oneTimeToken.verify({ token })).user.id, page.user.id);
    const fields = { name: "bob", email: here.email("bob"), password: PASSWORD };
    accepted(await page.client.signUp.email(fields));
    const moved = at(there, page);
    const list = accepted(await moved.client.multiSession.listDeviceSessions());
    assert.deepEqual(list.map(({ user }) => user.name).sort(), ["ann", "bob"]);
    accepted(await moved.client.multiSession.setActive({ sessionToken: page.token }));
    assert.equal((await page.session()).user.name, "ann");
  },

  "a guest of here is a user there": async (here, there) => {
    const page = here.visitor();
    const guest = accepted(await page.client.signIn.anonymous());
    assert.equal((await at(there, page).session()).user.isAnonymous, true);
    const again = await at(there, page).client.signIn.anonymous();
    refused(again, 400, "ANONYMOUS_USERS_CANNOT_SIGN_IN_AGAIN_ANONYMOUSLY");
    const fields = { name: "ann", email: here.email("ann"), password: PASSWORD };
    const { user } = accepted(await at(there, page).client.signUp.email(fields));
    assert.notEqual(user.id, guest.user.id);
    const headers = { authorization: `Bearer ${guest.token}` };
    assert.equal((await here.ask("GET", "get-session", { headers })).text, "null");
  },
};
