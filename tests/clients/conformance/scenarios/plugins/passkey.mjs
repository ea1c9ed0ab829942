// The plugin passkey, with an authenticator in software.
import assert from "node:assert/strict";
import { Authenticator } from "../../authenticator.mjs";
import { accepted, refused } from "../../expect.mjs";
import {
  authenticateOptions,
  finishRegistration,
  finishSignIn,
  register,
  registerOptions,
  signIn,
} from "../../passkeys.mjs";

/** An authenticator of this scenario. */
const device = (t, name = "phone", options) => new Authenticator(`${name} of ${t.number}`, options);

const list = async (visitor) => accepted(await visitor.ask("GET", "passkey/list-user-passkeys"));

export default [
  {
    number: 84,
    name: "a passkey is registered, and signs in without a user name",
    profile: "passkey",
    run: async (t) => {
      const ann = await t.member();
      const phone = device(t);
      const made = accepted(await register(t, ann, phone, { name: "My phone" }));
      assert.deepEqual([made.name, made.userId, made.counter], ["My phone", ann.user.id, 0]);
      assert.equal(made.credentialID, phone.passkeys[0].id);
      const page = t.visitor();
      const options = accepted(await authenticateOptions(page));
      assert.equal(options.allowCredentials, undefined);
      const { session, user } = accepted(await finishSignIn(t, page, phone, options));
      assert.equal(user.id, ann.user.id);
      assert.equal((await page.session()).session.token, session.token);
      assert.equal((await list(ann))[0].counter, 1);
    },
  },
  {
    number: "84a",
    name: "the user's passkeys are listed, renamed and deleted",
    profile: "passkey",
    run: async (t) => {
      const ann = await t.member();
      const [phone, key] = [device(t), device(t, "key", { aaguid: "00000000-0000-0000-0000-000000000000" })];
      accepted(await register(t, ann, phone));
      accepted(await register(t, ann, key, { name: "  Key  ", synced: true, verified: false }));
      const [first, second] = await list(ann);
      const rename = { id: first.id, name: "  Phone " };
      const renamed = accepted(await ann.ask("POST", "passkey/update-passkey", { json: rename }));
      assert.equal(renamed.passkey.name, "Phone");
      const options = accepted(await registerOptions(ann, "?name=Ann&authenticatorAttachment=platform"));
      assert.equal(options.excludeCredentials.length, 2);
      assert.equal(accepted(await authenticateOptions(ann)).allowCredentials.length, 2);
      accepted(await ann.ask("POST", "passkey/delete-passkey", { json: { id: second.id } }));
      assert.deepEqual((await list(ann)).map(({ id }) => id), [first.id]);
      const gone = { id: second.id, name: "x" };
      refused(await ann.ask("POST", "passkey/delete-passkey", { json: gone }), 404, "PASSKEY_NOT_FOUND");
      refused(await ann.ask("POST", "passkey/update-passkey", { json: gone }), 404, "PASSKEY_NOT_FOUND");
      refused(await signIn(t, t.visitor(), key), 401, "PASSKEY_NOT_FOUND");
      accepted(await signIn(t, t.visitor(), phone));
    },
  },
  {
    number: "84b",
    name: "registering takes a fresh session, and fields are checked",
    profile: "passkey",
    run: async (t) => {
      const nobody = t.visitor();
      const ann = await t.member();
      const routes = [
        ["GET", "generate-register-options"],
        ["POST", "verify-registration"],
        ["GET", "list-user-passkeys"],
        ["POST", "delete-passkey"],
        ["POST", "update-passkey"],
      ];
      for (const [method, route] of routes) {
        const json = method === "POST" ? { response: {}, id: "x", name: "x" } : undefined;
        assert.equal((await nobody.ask(method, `passkey/${route}`, { json })).status, 401, route);
      }
      for (const route of ["verify-registration", "verify-authentication", "delete-passkey", "update-passkey"]) {
        for (const json of [{}, { response: 5, id: 5, name: 5 }, { id: "x", name: " " }]) {
          await ann.ask("POST", `passkey/${route}`, { json, note: JSON.stringify(json) });
        }
      }
      await registerOptions(ann, "?authenticatorAttachment=watch");
      await t.advance(2 * 86_400);
      refused(await registerOptions(ann), 403, "SESSION_NOT_FRESH");
    },
  },
  {
    number: "84c",
    name: "a registration may ask for a session, which is another one",
    profile: "passkey",
    run: async (t) => {
      const ann = await t.member();
      const { session, user } = accepted(await register(t, ann, device(t), { createSession: true }));
      assert.equal(user.id, ann.user.id);
      assert.equal((await ann.session()).session.token, session.token);
      assert.notEqual(session.token, ann.token);
    },
  },
  {
    number: "84d",
    name: "site, origin and what authenticators shall do are settings",
    profile: "passkeyOptions",
    run: async (t) => {
      const ann = await t.member();
      const phone = device(t);
      const origin = "https://books.example";
      const made = accepted(await register(t, ann, phone, { origin, name: "Phone" }));
      assert.equal(made.credentialID, phone.passkeys[0].id);
      const page = t.visitor();
      const options = accepted(await authenticateOptions(page));
      assert.equal(options.rpId, "books.example");
      refused(await finishSignIn(t, page, phone, options), 400, "AUTHENTICATION_FAILED");
      accepted(await signIn(t, page, phone, { origin }));
    },
  },
  {
    number: 85,
    name: "another's passkey is neither deleted nor renamed",
    profile: "passkey",
    run: async (t) => {
      const ann = await t.member();
      const { id } = accepted(await register(t, ann, device(t), { name: "Phone" }));
      const bob = await t.member("bob");
      assert.equal((await bob.ask("POST", "passkey/delete-passkey", { json: { id } })).status, 401);
      const rename = { id, name: "Mine" };
      assert.equal((await bob.ask("POST", "passkey/update-passkey", { json: rename })).status, 401);
      assert.equal((await list(ann))[0].name, "Phone");
      assert.deepEqual(await list(bob), []);
    },
  },
  {
    number: 86,
    name: "a challenge is answered once, by its browser, for its purpose and in time",
    profile: "passkey",
    run: async (t) => {
      const ann = await t.member();
      const phone = device(t);
      const options = accepted(await registerOptions(ann));
      const cookies = ann.copy().jar;
      accepted(await finishRegistration(t, ann, phone, options));
      ann.jar = cookies;
      const again = await finishRegistration(t, ann, device(t, "other"), options);
      refused(again, 400, "CHALLENGE_NOT_FOUND");
      const page = t.visitor();
      const first = accepted(await authenticateOptions(page));
      const kept = page.copy();
      accepted(await finishSignIn(t, page, phone, first));
      refused(await finishSignIn(t, kept, phone, first), 400, "CHALLENGE_NOT_FOUND");
      refused(await finishSignIn(t, t.visitor(), phone, first), 400, "CHALLENGE_NOT_FOUND");
      const other = t.visitor();
      accepted(await authenticateOptions(other));
      refused(await finishSignIn(t, other, phone, first), 400, "AUTHENTICATION_FAILED");
      const registering = accepted(await registerOptions(ann));
      const crossed = { rpId: registering.rp.id, challenge: registering.challenge };
      refused(await finishSignIn(t, ann, phone, crossed), 400, "CHALLENGE_NOT_FOUND");
      const late = accepted(await authenticateOptions(other));
      await t.advance(360);
      refused(await finishSignIn(t, other, phone, late), 400, "CHALLENGE_NOT_FOUND");
    },
  },
  {
    number: 87,
    name: "another origin, another site and a bad signature sign nobody in",
    profile: "passkey",
    run: async (t) => {
      const ann = await t.member();
      const phone = device(t);
      const evil = { origin: "https://evil.example" };
      const failed = await register(t, ann, device(t, "evil"), evil);
      assert.notEqual(failed.status, 200);
      const site = await register(t, ann, device(t, "site"), { rpID: "evil.example" });
      assert.notEqual(site.status, 200);
      accepted(await register(t, ann, phone));
      for (const changes of [
        evil,
        { rpID: "evil.example" },
        { badSignature: true },
        { type: "webauthn.create" },
        { counter: 0, id: "unknown-credential" },
      ]) {
        const answer = await signIn(t, t.visitor(), phone, changes);
        assert.notEqual(answer.status, 200, JSON.stringify(changes));
        assert.deepEqual(answer.cookies.filter((line) => /session_token=[^;]/.test(line)), []);
      }
      accepted(await signIn(t, t.visitor(), phone));
    },
  },
  {
    number: "87a",
    name: "a counter that goes back signs nobody in",
    profile: "passkey",
    run: async (t) => {
      const ann = await t.member();
      const phone = device(t);
      accepted(await register(t, ann, phone));
      accepted(await signIn(t, t.visitor(), phone, { counter: 7 }));
      refused(await signIn(t, t.visitor(), phone, { counter: 7 }), 400, "AUTHENTICATION_FAILED");
      refused(await signIn(t, t.visitor(), phone, { counter: 3 }), 400, "AUTHENTICATION_FAILED");
      accepted(await signIn(t, t.visitor(), phone, { counter: 8 }));
    },
  },
  {
    number: "87b",
    name: "a passkey is one user's",
    profile: "passkey",
    run: async (t) => {
      const ann = await t.member();
      const bob = await t.member("bob");
      const phone = device(t);
      accepted(await register(t, ann, phone));
      // Bob's page claims that the same authenticator made the same passkey.
      const options = accepted(await registerOptions(bob));
      const taken = await finishRegistration(t, bob, device(t), options);
      t.keep("a taken passkey", taken.status);
      const { user } = accepted(await signIn(t, t.visitor(), phone));
      assert.equal(user.id, ann.user.id);
    },
  },
];
