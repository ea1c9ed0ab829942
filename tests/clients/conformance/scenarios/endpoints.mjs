import assert from "node:assert/strict";
import { accepted, refused } from "../expect.mjs";

const asBearer = (t, token, note) =>
  t.ask("GET", "get-session", { headers: { authorization: `Bearer ${token}` }, note });

export default [
  {
    number: "E1",
    name: "users change their name and picture",
    run: async (t) => {
      const ann = await t.member();
      const update = (json) => ann.ask("POST", "update-user", { json, note: JSON.stringify(json) });
      assert.deepEqual(
        accepted(
          await ann.client.updateUser({ name: "Anna", image: "https://pictures.example/a" }),
        ),
        { status: true },
      );
      const { user } = await ann.session();
      assert.deepEqual([user.name, user.image], ["Anna", "https://pictures.example/a"]);
      accepted(await update({ image: null }));
      accepted(await update({ name: "" }));
      accepted(
        await update({
          name: "Ann",
          id: "x",
          emailVerified: true,
          createdAt: "2000-01-01T00:00:00.000Z",
          other: 1,
        }),
      );
      for (const nothing of [{}, { other: 1 }, { emailVerified: true }, { email: "" }]) {
        refused(await update(nothing), 400, undefined);
      }
      refused(
        await update({ email: t.email("new"), name: "Bob" }),
        400,
        "EMAIL_CAN_NOT_BE_UPDATED",
      );
      for (const json of [[], "text", null, 5])
        refused(await update(json), 400, "VALIDATION_ERROR");
      refused(await t.ask("POST", "update-user", { json: { name: "x" } }), 401, "UNAUTHORIZED");
      const after = (await ann.session()).user;
      assert.deepEqual(
        [after.name, after.image, after.emailVerified, after.id],
        ["Ann", null, false, ann.user.id],
      );
    },
  },
  {
    number: "E2",
    name: "what is no name or picture is not stored as one",
    run: async (t) => {
      const ann = await t.member();
      for (const json of [
        { name: null },
        { name: 5 },
        { name: {} },
        { image: 5 },
        { name: ["x"] },
        { name: "\u3164" },
        { name: "Ann\nSmith" },
      ]) {
        await ann.ask("POST", "update-user", { json, note: JSON.stringify(json) });
      }
    },
  },
  {
    number: "E3",
    name: "nothing of a session is changed by its owner",
    run: async (t) => {
      const ann = await t.member();
      const before = await ann.session();
      const update = (json) =>
        ann.ask("POST", "update-session", { json, note: JSON.stringify(json) });
      for (const json of [
        {},
        { other: 1 },
        { token: "x" },
        { userId: "x" },
        { expiresAt: "2090-01-01T00:00:00.000Z" },
        { ipAddress: "x" },
      ]) {
        refused(await update(json), 400, undefined);
      }
      refused(await update([]), 400, "VALIDATION_ERROR");
      refused(await t.ask("POST", "update-session", { json: { other: 1 } }), 401, "UNAUTHORIZED");
      assert.deepEqual(await ann.session(), before);
    },
  },
  {
    number: "E4",
    name: "the last sign-in method cannot be unlinked",
    run: async (t) => {
      const ann = await t.member();
      const [account, ...others] = accepted(await ann.client.listAccounts());
      assert.deepEqual(others, []);
      assert.deepEqual(
        [account.providerId, account.accountId, account.scopes],
        ["credential", ann.user.id, []],
      );
      assert.equal("password" in account, false);
      refused(
        await ann.client.unlinkAccount({ accountId: account.id }),
        400,
        "FAILED_TO_UNLINK_LAST_ACCOUNT",
      );
      refused(
        await ann.ask("POST", "unlink-account", { json: { accountId: "none" } }),
        400,
        "FAILED_TO_UNLINK_LAST_ACCOUNT",
      );
      refused(await ann.ask("POST", "unlink-account", { json: {} }), 400, "VALIDATION_ERROR");
      refused(
        await t.ask("POST", "unlink-account", { json: { accountId: "x" } }),
        401,
        "UNAUTHORIZED",
      );
      refused(await t.ask("GET", "list-accounts"), 401, "UNAUTHORIZED");
    },
  },
  {
    number: "E5",
    name: "where the settings allow it, the token signs in raw or signed",
    profile: "rawBearer",
    run: async (t) => {
      const ann = await t.member();
      const cookie = ann.jar.get("session_token");
      for (const token of [ann.token, cookie, decodeURIComponent(cookie)]) {
        assert.equal(accepted(await asBearer(t, token))?.user.id, ann.user.id);
      }
      for (const [at, token] of [
        `${ann.token}.forged`,
        "nonsense",
        "",
        ann.token.slice(1),
      ].entries()) {
        assert.equal((await asBearer(t, token, `forgery ${at}`)).text, "null", token);
      }
      await asBearer(t, `${ann.token} `, "a blank behind it");
      const headers = { authorization: `Bearer ${ann.token}` };
      accepted(await t.ask("POST", "update-user", { headers, json: { name: "Anna" } }));
      for (const scheme of ["bearer", "BEARER", "Basic", "Token"]) {
        await t.ask("GET", "get-session", {
          headers: { authorization: `${scheme} ${ann.token}` },
          note: scheme,
        });
      }
      // If both are sent, they may belong to different users.
      const bob = await t.member("bob");
      await bob.ask("GET", "get-session", { headers });
      accepted(await t.ask("POST", "sign-out", { headers, json: {} }));
      assert.equal((await asBearer(t, ann.token)).text, "null");
    },
  },
  {
    number: "E6",
    name: "where the settings want it, the token must be signed",
    profile: "signedBearer",
    run: async (t) => {
      const ann = await t.member();
      const cookie = ann.jar.get("session_token");
      for (const token of [cookie, decodeURIComponent(cookie)]) {
        assert.equal(accepted(await asBearer(t, token))?.user.id, ann.user.id);
      }
      for (const token of [ann.token, `${ann.token}.forged`]) {
        assert.equal((await asBearer(t, token)).text, "null");
      }
    },
  },
  {
    number: "E12",
    name: "what an account lets the service do is listed",
    run: async (t) => {
      const ann = await t.member();
      for (const [stored, scopes] of [
        ["openid,email", ["openid", "email"]],
        ["openid email", ["openid email"]],
        [" openid , email profile ", ["openid", "email profile"]],
        ["\topenid\n,,", ["openid"]],
        [" , ", []],
        ["", []],
        [null, []],
      ]) {
        await t.store('UPDATE account SET scope = ? WHERE "userId" = ?', stored, ann.user.id);
        const [account] = accepted(await ann.client.listAccounts());
        assert.deepEqual(account.scopes, scopes, JSON.stringify(stored));
      }
    },
  },
  {
    number: "E11",
    name: "a token as the database has it",
    run: async (t) => {
      const ann = await t.member();
      await asBearer(t, ann.token);
      const signed = decodeURIComponent(ann.jar.get("session_token"));
      assert.equal(accepted(await asBearer(t, signed, "signed"))?.user.id, ann.user.id);
    },
  },
];
