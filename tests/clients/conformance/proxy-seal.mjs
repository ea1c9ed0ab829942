// What the hosts of the plugin oauth-proxy encrypt for each other.
import { hkdfSync } from "node:crypto";
import { symmetricDecrypt, symmetricEncrypt } from "better-auth/crypto";
import { SECRET } from "./server.mjs";

const SALT = "better-auth:oauth-encryption:v1";

/** The key for a purpose. */
function key(purpose, secret) {
  const derived = hkdfSync("sha256", secret, SALT, `better-auth:${purpose}:v1`, 32);
  return Buffer.from(derived).toString("hex");
}

export const seal = (purpose, value, secret = SECRET) =>
  symmetricEncrypt({ key: key(purpose, secret), data: JSON.stringify(value) });

export const open = async (purpose, sealed) =>
  JSON.parse(await symmetricDecrypt({ key: key(purpose, SECRET), data: sealed }));

/** `{ state, data }` of a preview's state for the provider. */
export async function openPackage(sealed) {
  const { state, stateCookie } = await open("oauth-proxy-package", sealed);
  return { state, data: await open("oauth-proxy-state", stateCookie) };
}

/** The state for the provider, as a preview sends it. */
export async function sealPackage(state, data) {
  const stateCookie = await seal("oauth-proxy-state", data);
  return seal("oauth-proxy-package", { state, stateCookie, isOAuthProxy: true });
}
