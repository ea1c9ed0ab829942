// The plugin last-login-method.
import assert from "node:assert/strict";
import { Authenticator } from "../../authenticator.mjs";
import { accepted, refused } from "../../expect.mjs";
import { register, signIn } from "../../passkeys.mjs";
import { become, comeBack } from "../../provider-accounts.mjs";
import { PASSWORD } from "../../stage.mjs";
import { Wallet } from "../../wallet.mjs";
import { siweSignIn } from "../../siwe-message.mjs";

const COOKIE = "last_used_login_method";

export default [
  {
    number: "W1",
    name: "a cookie tells pages how their user signed in",
    profile: "lastLoginMethod",
    run: async (t) => {
      const username = `ann_${t.number}`;
      const ann = await t.member("ann", { username });
      const { email } = ann;
      assert.equal(ann.jar.get(COOKIE), "email");
      const page = t.visitor();
      const wrong = await page.client.signIn.email({ email, password: "wrong horse battery" });
      refused(wrong, 401, "INVALID_EMAIL_OR_PASSWORD");
      assert.equal(page.jar.name(COOKIE), undefined);
      accepted(await page.client.emailOtp.sendVerificationOtp({ email, type: "sign-in" }));
      const otp = await t.code(email, "sign-in-code");
      accepted(await page.client.signIn.emailOtp({ email, otp }));
      assert.equal(page.jar.get(COOKIE), "email-otp");
      accepted(await page.client.signIn.magicLink({ email, callbackURL: "/books" }));
      await page.ask("GET", await t.mail(email, "magic-link"), { headers: {} });
      assert.equal(page.jar.get(COOKIE), "magic-link");
      const phone = new Authenticator(`phone of ${t.number}`);
      accepted(await register(t, page, phone));
      accepted(await signIn(t, page, phone));
      assert.equal(page.jar.get(COOKIE), "passkey");
      accepted(await siweSignIn(t, page, new Wallet(t.email("wallet"))));
      assert.equal(page.jar.get(COOKIE), "siwe");
      const bob = await t.member("bob", { username: `bob_${t.number}` });
      accepted(await bob.client.signIn.username({ username: `bob_${t.number}`, password: PASSWORD }));
      t.keep("after a sign-in with a user name", bob.jar.get(COOKIE));
      accepted(await bob.client.signOut());
      assert.ok(bob.jar.name(COOKIE), "signing out keeps it");
    },
  },
  {
    number: "W2",
    name: "so does a sign-in with a provider",
    profile: "lastLoginMethod",
    run: async (t) => {
      become(t, "github", "ann");
      const { visitor } = await comeBack(t, "github");
      assert.equal(visitor.jar.get(COOKIE), "github");
    },
  },
  {
    number: "W3",
    name: "the method is stored with the user",
    profile: "lastLoginMethodOptions",
    run: async (t) => {
      const ann = await t.member();
      assert.equal(ann.jar.cookies.get("last_method"), "email");
      assert.equal((await ann.session()).user.lastLoginMethod, "email");
      await t.signIn(ann.email);
    },
  },
];
