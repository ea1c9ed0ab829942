import assert from "node:assert/strict";
import { accepted, redirected, refused } from "../expect.mjs";
import { PASSWORD } from "../stage.mjs";

/** Asserts that sign-in fails and the address is free. */
async function gone(t, email) {
  const { client } = t.visitor();
  refused(
    await client.signIn.email({ email, password: PASSWORD }),
    401,
    "INVALID_EMAIL_OR_PASSWORD",
  );
  accepted(await client.requestPasswordReset({ email }));
  await t.noMail(email);
  accepted(
    await t.ask("POST", "sign-up/email", { json: { name: "Next", email, password: PASSWORD } }),
  );
}

const DELETED = { success: true, message: "User deleted" };
const MAILED = { success: true, message: "Verification email sent" };

export default [
  {
    number: 62,
    name: "users delete themselves",
    run: async (t) => {
      const [ann, bob, cy] = [await t.member("ann"), await t.member("bob"), await t.member("cy")];
      const other = await t.signIn(ann.email);
      const answer = await ann.ask("POST", "delete-user", { json: { password: PASSWORD } });
      assert.deepEqual(accepted(answer), DELETED);
      assert.equal(answer.cookies.length, 3);
      assert.ok(ann.jar.holdsNoSession);
      assert.equal(await other.session(), null);
      await gone(t, ann.email);

      assert.deepEqual(
        accepted(await bob.client.deleteUser()),
        DELETED,
        "a fresh session needs no password",
      );
      await gone(t, bob.email);
      await t.advance(86_520);
      refused(await cy.client.deleteUser(), 400, "SESSION_EXPIRED");
      assert.deepEqual(accepted(await cy.client.deleteUser({ password: PASSWORD })), DELETED);
    },
  },
  {
    number: "62a",
    name: "users delete themselves by a mailed link",
    profile: "deleteByMail",
    run: async (t) => {
      const [ann, eve] = [await t.member("ann"), await t.member("eve")];
      refused(await ann.client.deleteUser({ password: "wrong" }), 400, "INVALID_PASSWORD");
      assert.deepEqual(accepted(await ann.client.deleteUser({ callbackURL: "/bye?x=1" })), MAILED);
      const link = await t.mail(ann.email, "delete-account");
      assert.match(link, /\?token=[0-9a-z]{32}&callbackURL=%2Fbye%3Fx%3D1$/);
      refused(await t.ask("GET", link), 404, "FAILED_TO_GET_USER_INFO");
      await t.ask("GET", link, { headers: { accept: "text/html" }, note: "in a browser" });
      refused(await ann.ask("GET", link.replace(/token=\w+/, "token=none")), 404, "INVALID_TOKEN");
      refused(await ann.ask("GET", link.replace(/token=\w+&/, "")), 400, "VALIDATION_ERROR");
      redirected(await ann.ask("GET", link), "/bye?x=1");
      assert.ok(ann.jar.holdsNoSession);
      const again = await ann.ask("GET", link);
      if (t.server.name === "bookplate") redirected(again, "/bye?x=1");
      else refused(again, 404, "FAILED_TO_GET_USER_INFO");
      await gone(t, ann.email);

      // Opening the link without the session only voids it.
      const bob = await t.member("bob");
      accepted(await bob.client.deleteUser({ password: PASSWORD }));
      const stolen = await t.mail(bob.email, "delete-account");
      refused(await eve.ask("GET", stolen), 404, "INVALID_TOKEN");
      assert.ok(await eve.session());
      assert.ok(await bob.session());
    },
  },
  {
    number: "62b",
    name: "the token of the mailed link may also be sent",
    profile: "deleteByMail",
    run: async (t) => {
      const tokenFor = async (visitor) => {
        accepted(await visitor.client.deleteUser());
        return new URLSearchParams(
          (await t.mail(visitor.email, "delete-account")).split("?")[1],
        ).get("token");
      };
      const [ann, bob] = [await t.member("ann"), await t.member("bob")];
      const other = await t.signIn(ann.email);
      refused(await ann.client.deleteUser({ token: "none" }), 404, "INVALID_TOKEN");
      assert.deepEqual(
        accepted(await ann.client.deleteUser({ token: await tokenFor(ann) })),
        DELETED,
      );
      assert.ok(ann.jar.holdsNoSession);
      assert.equal(await other.session(), null);
      await gone(t, ann.email);
      const page = bob.copy();
      const callback = await page.ask("GET", `delete-user/callback?token=${await tokenFor(bob)}`);
      assert.deepEqual(accepted(callback), DELETED);
      const late = await t.member("late");
      const token = await tokenFor(late);
      await t.advance(86_520);
      refused(await late.ask("GET", `delete-user/callback?token=${token}`), 404, "INVALID_TOKEN");
    },
  },
  {
    number: 63,
    name: "who does not know the password deletes nobody",
    run: async (t) => {
      const ann = await t.member();
      refused(
        await ann.client.deleteUser({ password: "wrong horse battery" }),
        400,
        "INVALID_PASSWORD",
      );
      refused(await ann.client.deleteUser({ password: "x".repeat(129) }), 400, "PASSWORD_TOO_LONG");
      refused(
        await ann.ask("POST", "delete-user", { json: { password: 5 } }),
        400,
        "VALIDATION_ERROR",
      );
      refused(await ann.client.deleteUser({ token: "none" }), 404, "INVALID_TOKEN");
      refused(await t.visitor().client.deleteUser({ password: PASSWORD }), 401, "UNAUTHORIZED");
      refused(await ann.ask("GET", "delete-user/callback?token=none"), 404, "INVALID_TOKEN");
      assert.ok(await ann.session());
    },
  },
  {
    number: "63a",
    name: "what the settings close is closed",
    profile: "closed",
    run: async (t) => {
      const ann = await t.member();
      const { status, text } = await ann.ask("POST", "delete-user", { json: {} });
      assert.deepEqual([status, text], [404, ""]);
      refused(await t.ask("POST", "delete-user", { json: {} }), 401, "UNAUTHORIZED");
      refused(await ann.ask("GET", "delete-user/callback?token=x"), 404, "NOT_FOUND");
      refused(
        await ann.client.changeEmail({ newEmail: t.email("anna") }),
        400,
        "CHANGE_EMAIL_DISABLED",
      );
      assert.ok(await ann.session());
    },
  },
];
