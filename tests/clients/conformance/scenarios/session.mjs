import assert from "node:assert/strict";
import { accepted, refused } from "../expect.mjs";
import { signed } from "../secrets.mjs";

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
      // No body is read there, whatever it is.
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
      // Encoded or not, it is the same value to a server that decodes.
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
      // Signed well, but of no session: such cookies are taken away.
      const answer = await ask(t, `${name}=${signed("a".repeat(32))}`, "of no session");
      assert.equal(answer.text, "null");
      assert.equal(answer.cookies.length, 3);
    },
  },
  {
    number: 23,
    name: "of two cookies of one name the first counts",
    run: async (t) => {
      const [ann, bob] = [await t.member("ann"), await t.member("bob")];
      const [one, two] = [ann, bob].map(({ jar }) => jar.header);
      assert.equal(accepted(await ask(t, `${one}; ${two}`, "ann's first")).user.id, ann.user.id);
      assert.equal(accepted(await ask(t, `${two}; ${one}`, "bob's first")).user.id, bob.user.id);
      const planted = `${ann.jar.name("session_token")}=planted`;
      assert.equal((await ask(t, `${planted}; ${one}`, "planted first")).text, "null");
      assert.ok(accepted(await ask(t, `${one}; ${planted}`, "planted last")));
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
