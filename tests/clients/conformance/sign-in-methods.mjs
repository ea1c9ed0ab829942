// Every sign-in method, used by a member. `prepare(t, member)` gives the member what the method takes;
// `use(t, page, member, prepared)` signs in on a page without a session. `member.username` is the
// user name. `proof`: "two factors", or "session" if an own session signs in; otherwise it is one.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { Authenticator } from "./authenticator.mjs";
import { accepted } from "./expect.mjs";
import { register, signIn } from "./passkeys.mjs";
import { become, comeBack, start } from "./provider-accounts.mjs";
import { siweSignIn } from "./siwe-message.mjs";
import { PASSWORD } from "./stage.mjs";
import { Wallet } from "./wallet.mjs";

const GRANT = "urn:ietf:params:oauth:grant-type:device_code";

const tokenOf = (link) => new URLSearchParams(link.split("?")[1]).get("token");

/** A number that no other scenario uses. */
function phoneOf({ number }) {
  const digest = createHash("sha256").update(`phone of ${number}`).digest();
  return `+4670${String(digest.readUInt32BE(0) % 1e7).padStart(7, "0")}`;
}

async function withPhone(t, { client }) {
  const phoneNumber = phoneOf(t);
  accepted(await client.phoneNumber.sendOtp({ phoneNumber }));
  const code = await t.code(phoneNumber, "phone-verification");
  accepted(await client.phoneNumber.verify({ phoneNumber, code, updatePhoneNumber: true }));
  return phoneNumber;
}

async function withPasskey(t, member) {
  const phone = new Authenticator(`phone of ${t.number}`);
  accepted(await register(t, member, phone));
  return phone;
}

async function withWallet(t, { user }) {
  const wallet = new Wallet(`wallet of ${t.number}`);
  const owner = accepted(await siweSignIn(t, t.visitor(), wallet));
  // The wallet is the member's from now on.
  for (const table of ["walletAddress", "account"]) {
    await t.store(`update "${table}" set "userId" = ? where "userId" = ?`, user.id, owner.user.id);
  }
  return wallet;
}

/** A provider's account with the member's address, which is linked. */
const withProvider = (provider) => async (t, member) => {
  await t.store('update "user" set "emailVerified" = 1 where id = ?', member.user.id);
  become(t, provider, "ann");
  const { visitor } = await comeBack(t, provider);
  assert.equal((await visitor.session()).user.id, member.user.id);
};

const googleToken = (t) => {
  become(t, "google", "ann");
  const google = t.provider("google");
  return google.idToken(google.account);
};

async function mailedCode(t, page, email, type, kind) {
  await page.client.emailOtp.sendVerificationOtp({ email, type });
  return t.code(email, kind);
}

async function approvedDevice(t, page, { client }) {
  const { device } = page.client;
  const codes = accepted(await device.code({ client_id: "reader" }));
  accepted(await client.device({ query: { user_code: codes.user_code } }));
  await client.device.approve({ userCode: codes.user_code });
  return { grant_type: GRANT, device_code: codes.device_code, client_id: "reader" };
}

export const methods = {
  "a password": {
    route: "POST sign-in/email",
    use: (t, page, { email }) => page.client.signIn.email({ email, password: PASSWORD }),
  },
  "a user name": {
    route: "POST sign-in/username",
    use: (t, page, { username }) => page.client.signIn.username({ username, password: PASSWORD }),
  },
  "a phone number and a password": {
    route: "POST sign-in/phone-number",
    prepare: withPhone,
    use: (t, page, _, phoneNumber) =>
      page.client.signIn.phoneNumber({ phoneNumber, password: PASSWORD }),
  },
  "a code by SMS": {
    route: "POST phone-number/verify",
    prepare: withPhone,
    use: async (t, page, _, phoneNumber) => {
      await page.client.phoneNumber.sendOtp({ phoneNumber });
      const code = await t.code(phoneNumber, "phone-verification");
      return page.client.phoneNumber.verify({ phoneNumber, code });
    },
  },
  "a code by mail": {
    route: "POST sign-in/email-otp",
    use: async (t, page, { email }) => {
      const otp = await mailedCode(t, page, email, "sign-in", "sign-in-code");
      return page.client.signIn.emailOtp({ email, otp });
    },
  },
  "the code that verifies an address": {
    route: "POST email-otp/verify-email",
    use: async (t, page, { email }) => {
      const otp = await mailedCode(t, page, email, "email-verification", "verification-code");
      return page.client.emailOtp.verifyEmail({ email, otp });
    },
  },
  "a link by mail": {
    route: "GET magic-link/verify",
    use: async (t, page, { email }) => {
      await page.client.signIn.magicLink({ email, callbackURL: "/books" });
      return page.ask("GET", await t.mail(email, "magic-link"), { headers: {} });
    },
  },
  "a link by mail, opened by a client": {
    route: "GET magic-link/verify",
    use: async (t, page, { email }) => {
      await page.client.signIn.magicLink({ email });
      const token = tokenOf(await t.mail(email, "magic-link"));
      return page.client.magicLink.verify({ query: { token } });
    },
  },
  "the link that verifies an address": {
    route: "GET verify-email",
    use: async (t, page, { email, user }) => {
      await t.store('update "user" set "emailVerified" = 0 where id = ?', user.id);
      await page.client.sendVerificationEmail({ email });
      const token = tokenOf(await t.mail(email, "verification"));
      return page.client.verifyEmail({ query: { token } });
    },
  },
  "a passkey without user verification": {
    route: "POST passkey/verify-authentication",
    prepare: withPasskey,
    use: (t, page, _, phone) => signIn(t, page, phone, { verified: false }),
  },
  "a passkey with user verification": {
    route: "POST passkey/verify-authentication",
    proof: "two factors",
    prepare: withPasskey,
    use: (t, page, _, phone) => signIn(t, page, phone),
  },
  "a wallet": {
    route: "POST siwe/verify",
    prepare: withWallet,
    use: (t, page, _, wallet) => siweSignIn(t, page, wallet),
  },
  "a provider": {
    route: "GET callback/:id",
    prepare: withProvider("github"),
    use: async (t, page) => {
      become(t, "github", "ann");
      return page.visitProvider(await start(page, "github"));
    },
  },
  "an id token": {
    route: "POST sign-in/social",
    prepare: withProvider("google"),
    use: async (t, page) => {
      const idToken = { token: await googleToken(t) };
      return page.client.signIn.social({ provider: "google", idToken });
    },
  },
  "one tap": {
    route: "POST one-tap/callback",
    prepare: withProvider("google"),
    use: async (t, page) =>
      page.ask("POST", "one-tap/callback", { json: { idToken: await googleToken(t) } }),
  },
  "an approved device": {
    route: "POST device/token",
    proof: "session",
    use: async (t, page, member) => {
      const grant = await approvedDevice(t, page, member);
      const outcome = await page.client.device.token(grant);
      if (outcome.data?.access_token) t.normal.call(outcome.data.access_token, "<token of the device>");
      return outcome;
    },
  },
  "a one-time token": {
    route: "POST one-time-token/verify",
    proof: "session",
    use: async (t, page, { client }) => {
      const { data } = await client.oneTimeToken.generate();
      return page.client.oneTimeToken.verify({ token: data?.token ?? "" });
    },
  },
};
