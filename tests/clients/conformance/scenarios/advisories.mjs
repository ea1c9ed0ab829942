// Published vulnerabilities of better-auth.
import assert from "node:assert/strict";
import { accepted, redirected, refused } from "../expect.mjs";
import { PASSWORD } from "../stage.mjs";

/** Spellings of a path that a router may treat as equal. */
const spellings = (base, path) =>
  new Set([
    `${base}/${path}`,
    `/${base}/${path}`,
    `${base}//${path}`,
    `//${base}//${path}`,
    `${base}/${path}/`,
    `${base}/${path}//`,
    `${base}/./${path}`,
    `${base}/other/../${path}`,
    `${base}/${path.replace("/", "//")}`,
    `${base}/${path.replace("/", "%2F")}`,
    `${base}/%${path.charCodeAt(0).toString(16)}${path.slice(1)}`,
    `${base}/${path.toUpperCase()}`,
    `${base}/${path};x=1`,
  ]);

export default [
  {
    number: "A1",
    name: "GHSA-x732-6j76-qmhm: no spelling of a path reaches what is disabled",
    profile: "closed",
    run: async (t) => {
      const ann = await t.member();
      for (const path of spellings(t.server.basePath, "update-user")) {
        const answer = await ann.ask("POST", path, { json: { name: "Mallory" }, note: "update" });
        assert.equal(answer.status, 404, path);
      }
      const json = { email: ann.email, password: PASSWORD };
      for (const path of spellings(t.server.basePath, "sign-in/email")) {
        assert.equal((await t.ask("POST", path, { json })).status, 404, path);
      }
      assert.equal((await ann.session()).user.name, "ann");
    },
  },
  {
    number: "A2",
    name: "GHSA-x732-6j76-qmhm: no spelling of a path evades its limit",
    profile: "limited",
    run: async (t) => {
      const json = { email: t.email("nobody"), password: PASSWORD };
      const headers = { "x-forwarded-for": "192.0.2.20" };
      const ask = (path) => t.ask("POST", path, { json, headers });
      for (let count = 0; count < 3; count++) await ask("sign-in/email");
      for (const path of [...spellings(t.server.basePath, "sign-in/email"), "sign-in/email?x=1"]) {
        const { status } = await ask(path);
        assert.ok(status === 404 || status === 429, `${path} answers ${status}`);
      }
    },
  },
  {
    number: "A2a",
    name: "a slash at the end is overlooked by a setting, and evades no limit",
    profile: "slashes",
    run: async (t) => {
      const headers = { "x-forwarded-for": "192.0.2.21" };
      assert.equal((await t.ask("GET", "get-session/", { headers })).status, 200);
      assert.equal((await t.ask("GET", "get-session/?x=1", { headers })).status, 200);
      for (const path of ["ok//", "/ok", "", "nowhere/"]) {
        assert.equal((await t.ask("GET", `${t.server.basePath}/${path}`, { headers })).status, 404);
      }
      const json = { email: t.email("nobody"), password: PASSWORD };
      const ask = async (path) => (await t.ask("POST", path, { json, headers })).status;
      for (const path of ["sign-in/email", "sign-in/email/", "sign-in/email"]) {
        assert.equal(await ask(path), 401);
      }
      for (const path of ["sign-in/email/", "sign-in/email"]) assert.equal(await ask(path), 429);
    },
  },
  {
    number: "A3",
    name: "CVE-2026-45364: the addresses of one IPv6 network are one client",
    profile: "limited",
    run: async (t) => {
      const ask = async (address) => {
        const json = { email: t.email("nobody"), password: PASSWORD };
        const headers = { "x-forwarded-for": address };
        return (await t.ask("POST", "sign-in/email", { json, headers, note: address })).status;
      };
      const network = ["2001:db8:a:b::1", "2001:db8:a:b:ffff::2", "2001:0DB8:000a:000b:1:2:3:4"];
      for (const address of network) assert.equal(await ask(address), 401);
      assert.equal(await ask("2001:db8:a:b::5"), 429);
      assert.equal(await ask("2001:db8:a:c::1"), 401, "the next network");
    },
  },
  {
    number: "A4",
    name: "GHSA-2vg6-77g8-24mp: no session outlives its user",
    profile: "compact",
    run: async (t) => {
      const ann = await t.member();
      const [other, cached] = [await t.signIn(ann.email), await t.signIn(ann.email)];
      accepted(await ann.client.deleteUser({ password: PASSWORD }));
      other.jar.delete("session_data");
      assert.equal(await other.copy().session(), null);
      for (const path of ["list-sessions", "list-accounts"]) {
        refused(await other.copy().ask("GET", path), 401, "UNAUTHORIZED");
      }
      const token = decodeURIComponent(other.jar.get("session_token"));
      const headers = { authorization: `Bearer ${token}` };
      assert.equal((await t.ask("GET", "get-session", { headers })).text, "null");
      // Another page's cache stays valid for five minutes, but only for `get-session`.
      const change = { currentPassword: PASSWORD, newPassword: "another horse battery" };
      refused(
        await cached.copy().ask("POST", "change-password", { json: change }),
        401,
        "UNAUTHORIZED",
      );
      await t.advance(360);
      assert.equal(await cached.session(), null);
    },
  },
  {
    number: "A5",
    name: "open redirects: the token of a reset goes to no other site",
    profile: "origins",
    run: async (t) => {
      const { email } = await t.member();
      const redirectTo = "https://app.example/reset";
      accepted(await t.visitor().client.requestPasswordReset({ email, redirectTo }));
      const link = await t.mail(email, "reset");
      const token = link.match(/reset-password\/(\w+)/)[1];
      redirected(await t.ask("GET", link), `${redirectTo}?token=${token}`);
      const evil = [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "https://app.example.evil",
        "https://app.example@evil.example",
        "https://evil.example/https://app.example",
        "https://xapps.example",
        "http://app.example/reset",
        "/%5Cevil.example",
        "/%09/evil.example/..\\",
      ];
      for (const url of evil) {
        const answer = await t.ask(
          "GET",
          `reset-password/${token}?callbackURL=${encodeURIComponent(url)}`,
        );
        refused(answer, 403, "INVALID_CALLBACK_URL");
      }
      // A second parameter of the same name is ignored.
      const twice = `callbackURL=${encodeURIComponent(redirectTo)}&callbackURL=https%3A%2F%2Fevil.example`;
      const answer = await t.ask("GET", `reset-password/${token}?${twice}`);
      assert.doesNotMatch(answer.header("location") ?? "", /evil/);
    },
  },
];
