import assert from "node:assert/strict";
import { accepted, redirected, refused } from "../expect.mjs";

const CONFIRMATION = "change-email-confirmation";
const VERIFICATION = "change-email-verification";

const without = (link) => link.replace(/&callbackURL=.*/, "");

/**
 * Opens a link without a session, and submits the confirmation page if there is one. Returns the
 * final location.
 */
async function confirmed(t, visitor, link) {
  const answer = await visitor.ask("GET", link);
  if (!/^text\/html/.test(answer.header("content-type"))) return answer;
  assert.deepEqual([answer.status, answer.cookies], [200, []]);
  const form = Object.fromEntries(new URLSearchParams(link.split("?")[1]));
  const pressed = await t.unrecorded("POST", "verify-email", { form });
  assert.deepEqual(pressed.cookies, [], "it signs nobody in");
  return pressed;
}

/** Signs up a user with a verified address. */
async function verified(t, name) {
  const visitor = await t.member(name);
  accepted(await visitor.client.sendVerificationEmail({ email: visitor.email }));
  redirected(await t.ask("GET", await t.mail(visitor.email, "verification")), "/");
  return visitor;
}

export default [
  {
    number: 59,
    name: "an address is changed when both the old and the new one agree",
    run: async (t) => {
      const [ann, eve] = [await verified(t, "ann"), await t.member("eve")];
      const next = t.email("anna");
      const asked = await ann.client.changeEmail({
        newEmail: next.toUpperCase(),
        callbackURL: "/changed?x=1",
      });
      assert.deepEqual(accepted(asked), { status: true });
      const first = await t.mail(ann.email, CONFIRMATION);
      await t.noMail(next);
      redirected(await eve.ask("GET", first), "/changed?x=1&error=INVALID_USER");
      redirected(await confirmed(t, t.visitor(), first), "/changed?x=1");
      const second = await t.mail(next, VERIFICATION);
      assert.equal((await ann.session()).user.email, ann.email);
      redirected(await eve.ask("GET", second), "/changed?x=1&error=INVALID_USER");
      redirected(await ann.ask("GET", second), "/changed?x=1");
      const { user } = await ann.session();
      assert.deepEqual([user.email, user.emailVerified], [next, true]);
      await t.signIn(next);
      const again = [await t.ask("GET", without(second)), await t.ask("GET", first)];
      if (t.server.name === "bookplate") {
        assert.deepEqual(accepted(again[0]), { status: true, user: null }, "it is done");
        redirected(again[1], "/changed?x=1");
      } else {
        refused(again[0], 401, "INVALID_TOKEN");
        redirected(again[1], "/changed?x=1&error=INVALID_TOKEN");
      }
      await t.noMail(next);
    },
  },
  {
    number: "59a",
    name: "the links also work without a page",
    run: async (t) => {
      const ann = await verified(t, "ann");
      const next = t.email("anna");
      accepted(await ann.client.changeEmail({ newEmail: next }));
      const first = await t.mail(ann.email, CONFIRMATION);
      assert.match(first, /&callbackURL=%2F$/);
      assert.deepEqual(accepted(await confirmed(t, t.visitor(), without(first))), { status: true });
      const second = without(await t.mail(next, VERIFICATION));
      const { status, user } = accepted(await confirmed(t, t.visitor(), second));
      assert.deepEqual([status, user.email, user.id], [true, next, ann.user.id]);
    },
  },
  {
    number: "59b",
    name: "an address that was never verified is changed by the new one alone",
    run: async (t) => {
      const ann = await t.member();
      const next = t.email("anna");
      accepted(await ann.client.changeEmail({ newEmail: next, callbackURL: "/changed" }));
      redirected(await ann.ask("GET", await t.mail(next, VERIFICATION)), "/changed");
      await t.noMail(ann.email);
      const { user } = await ann.session();
      assert.deepEqual([user.email, user.emailVerified], [next, false]);
      refused(await ann.client.changeEmail({ newEmail: next }), 400, undefined);
      refused(await ann.client.changeEmail({ newEmail: next.toUpperCase() }), 400, undefined);
      for (const newEmail of ["", "ann", "ann@"]) {
        refused(
          await ann.ask("POST", "change-email", { json: { newEmail } }),
          400,
          "VALIDATION_ERROR",
        );
      }
      refused(
        await t.ask("POST", "change-email", { json: { newEmail: next } }),
        401,
        "UNAUTHORIZED",
      );
    },
  },
  {
    number: "59c",
    name: "a session that began long ago asks for another address",
    run: async (t) => {
      const ann = await t.member();
      await t.advance(86_520);
      await ann.ask("POST", "change-email", { json: { newEmail: t.email("anna") } });
      assert.equal((await ann.session()).user.email, ann.email);
    },
  },
  {
    number: "59d",
    name: "a link that was mailed before all sessions are ended",
    run: async (t) => {
      const ann = await t.member();
      const other = await t.signIn(ann.email);
      const next = t.email("anna");
      accepted(await ann.client.changeEmail({ newEmail: next, callbackURL: "/changed" }));
      const link = await t.mail(next, VERIFICATION);
      accepted(await ann.client.sendVerificationEmail({ email: ann.email, callbackURL: "/done" }));
      const proof = await t.mail(ann.email, "verification");
      accepted(await other.client.revokeOtherSessions());
      await other.ask("GET", proof);
      await other.ask("GET", link);
      const { user } = await other.session();
      if (t.server.name === "bookplate") {
        assert.deepEqual([user.email, user.emailVerified], [ann.email, false]);
      }
    },
  },
  {
    number: 60,
    name: "a taken address is not told to whoever wants to change to it",
    run: async (t) => {
      const [ann, bob] = [await verified(t, "ann"), await t.member("bob")];
      const taken = await ann.ask("POST", "change-email", { json: { newEmail: bob.email } });
      // Servers differ in whether they mail the old address: Node sends nothing if the new address
      // is taken.
      await t.noMail(bob.email);
      const free = await ann.ask("POST", "change-email", { json: { newEmail: t.email("free") } });
      assert.equal(accepted(taken).status, true);
      assert.equal(taken.text, free.text);
      await t.mail(ann.email, CONFIRMATION);
    },
  },
  {
    number: "60a",
    name: "an address that is taken between the two steps stays with its user",
    run: async (t) => {
      const ann = await t.member();
      const wanted = t.email("wanted");
      accepted(await ann.client.changeEmail({ newEmail: wanted }));
      const link = await t.mail(wanted, VERIFICATION);
      const bob = await t.member("wanted");
      const answer = await ann.ask("GET", link);
      assert.deepEqual(answer.cookies, []);
      assert.equal((await ann.session()).user.email, ann.email);
      assert.equal((await bob.session()).user.email, wanted);
    },
  },
  {
    number: 61,
    name: "asking for a mail tells nobody who has an account",
    run: async (t) => {
      const [ann, bob] = [await t.member("ann"), await verified(t, "bob")];
      for (const path of ["send-verification-email", "request-password-reset"]) {
        const [texts, times] = [[], []];
        for (const email of [ann.email, bob.email, t.email("nobody")]) {
          const start = performance.now();
          const answer = await t.ask("POST", path, { json: { email }, note: email });
          times.push(performance.now() - start);
          accepted(answer);
          texts.push(answer.text);
        }
        assert.equal(new Set(texts).size, 1);
        const spread = Math.max(...times) - Math.min(...times);
        assert.ok(spread < 400, `the times differ by ${spread} ms`);
        refused(await t.ask("POST", path, { json: { email: "ann" } }), 400, "VALIDATION_ERROR");
        refused(await t.ask("POST", path, { json: {} }), 400, "VALIDATION_ERROR");
      }
      await t.mail(ann.email, "verification");
      for (const { email } of [ann, bob]) await t.mail(email, "reset");
      for (const { email } of [ann, bob]) await t.noMail(email);
      await t.noMail(t.email("nobody"));
    },
  },
];
