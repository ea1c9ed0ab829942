// The accounts that sign in at the fake providers.
import { accepted } from "./expect.mjs";

/** A number that only this address has. */
export const subject = (email) =>
  String([...email].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 1e9, 7));

/** Sets the account that signs in next at a provider, with the address `name` of the scenario. */
export function become(t, provider, name, more = {}, rest = {}) {
  const email = t.email(name);
  const account = { id: subject(email), email, ...more };
  t.provider(provider).control({ account, tokens: {}, faults: {}, ...rest });
}

/** Starts a sign-in, and returns the provider's URL. */
export async function start(visitor, provider, more = {}) {
  const fields = { provider, callbackURL: "/books", errorCallbackURL: "/sorry", ...more };
  return accepted(await visitor.client.signIn.social(fields)).url;
}

/** Signs in at a provider as its current account. Returns the visitor and the last response. */
export async function comeBack(t, provider, more = {}) {
  const visitor = t.visitor();
  const answer = await visitor.visitProvider(await start(visitor, provider, more));
  t.server.fake.log.length = 0;
  return { visitor, answer };
}
