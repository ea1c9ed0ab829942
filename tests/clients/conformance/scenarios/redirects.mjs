import assert from "node:assert/strict";
import { accepted, redirected, refused } from "../expect.mjs";
import { PASSWORD } from "../stage.mjs";

/** Targets outside of the server in many notations. */
const elsewhere = (origin) => [
  "https://evil.example",
  "http://evil.example/path",
  "//evil.example",
  "///evil.example",
  "/\\evil.example",
  "\\/evil.example",
  "/%5Cevil.example",
  "/%2Fevil.example",
  "/path\\..\\evil",
  "javascript:alert(1)",
  "data:text/html,x",
  "/\tevil",
  " //evil.example",
  "evil.example",
  "",
  `${origin}.evil.example`,
  `${origin}@evil.example`,
];

/** Targets on the server that seem to be outside. */
const doubtful = (origin) => [
  "/./path",
  "//",
  "/..//evil.example",
  origin.replace("//", "//evil.example@"),
];

const here = (origin) => [
  "/",
  "/path",
  "/path?next=%2Fother",
  "/path#place",
  origin,
  `${origin}/path?x=1`,
];

/** Targets that both servers refuse; an empty one is ignored. */
const bad = (origin) => elsewhere(origin).filter((url) => url !== "");

export default [
  {
    number: 47,
    name: "nobody is led to another site after signing in",
    run: async (t) => {
      const { email } = await t.member();
      const signIn = (fields) =>
        t.ask("POST", "sign-in/email", {
          json: { email, password: PASSWORD, ...fields },
          note: JSON.stringify(fields),
        });
      for (const callbackURL of bad(t.origin)) {
        refused(await signIn({ callbackURL }), 403, "INVALID_CALLBACK_URL");
      }
      for (const callbackURL of here(t.origin)) {
        const answer = await signIn({ callbackURL });
        assert.deepEqual(
          [accepted(answer).url, answer.header("location")],
          [callbackURL, callbackURL],
        );
      }
      assert.equal(accepted(await signIn({ callbackURL: "" })).redirect, false);
      const evil = "https://evil.example";
      refused(await signIn({ errorCallbackURL: evil }), 403, "INVALID_ERROR_CALLBACK_URL");
      refused(await signIn({ newUserCallbackURL: evil }), 403, "INVALID_NEW_USER_CALLBACK_URL");
      refused(await signIn({ redirectTo: evil }), 403, "INVALID_REDIRECT_URL");
      refused(await signIn({ callbackURL: ["/path"] }), 400, undefined);
      for (const callbackURL of doubtful(t.origin)) await signIn({ callbackURL });
    },
  },
  {
    number: "47a",
    name: "no mail leads to another site",
    run: async (t) => {
      const ann = await t.member();
      const callbackURL = "https://evil.example";
      const password = PASSWORD;
      const bodies = {
        "sign-up/email": { name: "Eve", email: t.email("eve"), password },
        "send-verification-email": { email: ann.email },
        "change-email": { newEmail: t.email("elsewhere") },
        "delete-user": { password },
      };
      for (const [path, fields] of Object.entries(bodies)) {
        const json = { ...fields, callbackURL };
        refused(await ann.ask("POST", path, { json }), 403, "INVALID_CALLBACK_URL");
        const query = `${path}?callbackURL=${encodeURIComponent(callbackURL)}`;
        refused(await ann.ask("POST", query, { json: fields }), 403, "INVALID_CALLBACK_URL");
      }
      await t.noMail(ann.email);
      assert.ok(await ann.session(), "nothing was done");
    },
  },
  {
    number: 48,
    name: "no reset of a password leads to another site",
    run: async (t) => {
      const { email } = await t.member();
      for (const redirectTo of bad(t.origin)) {
        const answer = await t.ask("POST", "request-password-reset", {
          json: { email, redirectTo },
          note: redirectTo,
        });
        refused(answer, 403, "INVALID_REDIRECT_URL");
      }
      await t.noMail(email);
      for (const url of bad(t.origin)) {
        const query = `callbackURL=${encodeURIComponent(url)}`;
        for (const path of ["reset-password/token", "verify-email", "delete-user/callback"]) {
          const answer = await t.ask("GET", `${path}?token=x&${query}`);
          refused(answer, 403, "INVALID_CALLBACK_URL");
        }
      }
    },
  },
  {
    number: 49,
    name: "an origin with a wildcard is those below it, and no other",
    profile: "origins",
    run: async (t) => {
      const ann = await t.member();
      const update = (origin) =>
        ann.ask("POST", "update-user", {
          headers: { origin },
          json: { name: "Anna" },
          note: origin,
        });
      for (const origin of [
        "https://app.example",
        "https://a.apps.example",
        "https://a.b.apps.example",
        t.origin,
      ]) {
        accepted(await update(origin));
      }
      for (const origin of [
        "http://app.example",
        "https://app.example.evil",
        "https://apps.example",
        "https://xapps.example",
        "http://a.apps.example",
        "https://a.apps.example.evil",
        "https://a.apps.example:444",
        "https://evil.example/.apps.example",
        "https://evil.example?.apps.example",
        "https://evil.example#.apps.example",
        "https://.apps.example.evil",
        "null.apps.example",
      ]) {
        refused(await update(origin), 403, "INVALID_ORIGIN");
      }
      const signIn = (callbackURL) =>
        t.ask("POST", "sign-in/email", {
          json: { email: ann.email, password: PASSWORD, callbackURL },
          note: callbackURL,
        });
      for (const url of ["https://app.example/x", "https://a.apps.example/x?y=1"])
        accepted(await signIn(url));
      for (const url of [
        "https://evil.example/.apps.example",
        "https://a.apps.example.evil/",
        "https://evil.example\\.apps.example",
      ]) {
        refused(await signIn(url), 403, "INVALID_CALLBACK_URL");
      }
    },
  },
  {
    number: "49a",
    name: "a native app is what begins with its scheme",
    profile: "apps",
    run: async (t) => {
      const ann = await t.member();
      const update = (origin) =>
        ann.ask("POST", "update-user", { headers: { origin }, json: { name: "Anna" }, note: origin });
      const signIn = (callbackURL) =>
        t.ask("POST", "sign-in/email", {
          json: { email: ann.email, password: PASSWORD, callbackURL },
          note: callbackURL,
        });
      for (const url of [
        "myapp://",
        "MyApp://",
        "myapp://home",
        "exp://192.168.1.7:8081",
        "exp://192.168.1.7:8081/--/x",
        "com.books.app://host/cb",
        "com.books.app://host/cb/x",
        "com.books.app://HOST/x/../cb",
      ]) {
        accepted(await update(url));
        assert.equal(accepted(await signIn(url)).url, url);
      }
      for (const url of [
        "myapps://",
        "myapp",
        "exp://192.168.evil.example:8081",
        "exp://192.168.1.7",
        "exp://us@192.168.1.7:8081",
        "com.books.app://host",
        "com.books.app://host/cbx",
        "com.books.app://host/cb/../x",
        "com.books.app://host/cb/%2e%2e/x",
        "com.books.app://host.evil/cb",
        "javascript:alert(1)",
      ]) {
        refused(await update(url), 403, "INVALID_ORIGIN");
        refused(await signIn(url), 403, "INVALID_CALLBACK_URL");
      }
      const redirectTo = "myapp://reset?x=1";
      accepted(await t.visitor().client.requestPasswordReset({ email: ann.email, redirectTo }));
      const link = await t.mail(ann.email, "reset");
      const token = link.match(/reset-password\/(\w+)/)[1];
      redirected(await t.ask("GET", link), `${redirectTo}&token=${token}`);
    },
  },
  {
    number: "49b",
    name: "an origin with a wildcard in an address is an address, and no name",
    profile: "addresses",
    run: async (t) => {
      const ann = await t.member();
      const update = (origin) =>
        ann.ask("POST", "update-user", {
          headers: { origin },
          json: { name: "Anna" },
          note: origin,
        });
      for (const origin of [
        "http://192.168.1.7",
        "http://192.168.0.255",
        "http://192.168.1.7:5173",
        "http://10.0.0.7:5173",
        "https://10.1.2.3",
        "https://10.1.2.3:8443",
      ]) {
        accepted(await update(origin));
      }
      for (const origin of [
        "http://192.168.evil.example",
        "http://192.168.1.evil.example",
        "http://192.168.1.7.evil.example",
        "http://192.169.1.7",
        "https://192.168.1.7",
        "http://10.0.0.7",
        "http://10.0.0.70:5173",
        "https://10.1.evil.example",
        "http://[::ffff:192.168.1.7]",
      ]) {
        refused(await update(origin), 403, "INVALID_ORIGIN");
      }
    },
  },
];
