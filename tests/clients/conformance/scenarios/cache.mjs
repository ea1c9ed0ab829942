import assert from "node:assert/strict";
import { accepted, refused } from "../expect.mjs";
import { compact, jwt, readCache } from "../secrets.mjs";
import { PASSWORD } from "../stage.mjs";

const SENSITIVE = {
  "revoke-session": { token: "x".repeat(32) },
  "revoke-other-sessions": {},
  "revoke-sessions": {},
  "verify-password": { password: PASSWORD },
  "change-password": { currentPassword: PASSWORD, newPassword: "another horse battery" },
  "change-email": { newEmail: "elsewhere@example.com" },
  "delete-user": { password: PASSWORD },
};

/** The content of a cache, with its own name of the user. */
function planted(ann, { session, user }, version = "1") {
  return { session, user: { ...user, name: "Planted" }, updatedAt: Date.now(), version };
}

async function nameSeen(t, ann, cache) {
  const cookies = { session_token: ann.jar.get("session_token"), session_data: cache };
  const cookie = Object.entries(cookies)
    .map(([name, value]) => `better-auth.${name}=${value}`)
    .join("; ");
  const answer = accepted(await t.ask("GET", "get-session", { cookie, note: "planted cache" }));
  return answer?.user.name;
}

/** The whole life of a cache in one of the formats. */
const life = (number, format) => ({
  number,
  name: `a session is told from a cookie, format ${format}`,
  profile: format,
  run: async (t) => {
    const ann = await t.member();
    assert.ok(readCache(ann.jar.get("session_data")).good);
    const cached = await ann.ask("GET", "get-session");
    assert.deepEqual(cached.cookies, []);
    assert.equal(accepted(cached).session.token, ann.token);
    assert.ok((await ann.session()).session.expiresAt instanceof Date);
    const fresh = await ann.ask("GET", "get-session?disableCookieCache=true");
    assert.match(fresh.cookie("session_data"), /; Max-Age=300; /);

    // Changing the user renews the own cache; other pages see the change later.
    const other = await t.signIn(ann.email);
    accepted(await ann.client.updateUser({ name: "Anna" }));
    assert.equal((await ann.session()).user.name, "Anna");
    assert.equal((await other.session()).user.name, "ann");
    await t.advance(180);
    assert.equal((await other.session()).user.name, "ann");
    await t.advance(180);
    assert.equal((await other.session()).user.name, "Anna");

    const forgetful = await t.signIn(ann.email, PASSWORD, { rememberMe: false });
    assert.ok(await forgetful.session());
    const kept = ann.copy();
    const out = await ann.ask("POST", "sign-out", { json: {} });
    assert.ok(ann.jar.holdsNoSession);
    assert.ok(out.cookies.length >= 3);
    assert.equal(await kept.session({ disableCookieCache: true }), null);
  },
});

export default [
  life(34, "compact"),
  life(35, "jwt"),
  life(36, "jwe"),
  {
    number: 37,
    name: "a cache without the session's own cookie is nothing",
    profile: "compact",
    run: async (t) => {
      const [ann, bob] = [await t.member("ann"), await t.member("bob")];
      const only = `better-auth.session_data=${ann.jar.get("session_data")}`;
      assert.equal((await t.ask("GET", "get-session", { cookie: only })).text, "null");
      assert.equal((await t.ask("GET", "list-accounts", { cookie: only })).status, 401);

      const real = await ann.session();
      const { now } = t.server;
      const good = compact(planted(ann, real), now + 60_000);
      assert.equal(await nameSeen(t, ann, good), "Planted", "made elsewhere with the secret");
      assert.equal(await nameSeen(t, bob, good), "bob", "another session's");
      assert.equal(
        await nameSeen(t, ann, compact(planted(ann, real), now - 1000)),
        "ann",
        "expired",
      );
      assert.equal(
        await nameSeen(t, ann, compact(planted(ann, real), now + 60_000, "another secret")),
        "ann",
      );
      assert.equal(await nameSeen(t, ann, "nonsense"), "ann");
      const [token, value] = [ann.jar.get("session_token").split("."), good];
      const cookie = `better-auth.session_token=${token[0]}.forged; better-auth.session_data=${value}`;
      assert.equal((await t.ask("GET", "get-session", { cookie })).text, "null");
    },
  },
  {
    number: "37a",
    name: "a token of another kind or algorithm is no cache",
    profile: "jwt",
    run: async (t) => {
      const ann = await t.member();
      const real = await ann.session();
      const iat = Math.floor(t.server.now / 1000);
      const claims = { ...planted(ann, real), iat, exp: iat + 60 };
      assert.equal(
        await nameSeen(t, ann, jwt(claims)),
        "Planted",
        "made elsewhere with the secret",
      );
      assert.equal(await nameSeen(t, ann, jwt(claims, { alg: "none" })), "ann");
      assert.equal(await nameSeen(t, ann, jwt(claims, { secret: "another secret" })), "ann");
      assert.equal(await nameSeen(t, ann, jwt({ ...claims, exp: iat - 60 })), "ann");
      assert.equal(
        await nameSeen(t, ann, compact(planted(ann, real), t.server.now + 60_000)),
        "ann",
      );
    },
  },
  {
    number: 38,
    name: "a revoked session that is still cached may do nothing that matters",
    profile: "compact",
    run: async (t) => {
      const ann = await t.member();
      const thief = await t.signIn(ann.email);
      accepted(await ann.client.revokeSession({ token: thief.token }));
      // Stale data is the cost of a cache, and the reason for its short life.
      assert.ok(await thief.copy().session());
      for (const [path, json] of Object.entries(SENSITIVE)) {
        refused(await thief.copy().ask("POST", path, { json }), 401, "UNAUTHORIZED");
      }
      assert.equal(await thief.copy().session({ disableCookieCache: true }), null);
      await t.advance(360);
      assert.equal(await thief.session(), null);
      assert.ok(await ann.session());
    },
  },
  {
    number: "38a",
    name: "what else a revoked session that is still cached may do",
    profile: "jwe",
    run: async (t) => {
      const ann = await t.member();
      const thief = await t.signIn(ann.email);
      accepted(await ann.client.revokeSession({ token: thief.token }));
      for (const path of ["list-accounts", "list-sessions"]) {
        await thief.copy().ask("GET", path);
      }
      for (const path of ["update-user", "update-session"]) {
        await thief.copy().ask("POST", path, { json: { name: "Mallory" } });
      }
    },
  },
  {
    number: "38b",
    name: "who sets a cached session, and who leaves it",
    profile: "compact",
    run: async (t) => {
      const ann = await t.member();
      const forgetful = await t.signIn(ann.email, PASSWORD, { rememberMe: false });
      const ask = async (visitor, method, path, data) => {
        const token = visitor.jar.name("session_token");
        const dontRemember = visitor.jar.name("dont_remember");
        const cookies = [token, dontRemember].filter(Boolean);
        let cookie = cookies.map((name) => `${name}=${visitor.jar.cookies.get(name)}`).join("; ");
        if (data !== undefined) cookie += `; better-auth.session_data=${data}`;
        const headers = { origin: t.origin };
        const json = method === "POST" ? {} : undefined;
        const note = data === undefined ? "no cache" : data === "nonsense" ? data : "cached";
        await t.ask(method, path, { cookie, headers, json, note });
      };
      for (const visitor of [ann, forgetful]) {
        for (const data of [undefined, "nonsense", visitor.jar.get("session_data")]) {
          for (const query of ["", "?disableRefresh=true", "?disableCookieCache=true"]) {
            for (const path of ["get-session", "list-sessions", "list-accounts"]) {
              await ask(visitor, "GET", path + query, data);
            }
            await ask(visitor, "POST", `update-session${query}`, data);
            await ask(visitor, "POST", `verify-password${query}`, data);
          }
        }
      }
    },
  },
  {
    number: 39,
    name: "a cache of another version counts no more",
    profile: "cacheVersion",
    run: async (t) => {
      const ann = await t.member();
      const real = await ann.session();
      const soon = t.server.now + 30_000;
      assert.equal(await nameSeen(t, ann, compact(planted(ann, real, "2"), soon)), "Planted");
      assert.equal(await nameSeen(t, ann, compact(planted(ann, real, "1"), soon)), "ann");
      const { version, ...unversioned } = planted(ann, real);
      assert.equal(version, "1");
      assert.equal(await nameSeen(t, ann, compact(unversioned, soon)), "ann");
      await t.advance(120);
      const late = await ann.ask("GET", "get-session");
      assert.match(late.cookie("session_data"), /; Max-Age=60; /);
    },
  },
  {
    number: 40,
    name: "a large cache goes into several cookies",
    profile: "compact",
    run: async (t) => {
      const image = `https://pictures.example/${"long/".repeat(390)}`;
      const ann = await t.member("ann", { name: "ß".repeat(300), image });
      const pieces = [...ann.jar.cookies.keys()].filter((name) => /session_data\.\d$/.test(name));
      assert.deepEqual(pieces, ["better-auth.session_data.0", "better-auth.session_data.1"]);
      const whole = await ann.ask("GET", "get-session");
      assert.deepEqual([whole.cookies, accepted(whole).user.image], [[], image]);
      const torn = ann.copy();
      torn.jar.cookies.delete("better-auth.session_data.1");
      assert.equal((await torn.session()).user.image, image);
      accepted(await t.signIn(ann.email).then(({ client }) => client.signOut()));
      accepted(await ann.client.updateUser({ name: "Ann", image: null }));
      assert.equal((await ann.session()).user.name, "Ann");
      accepted(await ann.client.signOut());
      assert.equal(ann.jar.name("session_token"), undefined);
    },
  },
];
