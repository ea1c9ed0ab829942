// The plugin multi-session.
import assert from "node:assert/strict";
import { accepted, refused } from "../../expect.mjs";
import { PASSWORD } from "../../stage.mjs";
import { signed } from "../../secrets.mjs";

const list = async ({ client }) => accepted(await client.multiSession.listDeviceSessions());

const cookieOf = (visitor, token) => `${visitor.jar.name("session_token")}_multi-${token.toLowerCase()}`;

/** Signs up another user on the same page. */
async function join(t, visitor, name) {
  const fields = { name, email: t.email(name), password: PASSWORD };
  return accepted(await visitor.client.signUp.email(fields));
}

export default [
  {
    number: "M1",
    name: "a browser has several users, and one of them is active",
    profile: "multiSession",
    run: async (t) => {
      const page = await t.member("ann");
      const ann = page.token;
      const bob = await join(t, page, "bob");
      assert.equal((await page.session()).session.token, bob.token);
      const names = (await list(page)).map(({ user }) => user.name).sort();
      assert.deepEqual(names, ["ann", "bob"]);
      const { setActive, revoke } = page.client.multiSession;
      assert.equal(accepted(await setActive({ sessionToken: ann })).user.name, "ann");
      assert.equal((await page.session()).user.name, "ann");
      // The active one ends: another takes its place.
      assert.deepEqual(accepted(await revoke({ sessionToken: ann })), { status: true });
      assert.equal((await page.session()).user.name, "bob");
      refused(await setActive({ sessionToken: ann }), 401, "INVALID_SESSION_TOKEN");
      accepted(await revoke({ sessionToken: bob.token }));
      assert.equal(await page.session(), null);
    },
  },
  {
    number: "M2",
    name: "one that is not active ends",
    profile: "multiSession",
    run: async (t) => {
      const page = await t.member("ann");
      const bob = await join(t, page, "bob");
      const { revoke } = page.client.multiSession;
      accepted(await revoke({ sessionToken: page.token }));
      assert.equal((await page.session()).session.token, bob.token);
      assert.equal((await list(page)).length, 1);
    },
  },
  {
    number: "M3",
    name: "nothing is done for strangers, and fields are checked",
    profile: "multiSession",
    run: async (t) => {
      const nobody = t.visitor();
      assert.deepEqual(await list(nobody), []);
      const ann = await t.member("ann");
      const bob = await t.member("bob");
      const { setActive, revoke } = bob.client.multiSession;
      refused(await setActive({ sessionToken: ann.token }), 401, "INVALID_SESSION_TOKEN");
      refused(await revoke({ sessionToken: ann.token }), 401, "INVALID_SESSION_TOKEN");
      refused(await nobody.client.multiSession.revoke({ sessionToken: ann.token }), 401, "UNAUTHORIZED");
      refused(await nobody.client.multiSession.setActive({ sessionToken: "x" }), 401, "INVALID_SESSION_TOKEN");
      for (const route of ["set-active", "revoke"]) {
        for (const json of [{}, { sessionToken: 5 }]) {
          await bob.ask("POST", `multi-session/${route}`, { json, note: JSON.stringify(json) });
        }
      }
      assert.ok(await ann.session());
    },
  },
  {
    number: "M4",
    name: "a user who signs in again on a page has one session there",
    profile: "multiSession",
    run: async (t) => {
      const page = await t.member("ann");
      const { token } = accepted(await page.client.signIn.email({ email: page.email, password: PASSWORD }));
      assert.notEqual(token, page.token);
      assert.equal((await list(page)).length, 1);
      assert.equal(accepted(await page.client.listSessions()).length, 1);
    },
  },
  {
    number: "M5",
    name: "a page has as many users as a setting says",
    profile: "multiSessionOptions",
    run: async (t) => {
      const page = await t.member("ann");
      await join(t, page, "bob");
      await join(t, page, "cid");
      t.keep("users", (await list(page)).length);
      assert.equal((await page.session()).user.name, "cid");
    },
  },
  {
    number: "M6",
    name: "a session that has ended is not made active",
    profile: "multiSession",
    run: async (t) => {
      const page = await t.member("ann");
      const other = await t.signIn(page.email);
      await join(t, page, "bob");
      accepted(await other.client.revokeOtherSessions());
      const gone = await page.client.multiSession.setActive({ sessionToken: page.token });
      refused(gone, 401, "INVALID_SESSION_TOKEN");
      assert.equal((await page.session()).user.name, "bob");
    },
  },
  {
    number: 96,
    name: "forged cookies end no session of others at sign-out",
    profile: "multiSession",
    run: async (t) => {
      const ann = await t.member("ann");
      const bob = await t.member("bob");
      const cid = await join(t, bob, "cid");
      bob.jar.cookies.set(cookieOf(bob, ann.token), `${ann.token}.forged`);
      bob.jar.cookies.set(cookieOf(bob, "x".repeat(32)), signed(ann.token, "another secret"));
      assert.equal((await list(bob)).length, 2);
      const forged = await bob.client.multiSession.setActive({ sessionToken: ann.token });
      refused(forged, 401, "INVALID_SESSION_TOKEN");
      const kept = bob.copy();
      accepted(await bob.client.signOut());
      assert.ok(await ann.session(), "the other's session stays");
      assert.deepEqual(await list(kept), [], "all of the page's sessions have ended");
      assert.notEqual(cid.token, bob.token);
    },
  },
];
