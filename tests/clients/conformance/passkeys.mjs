// Passkeys of a visitor, by the routes of better-auth's plugin.
import { accepted } from "./expect.mjs";

const originOf = (t, { origin } = {}) => origin ?? t.origin;

export const registerOptions = (visitor, query = "") =>
  visitor.ask("GET", `passkey/generate-register-options${query}`);

export const authenticateOptions = (visitor) =>
  visitor.ask("GET", "passkey/generate-authenticate-options");

/** Sends an authenticator's answer to `options`. Returns the response. */
export function finishRegistration(t, visitor, authenticator, options, changes = {}) {
  const { name, createSession, headers, origin, ...more } = changes;
  const { clientExtensionResults, ...response } = authenticator.register(options, originOf(t, changes), more);
  const json = { response, name, createSession };
  return visitor.ask("POST", "passkey/verify-registration", { json, headers });
}

/** Registers a passkey. Returns the response. */
export async function register(t, visitor, authenticator, changes = {}) {
  const options = accepted(await registerOptions(visitor));
  return finishRegistration(t, visitor, authenticator, options, changes);
}

export function finishSignIn(t, visitor, authenticator, options, changes = {}) {
  const { headers, origin, ...more } = changes;
  const { clientExtensionResults, ...response } = authenticator.assert(options, originOf(t, changes), more);
  return visitor.ask("POST", "passkey/verify-authentication", { json: { response }, headers });
}

/** Signs in with a passkey. Returns the response. */
export async function signIn(t, visitor, authenticator, changes = {}) {
  const options = accepted(await authenticateOptions(visitor));
  return finishSignIn(t, visitor, authenticator, options, changes);
}
