import assert from "node:assert/strict";
import { accepted, refused } from "../expect.mjs";
import { PASSWORD } from "../stage.mjs";

const isSignedIn = async (visitor) => (await visitor.session()) !== null;

const REVOKED = "a session that was ended here is ended everywhere";

export default [
  {
    number: 26,
    name: "one session is revoked",
    run: async (t) => {
      const ann = await t.member();
      const [second, third] = [await t.signIn(ann.email), await t.signIn(ann.email)];
      assert.deepEqual(accepted(await ann.client.revokeSession({ token: second.token })), {
        status: true,
      });
      for (const page of [ann, third]) assert.ok(await isSignedIn(page));
      assert.equal(await isSignedIn(second), false, REVOKED);
      assert.ok(second.jar.holdsNoSession, "its cookies are taken away");
      // The own session can be revoked as well.
      accepted(await third.client.revokeSession({ token: third.token }));
      assert.equal(await isSignedIn(third), false, REVOKED);
      refused(await ann.ask("POST", "revoke-session", { json: {} }), 400, "VALIDATION_ERROR");
      refused(
        await t.ask("POST", "revoke-session", { json: { token: ann.token } }),
        401,
        "UNAUTHORIZED",
      );
    },
  },
  {
    number: "26a",
    name: "who revokes their own session is signed out, with a token as with a cookie",
    run: async (t) => {
      const ann = await t.member();
      const cookie = ann.jar.get("session_token");
      for (const [path, json] of [
        ["revoke-session", ({ token }) => ({ token })],
        ["revoke-sessions", () => ({})],
      ]) {
        const { jar, token } = await t.signIn(ann.email);
        const headers = {
          authorization: `Bearer ${decodeURIComponent(jar.get("session_token"))}`,
        };
        const answer = await t.ask("POST", path, { headers, json: json({ token }) });
        assert.deepEqual(accepted(answer), { status: true });
        assert.equal(answer.cookies.length, 3);
      }
      const kept = await t.ask("GET", "get-session", { cookie: `x=${cookie}` });
      assert.equal(kept.text, "null");
      const page = await t.signIn(ann.email, PASSWORD, { rememberMe: false });
      const answer = await page.ask("POST", "revoke-session", { json: { token: page.token } });
      assert.match(answer.cookie("dont_remember"), /=; Max-Age=0/);
      assert.ok(page.jar.holdsNoSession);
    },
  },
  {
    number: "26b",
    name: "the cache goes with the session that is revoked",
    profile: "compact",
    run: async (t) => {
      const [ann, bob, cy] = [await t.member("ann"), await t.member("bob"), await t.member("cy")];
      const other = await t.signIn(ann.email);
      accepted(await ann.client.revokeSession({ token: other.token }));
      assert.ok(ann.jar.name("session_data"), "another session's end changes nothing here");
      accepted(await ann.client.revokeSession({ token: ann.token }));
      accepted(await bob.client.revokeSessions());
      accepted(await cy.client.deleteUser({ password: PASSWORD }));
      for (const page of [ann, bob, cy]) {
        assert.ok(page.jar.holdsNoSession);
        assert.equal(await page.session(), null);
      }
    },
  },
  {
    number: "26c",
    name: "a session that is due to be extended, and revoked by the same request",
    profile: "shortTimes",
    run: async (t) => {
      const password = "twelve or more";
      const [ann, bob] = [await t.member("ann", { password }), await t.member("bob", { password })];
      await t.advance(1860);
      for (const [page, path, json] of [
        [ann, "revoke-session", { token: ann.token }],
        [bob, "revoke-sessions", {}],
      ]) {
        const answer = await page.ask("POST", path, { json });
        assert.equal(answer.cookies.length, 3);
        assert.ok(page.jar.holdsNoSession);
      }
    },
  },
  {
    number: 27,
    name: "somebody else's session is not revoked, and not told of",
    run: async (t) => {
      const [ann, bob] = [await t.member("ann"), await t.member("bob")];
      const foreign = await ann.ask("POST", "revoke-session", { json: { token: bob.token } });
      const unknown = await ann.ask("POST", "revoke-session", { json: { token: "x".repeat(32) } });
      assert.deepEqual(accepted(foreign), { status: true });
      assert.equal(foreign.text, unknown.text);
      assert.ok(await isSignedIn(bob));
    },
  },
  {
    number: 28,
    name: "all other sessions are revoked",
    run: async (t) => {
      const [ann, bob] = [await t.member("ann"), await t.member("bob")];
      const others = [await t.signIn(ann.email), await t.signIn(ann.email)];
      accepted(await ann.client.revokeOtherSessions());
      for (const other of others) assert.equal(await isSignedIn(other), false, REVOKED);
      assert.deepEqual([await isSignedIn(ann), await isSignedIn(bob)], [true, true]);
      accepted(await ann.ask("POST", "revoke-other-sessions"));
    },
  },
  {
    number: 29,
    name: "all sessions are revoked",
    run: async (t) => {
      const [ann, bob] = [await t.member("ann"), await t.member("bob")];
      const other = await t.signIn(ann.email);
      assert.deepEqual(accepted(await ann.client.revokeSessions()), { status: true });
      for (const page of [ann, other]) assert.equal(await isSignedIn(page), false, REVOKED);
      assert.ok(await isSignedIn(bob));
    },
  },
  {
    number: 30,
    name: "a session that is used is extended",
    profile: "shortTimes",
    run: async (t) => {
      const ann = await t.member("ann", { password: "twelve or more" });
      const { session: first } = await ann.session();
      await t.advance(1680);
      const young = await ann.ask("GET", "get-session");
      assert.deepEqual(young.cookies, [], "too young");
      await t.advance(240);
      const still = await ann.ask("GET", "get-session?disableRefresh=true");
      assert.deepEqual(still.cookies, [], "not asked to");
      const extended = await ann.ask("GET", "get-session");
      assert.match(extended.cookie("session_token"), /; Max-Age=7200; /);
      const { session } = await ann.session();
      assert.ok(session.expiresAt - first.expiresAt > 1_800_000);
      assert.deepEqual(session.createdAt, first.createdAt);
      for (let hour = 0; hour < 3; hour++) {
        await t.advance(3600);
        assert.ok(await isSignedIn(ann), "each use gives two hours more");
      }
    },
  },
  {
    number: 31,
    name: "an expired session is nobody's",
    profile: "shortTimes",
    run: async (t) => {
      const ann = await t.member("ann", { password: "twelve or more" });
      const kept = ann.copy();
      await t.advance(7080);
      const later = await t.signIn(ann.email, "twelve or more");
      await t.advance(180);
      const answer = await ann.ask("GET", "get-session");
      assert.equal(answer.text, "null");
      assert.ok(ann.jar.holdsNoSession, "its cookies are taken away");
      refused(await kept.ask("GET", "list-accounts"), 401, "UNAUTHORIZED");
      const tokens = accepted(await later.client.listSessions()).map(({ token }) => token);
      assert.deepEqual(tokens, [later.token], "it is not listed");
    },
  },
  {
    number: 32,
    name: "signing out takes every cookie away, and ends the session",
    run: async (t) => {
      const ann = await t.member();
      const kept = ann.copy();
      const other = await t.signIn(ann.email);
      const answer = await ann.ask("POST", "sign-out", { json: {} });
      assert.deepEqual(accepted(answer), { success: true });
      const names = answer.cookies.map((line) => line.split("=")[0].split(".")[1]);
      assert.deepEqual(names, ["session_token", "session_data", "dont_remember"]);
      assert.equal(await isSignedIn(kept), false, REVOKED);
      assert.ok(await isSignedIn(other));
      accepted(await other.client.signOut());
      assert.equal(await isSignedIn(other), false);
    },
  },
  {
    number: 33,
    name: "signing out is no error for nobody",
    run: async (t) => {
      for (const options of [{}, { json: {} }]) {
        const answer = await t.ask("POST", "sign-out", options);
        assert.deepEqual(accepted(answer), { success: true });
        assert.equal(answer.cookies.length, 3);
      }
      accepted(await t.visitor().client.signOut());
    },
  },
];
