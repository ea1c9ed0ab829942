// The plugins of better-auth's own client against the server at BASE_URL, on which all plugins are
// on: one happy path each. Mails and SMS are read at /dev/mail. Each client is a page in a browser.
import { passkeyClient } from "@better-auth/passkey/client";
import { createAuthClient } from "better-auth/client";
import * as plugins from "better-auth/client/plugins";
import assert from "node:assert/strict";
import { randomInt, randomUUID } from "node:crypto";
import { test } from "node:test";
import { Jar } from "./conformance/jar.mjs";
import { siweMessage } from "./conformance/siwe-message.mjs";
import { totp } from "./conformance/totp.mjs";
import { Wallet } from "./conformance/wallet.mjs";
import { installPasskeys } from "./software-passkeys.mjs";

const { BASE_URL = "http://localhost:3000" } = process.env;
const { origin, host } = new URL(BASE_URL);
const password = "correct horse battery staple";
const GRANT = "urn:ietf:params:oauth:grant-type:device_code";

function visitor() {
  const jar = new Jar();
  const customFetchImpl = async (url, init = {}) => {
    const headers = new Headers(init.headers);
    headers.set("origin", origin);
    if (jar.header) headers.set("cookie", jar.header);
    const response = await fetch(url, { ...init, headers, redirect: "manual" });
    jar.take(response.headers.getSetCookie());
    return response;
  };
  const client = createAuthClient({
    baseURL: origin,
    fetchOptions: { customFetchImpl },
    plugins: [
      plugins.twoFactorClient(),
      plugins.magicLinkClient(),
      plugins.emailOTPClient(),
      plugins.usernameClient(),
      plugins.phoneNumberClient(),
      plugins.anonymousClient(),
      plugins.multiSessionClient(),
      plugins.oneTimeTokenClient(),
      plugins.lastLoginMethodClient(),
      plugins.deviceAuthorizationClient(),
      plugins.siweClient(),
      passkeyClient(),
    ],
  });
  return { client, jar };
}

const newEmail = () => `${randomUUID()}@example.com`;
const newPhone = () => `+4670${String(randomInt(1e7)).padStart(7, "0")}`;

/** The data of a success. */
function accepted({ data, error }) {
  assert.equal(error, null, JSON.stringify(error));
  return data;
}

const userOf = async ({ client }) => (await client.getSession()).data?.user;

async function member(more = {}) {
  const page = visitor();
  const email = newEmail();
  const { user } = accepted(await page.client.signUp.email({ name: "Ann", email, password, ...more }));
  return Object.assign(page, { email, user });
}

/** The newest mail or SMS of a kind, which may come after the answer. */
async function mail(to, kind) {
  for (const last = Date.now() + 5000; Date.now() < last;) {
    const answer = await fetch(`${BASE_URL}/dev/mail`, { headers: { accept: "application/json" } });
    const found = (await answer.json()).find((mail) => mail.to === to && mail.kind === kind);
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`no ${kind} to ${to}`);
}

const code = async (to, kind) => /(?<![\d+:.])\d{6,8}(?!\d)/.exec((await mail(to, kind)).text)[0];
const token = async (to, kind) => new URL((await mail(to, kind)).link).searchParams.get("token");

test("twoFactor: an authenticator app, then a backup code", async () => {
  const ann = await member();
  const { totpURI, backupCodes } = accepted(await ann.client.twoFactor.enable({ password }));
  accepted(await ann.client.twoFactor.verifyTotp({ code: totp(totpURI, Date.now()) }));
  assert.equal((await userOf(ann)).twoFactorEnabled, true);
  const page = visitor();
  const { twoFactorRedirect, twoFactorMethods } = accepted(
    await page.client.signIn.email({ email: ann.email, password }),
  );
  assert.equal(twoFactorRedirect, true);
  assert.ok(twoFactorMethods.includes("totp"));
  assert.equal(await userOf(page), undefined);
  accepted(await page.client.twoFactor.verifyBackupCode({ code: backupCodes[0], trustDevice: true }));
  assert.equal((await userOf(page)).id, ann.user.id);
  accepted(await page.client.signOut());
  const again = accepted(await page.client.signIn.email({ email: ann.email, password }));
  assert.equal(again.user.id, ann.user.id, "the device is trusted");
  assert.equal(accepted(await page.client.twoFactor.getTotpUri({ password })).totpURI, totpURI);
  assert.equal(accepted(await page.client.twoFactor.generateBackupCodes({ password })).backupCodes.length, 10);
  accepted(await page.client.twoFactor.disable({ password }));
  assert.equal((await userOf(page)).twoFactorEnabled, false);
});

test("passkey: added, listed and used to sign in", async () => {
  installPasskeys(randomUUID(), origin);
  const ann = await member();
  const made = accepted(await ann.client.passkey.addPasskey({ name: "Phone" }));
  assert.equal(made.name, "Phone");
  const page = visitor();
  const { user } = accepted(await page.client.signIn.passkey());
  assert.equal(user.id, ann.user.id);
  const { passkey } = page.client;
  accepted(await passkey.updatePasskey({ id: made.id, name: "Old phone" }));
  const [listed] = accepted(await page.client.$fetch("/passkey/list-user-passkeys"));
  assert.equal(listed.name, "Old phone");
  accepted(await passkey.deletePasskey({ id: made.id }));
});

test("magicLink: a link signs up and in", async () => {
  const email = newEmail();
  const page = visitor();
  accepted(await page.client.signIn.magicLink({ email, name: "Ann", callbackURL: "/books" }));
  const query = { token: await token(email, "magic-link") };
  accepted(await page.client.magicLink.verify({ query }));
  assert.deepEqual([(await userOf(page)).email, (await userOf(page)).name], [email, "Ann"]);
});

test("emailOtp: a code signs in, and resets the password", async () => {
  const { email, user } = await member();
  const page = visitor();
  accepted(await page.client.emailOtp.sendVerificationOtp({ email, type: "sign-in" }));
  const otp = await code(email, "sign-in-code");
  assert.equal(accepted(await page.client.signIn.emailOtp({ email, otp })).user.id, user.id);
  accepted(await page.client.emailOtp.requestPasswordReset({ email }));
  const reset = { email, otp: await code(email, "reset-code"), password: "another horse battery" };
  accepted(await page.client.emailOtp.resetPassword(reset));
  accepted(await visitor().client.signIn.email({ email, password: reset.password }));
});

test("username: signs in", async () => {
  const username = `Ann_${randomInt(1e9)}`;
  const { client } = visitor();
  assert.equal(accepted(await client.isUsernameAvailable({ username })).available, true);
  const ann = await member({ username });
  assert.equal(accepted(await client.isUsernameAvailable({ username })).available, false);
  const { user } = accepted(await client.signIn.username({ username, password }));
  assert.deepEqual([user.id, user.displayUsername], [ann.user.id, username]);
});

test("phoneNumber: a code by SMS adds a number, which signs in", async () => {
  const ann = await member();
  const phoneNumber = newPhone();
  accepted(await ann.client.phoneNumber.sendOtp({ phoneNumber }));
  const given = await code(phoneNumber, "phone-verification");
  accepted(await ann.client.phoneNumber.verify({ phoneNumber, code: given, updatePhoneNumber: true }));
  const { user } = accepted(await visitor().client.signIn.phoneNumber({ phoneNumber, password }));
  assert.equal(user.id, ann.user.id);
});

test("anonymous: a guest becomes a user", async () => {
  const page = visitor();
  const guest = accepted(await page.client.signIn.anonymous());
  assert.equal(guest.user.isAnonymous, true);
  accepted(await page.client.signUp.email({ name: "Ann", email: newEmail(), password }));
  assert.notEqual((await userOf(page)).id, guest.user.id);
  const other = visitor();
  accepted(await other.client.signIn.anonymous());
  accepted(await other.client.deleteAnonymousUser());
  assert.equal(await userOf(other), undefined);
});

test("multiSession: a browser has several users", async () => {
  const page = await member();
  const { data: first } = await page.client.getSession();
  accepted(await page.client.signUp.email({ name: "Bob", email: newEmail(), password }));
  assert.equal(accepted(await page.client.multiSession.listDeviceSessions()).length, 2);
  const sessionToken = first.session.token;
  accepted(await page.client.multiSession.setActive({ sessionToken }));
  assert.equal((await userOf(page)).id, page.user.id);
  accepted(await page.client.multiSession.revoke({ sessionToken }));
  assert.equal((await userOf(page)).name, "Bob");
});

test("oneTimeToken: hands a session over", async () => {
  const ann = await member();
  const given = accepted(await ann.client.oneTimeToken.generate());
  const page = visitor();
  accepted(await page.client.oneTimeToken.verify({ token: given.token }));
  assert.equal((await userOf(page)).id, ann.user.id);
});

test("lastLoginMethod: pages know how their user signed in", async () => {
  const ann = await member();
  globalThis.document = { cookie: ann.jar.header };
  assert.equal(ann.client.getLastUsedLoginMethod(), "email");
  assert.equal(ann.client.isLastUsedLoginMethod("email"), true);
  delete globalThis.document;
});

test("deviceAuthorization: a user approves a device", async () => {
  const ann = await member();
  const { device } = visitor().client;
  const codes = accepted(await device.code({ client_id: "reader", scope: "read" }));
  const { user_code, device_code } = codes;
  assert.equal(accepted(await ann.client.device({ query: { user_code } })).status, "pending");
  accepted(await ann.client.device.approve({ userCode: user_code }));
  const grant = { grant_type: GRANT, device_code, client_id: "reader" };
  const { access_token, token_type } = accepted(await device.token(grant));
  assert.equal(token_type, "Bearer");
  const headers = { authorization: `Bearer ${access_token}` };
  const { data } = await visitor().client.getSession({ fetchOptions: { headers } });
  assert.equal(data.user.id, ann.user.id);
});

test("siwe: a wallet signs up and in", async () => {
  const wallet = new Wallet(randomUUID());
  const page = visitor();
  const signIn = async () => {
    const { nonce } = accepted(await page.client.siwe.nonce());
    const message = siweMessage(wallet, nonce, { domain: host });
    return accepted(await page.client.siwe.verify({ message, signature: wallet.sign(message) }));
  };
  const { user } = await signIn();
  assert.equal(user.walletAddress, wallet.address);
  assert.equal((await signIn()).user.id, user.id);
});
