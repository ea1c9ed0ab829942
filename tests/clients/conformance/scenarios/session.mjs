import assert from "node:assert/strict";
import { accepted, refused } from "../expect.mjs";
import { signed } from "../secrets.mjs";
import { PASSWORD } from "../stage.mjs";

const KEYS = [
  "expiresAt",
  "token",
  "createdAt",
  "updatedAt",
  "ipAddress",
  "userAgent",
  "userId",
  "id",
];

const ask = (t, cookie, note) => t.ask("GET", "get-session", { cookie, note });

export default [
  {
    number: 18,
    name: "a session is told to whoever has its cookie",
    run: async (t) => {
      const ann = await t.member();
      const { session, user } = accepted(await ann.ask("GET", "get-session"));
      assert.deepEqual(Object.keys(session), KEYS);
      assert.deepEqual(
        [session.token, session.userAgent, user.id],
        [ann.token, "conformance", ann.user.id],
      );
      const data = await ann.session();
      assert.ok(data.session.expiresAt instanceof Date);
      // The route ignores bodies.
      for (const [at, options] of [
        { json: {} },
        {},
        { text: "{bad", type: "application/json" },
        { text: "words", type: "text/plain" },
      ].entries()) {
        refused(
          await ann.ask("POST", "get-session", { ...options, note: `body ${at}` }),
          405,
          "METHOD_NOT_ALLOWED_DEFER_SESSION_REQUIRED",
        );
      }
    },
  },
  {
    number: 19,
    name: "nobody has no session",
    run: async (t) => {
      assert.equal(await t.visitor().session(), null);
      for (const cookie of ["", "other=1", "better-auth.session_token="]) {
        const answer = await ask(t, cookie, cookie);
        assert.deepEqual([answer.status, answer.text, answer.cookies], [200, "null", []]);
      }
      const forms = [
        "list-sessions",
        "list-accounts",
        "revoke-sessions",
        "update-user",
        "change-password",
      ];
      for (const path of forms) {
        const method = path.startsWith("list") ? "GET" : "POST";
        const json = method === "POST" ? {} : undefined;
        const { status } = await t.ask(method, path, { json });
        assert.ok(status === 401 || status === 400, path);
      }
    },
  },
  {
    number: 20,
    name: "a tampered signature is nobody's",
    run: async (t) => {
      const ann = await t.member();
      const name = ann.jar.name("session_token");
      const value = decodeURIComponent(ann.jar.get("session_token"));
      const [token, signature] = value.split(".");
      const other = signature[0] === "A" ? "B" : "A";
      const forged = [
        `${token}.${other}${signature.slice(1)}`,
        `${token[0] === "a" ? "b" : "a"}${token.slice(1)}.${signature}`,
        decodeURIComponent(signed(token, "another secret, not the server's")),
        `${token}.${signature}=`,
        `${token}..${signature}`,
      ];
      for (const [at, bad] of forged.entries()) {
        const answer = await ask(t, `${name}=${encodeURIComponent(bad)}`, `forgery ${at}`);
        assert.deepEqual([answer.text, answer.cookies], ["null", []], `forgery ${at}`);
      }
      assert.ok(accepted(await ask(t, `${name}=${encodeURIComponent(value)}`)));
      // Encoded and plain values are equal after decoding.
      accepted(await ask(t, `${name}=${value}`, "not encoded"));
    },
  },
  {
    number: 21,
    name: "a truncated signature is nobody's",
    run: async (t) => {
      const ann = await t.member();
      const name = ann.jar.name("session_token");
      const value = decodeURIComponent(ann.jar.get("session_token"));
      for (const length of [1, 2, 10, 43, 44]) {
        const bad = encodeURIComponent(value.slice(0, -length));
        assert.equal((await ask(t, `${name}=${bad}`, `${length} less`)).text, "null", `${length}`);
      }
    },
  },
  {
    number: 22,
    name: "a token without a signature is nobody's cookie",
    run: async (t) => {
      const ann = await t.member();
      const name = ann.jar.name("session_token");
      for (const bad of [
        ann.token,
        `${ann.token}.`,
        `.${ann.token}`,
        encodeURIComponent(`${ann.token}.${ann.token}`),
      ]) {
        assert.equal((await ask(t, `${name}=${bad}`, "unsigned")).text, "null", bad);
      }
      // Valid signatures without a session: such cookies are removed.
      const answer = await ask(t, `${name}=${signed("a".repeat(32))}`, "of no session");
      assert.equal(answer.text, "null");
      assert.equal(answer.cookies.length, 3);
    },
  },
  {
    number: 23,
    name: "of two cookies of one name the first that is good counts",
    run: async (t) => {
      const [ann, bob] = [await t.member("ann"), await t.member("bob")];
      const [one, two] = [ann, bob].map(({ jar }) => jar.header);
      assert.equal(accepted(await ask(t, `${one}; ${two}`, "ann's first")).user.id, ann.user.id);
      assert.equal(accepted(await ask(t, `${two}; ${one}`, "bob's first")).user.id, bob.user.id);
      const name = ann.jar.name("session_token");
      const planted = `${name}=planted`;
      assert.ok(accepted(await ask(t, `${one}; ${planted}`, "planted last")));
      await ask(t, `${planted}; ${one}`, "planted first");
      const dead = `${name}=${signed("a".repeat(32))}`;
      await ask(t, `${dead}; ${one}`, "ended first");
    },
  },
  {
    number: "23a",
    name: "a session of a host that may have cookies for its domain",
    profile: "https",
    run: async (t) => {
      const ann = await t.member();
      assert.deepEqual((await ann.ask("GET", "get-session")).cookies, []);
      const bob = await t.signIn(ann.email, PASSWORD, { rememberMe: false });
      accepted(await bob.ask("POST", "sign-in/email", { json: { email: ann.email, password: PASSWORD } }));
      assert.equal(bob.jar.get("dont_remember"), undefined);
      accepted(await ann.ask("POST", "sign-out", { json: {} }));
      assert.ok(ann.jar.holdsNoSession);
      const dead = `${bob.jar.name("session_token")}=${signed("a".repeat(32))}`;
      assert.equal((await ask(t, dead, "ended")).text, "null");
    },
  },
  {
    number: "23b",
    name: "a cached session that nobody reads is taken away",
    run: async (t) => {
      const ann = await t.member();
      const token = ann.jar.header.match(/[^ ]*session_token=[^;]*/)[0];
      const data = "better-auth.session_data";
      for (const cached of [`${data}=nonsense`, `${data}.0=a; ${data}.1=b`, `${data}=`]) {
        for (const cookie of [cached, `${cached}; ${token}`, `${token.slice(0, -9)}; ${cached}`]) {
          await ask(t, cookie, `with ${cached}`);
          await t.ask("GET", "list-sessions", { cookie, note: `with ${cached}` });
          const headers = { origin: t.origin };
          await t.ask("POST", "update-session", { cookie, headers, json: {}, note: cached });
        }
      }
    },
  },
  {
    number: 24,
    name: "sessions are listed to their owner",
    run: async (t) => {
      const ann = await t.member();
      await t.member("bob");
      const again = await t.signIn(ann.email);
      const sessions = accepted(await ann.client.listSessions());
      assert.deepEqual(
        sessions.map(({ token }) => token),
        [ann.token, again.token],
      );
      refused(await t.visitor().client.listSessions(), 401, "UNAUTHORIZED");
    },
  },
  {
    number: 25,
    name: "a session that is not fresh may not list sessions",
    profile: "shortTimes",
    run: async (t) => {
      const ann = await t.member("ann", { password: "twelve or more" });
      await t.advance(480);
      accepted(await ann.client.listSessions());
      await t.advance(180);
      refused(await ann.client.listSessions(), 403, "SESSION_NOT_FRESH");
      refused(await ann.client.unlinkAccount({ accountId: "none" }), 403, "SESSION_NOT_FRESH");
      refused(await ann.client.deleteUser(), 400, "SESSION_EXPIRED");
      accepted(await ann.client.listAccounts());
      assert.ok(await ann.session(), "it still is a session");
      const again = await t.signIn(ann.email, "twelve or more");
      assert.equal(accepted(await again.client.listSessions()).length, 2);
    },
  },
  {
    number: "25a",
    name: "with no age of freshness every session is fresh",
    profile: "neverStale",
    run: async (t) => {
      const ann = await t.member();
      await t.advance(3 * 86_400);
      accepted(await ann.client.listSessions());
      accepted(await ann.client.deleteUser());
    },
  },
];
