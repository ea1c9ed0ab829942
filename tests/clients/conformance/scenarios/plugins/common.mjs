// What concerns several of better-auth's sign-in plugins: their cookies, and their absence.
import assert from "node:assert/strict";
import { accepted, refused } from "../../expect.mjs";
import { register } from "../../passkeys.mjs";
import { Authenticator } from "../../authenticator.mjs";
import { PASSWORD } from "../../stage.mjs";
import { challenged, codeOf, guarded } from "../../two-factor-people.mjs";

const ROUTES = [
  "POST two-factor/enable",
  "POST two-factor/verify-totp",
  "GET passkey/generate-authenticate-options",
  "POST sign-in/magic-link",
  "GET magic-link/verify?token=x",
  "POST sign-in/email-otp",
  "POST email-otp/send-verification-otp",
  "POST forget-password/email-otp",
  "POST sign-in/username",
  "POST is-username-available",
  "POST sign-in/phone-number",
  "POST phone-number/verify",
  "POST sign-in/anonymous",
  "POST delete-anonymous-user",
  "GET multi-session/list-device-sessions",
  "GET one-time-token/generate",
  "POST one-time-token/verify",
  "POST device/code",
  "POST device/token",
  "GET device",
  "POST siwe/nonce",
  "POST siwe/verify",
];

const median = (numbers) => numbers.sort((a, b) => a - b)[Math.floor(numbers.length / 2)];

/** How many times longer one request takes than another. */
async function ratio(one, other) {
  const took = async (ask) => {
    const start = performance.now();
    await ask();
    return performance.now() - start;
  };
  const [ones, others] = [[], []];
  for (let round = 0; round < 7; round++) {
    ones.push(await took(one));
    others.push(await took(other));
  }
  return median(ones) / median(others);
}

/** Cookies of all plugins that set some. */
async function everyCookie(t) {
  const ann = await guarded(t);
  accepted(await register(t, ann, new Authenticator(`phone of ${t.number}`)));
  const page = await challenged(t, ann);
  accepted(await page.client.twoFactor.verifyTotp({ code: codeOf(t, ann), trustDevice: true }));
  const fields = { name: "bob", email: t.email("bob"), password: PASSWORD };
  accepted(await page.client.signUp.email(fields));
  const list = accepted(await page.client.multiSession.listDeviceSessions());
  assert.deepEqual(list.map(({ user }) => user.name).sort(), ["ann", "bob"]);
  const sessionToken = list.find(({ user }) => user.name === "ann").session.token;
  accepted(await page.client.multiSession.setActive({ sessionToken }));
  accepted(await page.client.signIn.email({ email: ann.email, password: PASSWORD }));
  accepted(await page.client.signOut());
  t.keep("cookies left", [...page.jar.cookies.keys()].filter((name) => !name.includes("known_device")).sort());
}

export default [
  {
    number: "X1",
    name: "the plugins' cookies below an https URL",
    profile: "pluginsHttps",
    run: everyCookie,
  },
  {
    number: "X2",
    name: "the plugins' cookies with a prefix and a domain of one's own",
    profile: "pluginsCookies",
    run: everyCookie,
  },
  {
    number: "X3",
    name: "plugins that are off have no routes",
    run: async (t) => {
      for (const route of ROUTES) {
        const [method, path] = route.split(" ");
        const answer = await t.ask(method, path, method === "POST" ? { json: {} } : {});
        assert.equal(answer.status, 404, route);
      }
    },
  },
  {
    number: "X4",
    name: "a simulated user has the plugins' fields of a real one",
    profile: "pluginsVerified",
    run: async (t) => {
      const signUp = async () => {
        const json = { name: "Ann", email: t.email("ann"), password: PASSWORD };
        return accepted(await t.ask("POST", "sign-up/email", { json })).user;
      };
      const [real, simulated] = [await signUp(), await signUp()];
      assert.deepEqual(Object.keys(simulated), Object.keys(real));
      const { id, createdAt, updatedAt, ...rest } = real;
      const { id: id_, createdAt: at, updatedAt: then, ...others } = simulated;
      t.keep("alike", JSON.stringify(rest) === JSON.stringify(others));
    },
  },
  {
    number: "X5",
    name: "unknown names and numbers take as long as wrong passwords",
    profile: "everyMethod",
    run: async (t) => {
      await t.member("ann", { username: "ann_x5" });
      const password = "wrong horse battery";
      const byName = (username) => () =>
        t.unrecorded("POST", "sign-in/username", { json: { username, password } });
      const names = await ratio(byName("nobody_x5"), byName("ann_x5"));
      assert.ok(names > 1 / 3 && names < 3, `an unknown name takes ${names.toFixed(2)} of a known one`);
      const bob = await t.member("bob");
      const phoneNumber = "+46703333333";
      accepted(await bob.client.phoneNumber.sendOtp({ phoneNumber }));
      const code = await t.code(phoneNumber, "phone-verification");
      accepted(await bob.client.phoneNumber.verify({ phoneNumber, code, updatePhoneNumber: true }));
      const byPhone = (phoneNumber) => () =>
        t.unrecorded("POST", "sign-in/phone-number", { json: { phoneNumber, password } });
      const numbers = await ratio(byPhone("+46704444444"), byPhone(phoneNumber));
      // better-auth hashes nothing for an unknown number.
      if (t.server.name === "bookplate") {
        assert.ok(numbers > 1 / 3 && numbers < 3, `an unknown number takes ${numbers.toFixed(2)}`);
      }
      const signIn = await t.visitor().client.signIn.username({ username: "nobody_x5", password });
      refused(signIn, 401, "INVALID_USERNAME_OR_PASSWORD");
    },
  },
];
