// Users with a second factor.
import assert from "node:assert/strict";
import { accepted } from "./expect.mjs";
import { PASSWORD } from "./stage.mjs";
import { totp } from "./totp.mjs";

/** The code of a visitor's authenticator app now. */
export const codeOf = (t, { uri }) => totp(uri, t.server.now);

/** Another code with as many digits. */
export const wrongCode = (code) => code.replace(/\d$/, (digit) => String((Number(digit) + 5) % 10));

/** Waits until authenticator apps show another code: servers may accept each only once. */
export const nextCode = (t) => t.advance(120);

/**
 * Turns on a second factor of a signed-in user. Adds `uri` and `backupCodes`. `next` waits until
 * the app shows another code.
 */
export async function enrol(t, visitor, next = nextCode) {
  const { totpURI, backupCodes } = accepted(await visitor.client.twoFactor.enable({ password: PASSWORD }));
  Object.assign(visitor, { uri: totpURI, backupCodes });
  accepted(await visitor.client.twoFactor.verifyTotp({ code: codeOf(t, visitor) }));
  await next(t);
  return visitor;
}

/** A user with an authenticator app. */
export const guarded = async (t, name = "ann") => enrol(t, await t.member(name));

/** A page where this user's password is right, and the second factor is asked for. */
export async function challenged(t, { email, uri, backupCodes }, more = {}) {
  const visitor = Object.assign(t.visitor(), { email, uri, backupCodes });
  const data = accepted(await visitor.client.signIn.email({ email, password: PASSWORD, ...more }));
  assert.equal(data.twoFactorRedirect, true);
  return visitor;
}
