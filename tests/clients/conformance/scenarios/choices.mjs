// Bookplate's own limits and routes: every scenario has an intended difference.
import assert from "node:assert/strict";
import { accepted } from "../expect.mjs";
import { PASSWORD } from "../stage.mjs";

const signUp = (t, name, more, options) =>
  t.ask("POST", "sign-up/email", {
    json: { name, email: t.email("ann"), password: PASSWORD, ...more },
    ...options,
  });

/** The session of the user who signed up last. */
const sessionOf = (t, signedUp, note) =>
  t.ask("GET", "get-session", {
    headers: { authorization: `Bearer ${signedUp.header("set-auth-token")}` },
    note,
  });

export default [
  {
    number: "D1",
    name: "a session names the address that its client was connected from",
    profile: "production",
    run: async (t) => {
      const signedUp = await signUp(t, "Ann");
      accepted(signedUp);
      assert.ok("ipAddress" in accepted(await sessionOf(t, signedUp)).session);
    },
  },
  {
    number: "D2",
    name: "a client's word for its own address, where no proxy is trusted",
    run: async (t) => {
      const headers = { "x-forwarded-for": "192.0.2.1" };
      const signedUp = await signUp(t, "Ann", {}, { headers });
      accepted(signedUp);
      accepted(await sessionOf(t, signedUp, "192.0.2.1"));
    },
  },
  {
    number: "D3",
    name: "the longest name",
    run: async (t) => {
      const ann = await t.member();
      const update = (name) =>
        ann.ask("POST", "update-user", { json: { name }, note: `${name.length} characters` });
      accepted(await update("x".repeat(300)));
      await update("x".repeat(301));
      await signUp(t, "x".repeat(301), { email: t.email("long") });
    },
  },
  {
    number: "D4",
    name: "the longest body",
    run: async (t) => {
      const ann = await t.member();
      const update = (length) => {
        const other = "x".repeat(length - JSON.stringify({ name: "Anna", other: "" }).length);
        const json = { name: "Anna", other };
        return ann.ask("POST", "update-user", { json, note: `${length} bytes` });
      };
      accepted(await update(64 * 1024));
      await update(64 * 1024 + 1);
    },
  },
  {
    number: "D5",
    name: "a page of this machine under another of its names",
    run: async (t) => {
      const { email } = await t.member();
      for (const host of ["localhost", "[::1]"]) {
        const headers = { origin: `http://${host}:${t.server.port}` };
        await t.ask("POST", "sign-in/email", { json: { email, password: PASSWORD }, headers, note: host });
      }
    },
  },
  {
    number: "D6",
    name: "routes beside better-auth's",
    run: async (t) => {
      const ann = await t.member();
      await ann.ask("GET", "session");
      for (const path of ["reference", "docs"]) await t.ask("GET", path);
      await t.ask("GET", "open-api/generate-schema");
    },
  },
];
