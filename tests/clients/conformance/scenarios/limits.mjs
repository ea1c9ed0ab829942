import assert from "node:assert/strict";
import { accepted } from "../expect.mjs";
import { PASSWORD } from "../stage.mjs";

// Path, body, window in seconds and number of allowed requests. All requests are refused for
// another reason or have no effect, so only the limit matters.
const LIMITS = [
  ["sign-in/email", { email: "nobody@example.com", password: PASSWORD }, 10, 3],
  ["sign-up/email", {}, 10, 3],
  ["change-password", {}, 10, 3],
  ["change-email", {}, 10, 3],
  ["request-password-reset", { email: "nobody@example.com" }, 60, 3],
  ["send-verification-email", {}, 60, 3],
];

/** One request as a proxy forwards it. */
const from = (t, address, path = "sign-in/email", json = LIMITS[0][1]) =>
  t.ask("POST", path, { json, headers: { "x-forwarded-for": address }, note: address });

const statuses = async (requests) => {
  const found = [];
  for (const request of requests) found.push((await request()).status);
  return found;
};

const TOO_MANY = [401, 401, 401, 429];

export default [
  {
    number: "L1",
    name: "each path has its limit",
    profile: "limited",
    run: async (t) => {
      for (const [path, json, seconds, most] of LIMITS) {
        for (let count = 0; count < most; count++) {
          assert.notEqual((await from(t, "192.0.2.1", path, json)).status, 429, path);
        }
        const refused = await from(t, "192.0.2.1", path, json);
        assert.equal(refused.status, 429, path);
        assert.deepEqual(JSON.parse(refused.text), {
          message: "Too many requests. Please try again later.",
        });
        assert.ok(Number(refused.header("x-retry-after")) <= seconds);
        await t.advance(seconds + 1);
        assert.notEqual((await from(t, "192.0.2.1", path, json)).status, 429, path);
      }
    },
  },
  {
    number: "L2",
    name: "any other path takes a hundred requests",
    profile: "limited",
    run: async (t) => {
      const ask = () =>
        t.unrecorded("GET", "get-session", { headers: { "x-forwarded-for": "192.0.2.2" } });
      for (let count = 0; count < 100; count++) assert.equal((await ask()).status, 200);
      assert.equal((await ask()).status, 429);
      await t.advance(11);
      accepted(await ask());
    },
  },
  {
    number: "L3",
    name: "an allowed request begins the window anew, a refused one does not",
    profile: "limited",
    run: async (t) => {
      const ask = () => from(t, "192.0.2.3");
      const wait = (seconds) => async () => {
        await t.advance(seconds);
        return ask();
      };
      assert.deepEqual(await statuses([ask, wait(6), wait(6), wait(6)]), TOO_MANY);
      assert.deepEqual(await statuses([wait(5), ask]), [401, 401]);
    },
  },
  {
    number: "L4",
    name: "each address has its own count, which no client can choose",
    profile: "limited",
    run: async (t) => {
      const addresses = (list) => list.map((address) => () => from(t, address));
      assert.deepEqual(await statuses(addresses(Array(4).fill("192.0.2.4"))), TOO_MANY);
      assert.equal((await from(t, "192.0.2.5")).status, 401);
      // Addresses before the nearest hop are set by the client.
      const spoofed = [
        "203.0.113.1, 192.0.2.6",
        "203.0.113.2, 192.0.2.6",
        "nonsense, 192.0.2.6",
        "192.0.2.6",
      ];
      assert.deepEqual(await statuses(addresses(spoofed)), TOO_MANY);
      assert.equal((await from(t, "192.0.2.6, 127.0.0.1")).status, 429);
      assert.equal((await from(t, "::ffff:192.0.2.6")).status, 429);
    },
  },
  {
    number: "L5",
    name: "who signed up from where is kept",
    profile: "limited",
    run: async (t) => {
      for (const address of [
        "198.51.100.7",
        "2001:DB8:0:1::1",
        "203.0.113.9, 198.51.100.8",
        "nonsense",
        "",
      ]) {
        const json = { name: "Ann", email: t.email(`ann${address.length}`), password: PASSWORD };
        const answer = await from(t, address, "sign-up/email", json);
        accepted(answer);
        const headers = { authorization: `Bearer ${answer.header("set-auth-token")}` };
        accepted(await t.ask("GET", "get-session", { headers, note: address }));
        await t.advance(11);
      }
    },
  },
];
