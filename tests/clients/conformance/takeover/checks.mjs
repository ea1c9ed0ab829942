// Checks of two servers on one database. Each check gets the stage of the server where an operation
// begins, and that of the other.
import assert from "node:assert/strict";
import { accepted, redirected, refused } from "../expect.mjs";
import { PASSWORD } from "../stage.mjs";

const NEW = "another horse battery";

/** A page with the same cookies that sends requests to the other server. */
export const at = (stage, { jar, email }) => Object.assign(stage.visitor(), { jar, email });

const copyAt = (stage, visitor) => at(stage, visitor.copy());

/** The credentials of a client without cookies. */
const signedToken = ({ jar }) => decodeURIComponent(jar.get("session_token"));

/** A session without the fields of Bookplate alone. */
const plain = ({ session, user: { role, ...user } }) => ({ session, user });

/**
 * Asserts that Bookplate's GraphQL API recognizes this page's user, if one of the stages is
 * Bookplate's.
 */
async function knownToGraphql(stages, visitor) {
  const bookplate = stages.find(({ server }) => server.name === "bookplate");
  if (!bookplate) return;
  const json = { query: "{ me { id email role } }" };
  const { data } = accepted(await at(bookplate, visitor).ask("POST", "/graphql", { json }));
  assert.deepEqual(data.me, { id: visitor.user.id, email: visitor.email, role: "user" });
}

/** Asserts that neither the cookie nor the token signs in. */
async function signedOut(stage, visitor) {
  assert.equal(await copyAt(stage, visitor).session(), null);
  const headers = { authorization: `Bearer ${signedToken(visitor)}` };
  assert.equal((await stage.ask("GET", "get-session", { headers })).text, "null");
}

async function knowsOnly(stages, email, password, old) {
  for (const stage of stages) {
    await stage.signIn(email, password);
    const { client } = stage.visitor();
    refused(await client.signIn.email({ email, password: old }), 401, "INVALID_EMAIL_OR_PASSWORD");
  }
}

const resetToken = async (stage, email) =>
  (await stage.mail(email, "reset")).match(/reset-password\/(\w+)/)[1];

/** Creates the database with users from before Bookplate. */
export const found = {
  async prepare(node) {
    const ann = await node.member("ann", { image: "https://pictures.example/ann.png" });
    const bob = await node.member("bob");
    const forgetful = await node.signIn(ann.email, PASSWORD, { rememberMe: false });
    accepted(await bob.client.requestPasswordReset({ email: bob.email, redirectTo: "/reset" }));
    return {
      ann,
      bob,
      forgetful,
      session: await ann.session(),
      token: await resetToken(node, bob.email),
    };
  },

  async verify(after, { ann, bob, forgetful, session, token }) {
    assert.deepEqual(plain(await at(after, ann).session()), plain(session));
    await knownToGraphql([after], ann);
    assert.ok(await at(after, forgetful).session());
    await after.signIn(ann.email);
    accepted(await after.visitor().client.resetPassword({ newPassword: NEW, token }));
    await after.signIn(bob.email, NEW);
  },
};

export const shared = {
  "who signed up signs in with the same password": async (here, there) => {
    const ann = await here.member("ann", { password: "ﬁn blåbär 1" });
    const again = await there.signIn(ann.email.toUpperCase(), "fin blåbär 1".normalize("NFD"));
    assert.equal(again.user.id, ann.user.id);
    const { client } = there.visitor();
    refused(
      await client.signIn.email({ email: ann.email, password: PASSWORD }),
      401,
      "INVALID_EMAIL_OR_PASSWORD",
    );
    const twice = { name: "Ann", email: ann.email, password: PASSWORD };
    refused(await client.signUp.email(twice), 422, "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL");
  },

  "a session is honoured": async (here, there) => {
    const ann = await here.member();
    const [one, other] = [await ann.session(), await at(there, ann).session()];
    assert.deepEqual(plain(other), plain(one));
    const headers = { authorization: `Bearer ${signedToken(ann)}` };
    assert.equal(accepted(await there.ask("GET", "get-session", { headers })).user.id, ann.user.id);
    await knownToGraphql([here, there], ann);
    const again = await there.signIn(ann.email, PASSWORD, { rememberMe: false });
    assert.ok(await at(here, again).session());
    const tokens = accepted(await at(there, ann).client.listSessions()).map(({ token }) => token);
    assert.deepEqual(tokens.sort(), [ann.token, again.token].sort());
  },

  "who signs out is signed out": async (here, there) => {
    const ann = await here.member();
    const kept = Object.assign(ann.copy(), { token: ann.token });
    accepted(await ann.client.signOut());
    await signedOut(there, kept);
  },

  "a session that is revoked is gone": async (here, there) => {
    const ann = await here.member();
    const [one, two, three] = [
      await there.signIn(ann.email),
      await there.signIn(ann.email),
      await here.signIn(ann.email),
    ];
    accepted(await ann.client.revokeSession({ token: one.token }));
    await signedOut(there, one);
    assert.ok(await copyAt(there, two).session());
    accepted(await at(there, two).client.revokeOtherSessions());
    for (const page of [ann, three]) await signedOut(here, page);
    accepted(await two.client.revokeSessions());
    await signedOut(here, two);
  },

  "a reset that was asked for here is finished there": async (here, there) => {
    const ann = await here.member();
    accepted(
      await here.visitor().client.requestPasswordReset({ email: ann.email, redirectTo: "/reset" }),
    );
    const token = await resetToken(here, ann.email);
    redirected(
      await there.ask("GET", `reset-password/${token}?callbackURL=%2Freset`),
      `${there.origin}/reset?token=${token}`,
    );
    accepted(await there.visitor().client.resetPassword({ newPassword: NEW, token }));
    refused(
      await here.visitor().client.resetPassword({ newPassword: PASSWORD, token }),
      400,
      "INVALID_TOKEN",
    );
    await signedOut(here, ann);
    await knowsOnly([here, there], ann.email, NEW, PASSWORD);
  },

  "an address is verified by a mail of the other, if Bookplate can void it": async (here, there) => {
    const ann = await here.member();
    accepted(await ann.client.sendVerificationEmail({ email: ann.email, callbackURL: "/done" }));
    const link = await here.mail(ann.email, "verification");
    if (there.server.name === "bookplate") {
      redirected(await there.ask("GET", link), "/done?error=INVALID_TOKEN");
      redirected(await here.ask("GET", link), "/done");
    } else {
      redirected(await there.ask("GET", link), "/done");
    }
    assert.equal((await ann.session()).user.emailVerified, true);
    refused(
      await at(there, ann).client.sendVerificationEmail({ email: ann.email }),
      400,
      "EMAIL_ALREADY_VERIFIED",
    );
  },

  "an address that is changed here is changed there": async (here, there) => {
    const ann = await here.member();
    accepted(await ann.client.sendVerificationEmail({ email: ann.email }));
    redirected(await here.ask("GET", await here.mail(ann.email, "verification")), "/");
    const next = here.email("anna");
    accepted(await ann.client.changeEmail({ newEmail: next, callbackURL: "/changed" }));
    redirected(
      await ann.ask("GET", await here.mail(ann.email, "change-email-confirmation")),
      "/changed",
    );
    redirected(
      await ann.ask("GET", await here.mail(next, "change-email-verification")),
      "/changed",
    );
    assert.equal((await at(there, ann).session()).user.email, next);
    await there.signIn(next);
  },

  "a changed password, name and picture are known": async (here, there) => {
    const ann = await here.member();
    const other = await there.signIn(ann.email);
    const image = "https://pictures.example/new.png";
    accepted(await ann.client.updateUser({ name: "Änne", image }));
    const { user } = await at(there, ann).session();
    assert.deepEqual([user.name, user.image], ["Änne", image]);
    accepted(await at(there, ann).client.updateUser({ image: null }));
    assert.equal((await ann.session()).user.image, null);
    const fields = { currentPassword: PASSWORD, newPassword: NEW, revokeOtherSessions: true };
    accepted(await ann.client.changePassword(fields));
    await signedOut(there, other);
    await knowsOnly([there, here], ann.email, NEW, PASSWORD);
  },

  "who is deleted is gone, and the address is free": async (here, there) => {
    const ann = await here.member();
    const other = await there.signIn(ann.email);
    accepted(await ann.client.deleteUser({ password: PASSWORD, callbackURL: "/bye" }));
    const link = await here.mail(ann.email, "delete-account");
    redirected(await at(there, ann).ask("GET", link), "/bye");
    await signedOut(here, other);
    for (const stage of [here, there]) {
      const { client } = stage.visitor();
      refused(
        await client.signIn.email({ email: ann.email, password: PASSWORD }),
        401,
        "INVALID_EMAIL_OR_PASSWORD",
      );
    }
    const next = await here.member();
    assert.notEqual(next.user.id, ann.user.id);
    await there.signIn(next.email);
  },
};

/** Checks that move the clocks of both servers. */
export const later = {
  "an extended session stays extended": async (here, there) => {
    const ann = await here.member();
    await there.advance(3 * 86_400);
    const { session } = await at(there, ann).session();
    await here.advance(3 * 86_400);
    assert.deepEqual((await ann.session()).session, session);
    // Beyond the original expiry.
    await there.advance(5 * 86_400);
    await here.advance(5 * 86_400);
    assert.ok(await ann.session());
  },
};
