// The plugin siwe.
import assert from "node:assert/strict";
import { accepted, refused } from "../../expect.mjs";
import { siweMessage, siweSignIn } from "../../siwe-message.mjs";
import { Wallet } from "../../wallet.mjs";

const MISMATCH = "UNAUTHORIZED_SIWE_MESSAGE_MISMATCH";
const NO_NONCE = "UNAUTHORIZED_INVALID_OR_EXPIRED_NONCE";

const walletOf = (t, name = "ann") => new Wallet(`${t.number} ${name}`);

const verify = (visitor, message, signature, more = {}) =>
  visitor.client.siwe.verify({ message, signature, ...more });

const nonceOf = async ({ client }) => accepted(await client.siwe.nonce()).nonce;

export default [
  {
    number: "K1",
    name: "a wallet signs up, and signs in, also on another chain",
    profile: "siwe",
    run: async (t) => {
      const wallet = walletOf(t);
      const ann = t.visitor();
      const { user, token } = accepted(await siweSignIn(t, ann, wallet));
      assert.deepEqual([user.walletAddress, user.chainId], [wallet.address, 1]);
      const session = await ann.session();
      assert.deepEqual([session.session.token, session.user.id], [token, user.id]);
      assert.equal(accepted(await siweSignIn(t, t.visitor(), wallet)).user.id, user.id);
      const other = accepted(await siweSignIn(t, t.visitor(), wallet, { chainId: 137 }));
      assert.deepEqual([other.user.id, other.user.chainId], [user.id, 137]);
      accepted(await ann.client.listAccounts());
      const small = wallet.address.toLowerCase();
      assert.equal(accepted(await siweSignIn(t, t.visitor(), wallet, { account: small })).user.id, user.id);
    },
  },
  {
    number: "K2",
    name: "a nonce is used once, and within a quarter of an hour",
    profile: "siwe",
    run: async (t) => {
      const wallet = walletOf(t);
      const page = t.visitor();
      const nonce = await nonceOf(page);
      const message = siweMessage(wallet, nonce);
      accepted(await verify(page, message, wallet.sign(message)));
      refused(await verify(page, message, wallet.sign(message)), 401, NO_NONCE);
      const unknown = siweMessage(wallet, "0123456789abcdef0123456789abcdef");
      refused(await verify(page, unknown, wallet.sign(unknown)), 401, NO_NONCE);
      const late = siweMessage(wallet, await nonceOf(page));
      await t.advance(960);
      refused(await verify(page, late, wallet.sign(late)), 401, NO_NONCE);
      accepted(await t.ask("POST", "siwe/get-nonce", { note: "the other name" }));
      await t.ask("POST", "siwe/nonce", { json: { walletAddress: wallet.address } });
    },
  },
  {
    number: "K3",
    name: "messages of others, for others and at another time sign nobody in",
    profile: "siwe",
    run: async (t) => {
      const wallet = walletOf(t);
      const page = t.visitor();
      const codes = [
        [{ domain: "evil.example" }, MISMATCH],
        [{ chainId: 0 }, MISMATCH],
        [{ chainId: "one" }, MISMATCH],
        [{ account: "0x1234" }, MISMATCH],
        [{ "Expiration Time": "2020-01-01T00:00:00.000Z" }, "UNAUTHORIZED_SIWE_MESSAGE_EXPIRED"],
        [{ "Not Before": "2099-01-01T00:00:00.000Z" }, "UNAUTHORIZED_SIWE_MESSAGE_NOT_YET_VALID"],
        [{ signature: "0x00" }, undefined],
        [{ account: walletOf(t, "bob").address }, undefined],
      ];
      for (const [changes, code] of codes) {
        refused(await siweSignIn(t, page, wallet, changes), 401, code);
      }
      const bad = siweMessage(wallet, undefined);
      refused(await verify(page, bad, wallet.sign(bad)), 401, MISMATCH);
      const signature = walletOf(t, "bob").sign(bad);
      refused(await verify(page, "x", signature), 401, MISMATCH);
      assert.equal(await page.session(), null);
      for (const json of [
        {},
        { message: "", signature: "" },
        { message: 5, signature: 5 },
        { message: "x", signature: "x", email: "ann" },
        { message: "x", signature: "x", walletAddress: wallet.address },
      ]) {
        const answer = await t.ask("POST", "siwe/verify", { json, note: JSON.stringify(json) });
        refused(answer, 400, "VALIDATION_ERROR");
      }
    },
  },
  {
    number: "K4",
    name: "an address by mail is asked for, and taken from nobody",
    profile: "siweOptions",
    run: async (t) => {
      const member = await t.member("bob");
      const ann = t.visitor();
      const email = t.email("ann");
      const { user } = accepted(await siweSignIn(t, ann, walletOf(t), { email: email.toUpperCase() }));
      const known = await ann.session();
      assert.deepEqual([known.user.email, known.user.emailVerified], [email, false]);
      const thief = t.visitor();
      const stolen = await siweSignIn(t, thief, walletOf(t, "eve"), { email: member.email });
      assert.notEqual(accepted(stolen).user.id, member.user.id);
      assert.match((await thief.session()).user.email, /@wallets\.example$/);
      refused(await siweSignIn(t, t.visitor(), walletOf(t)), 400, "VALIDATION_ERROR");
      assert.equal(accepted(await siweSignIn(t, t.visitor(), walletOf(t), { email })).user.id, user.id);
    },
  },
];
