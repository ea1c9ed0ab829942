// `navigator.credentials` with the authenticator of the conformance suite, for better-auth's client
// of passkeys outside a browser.
import { Authenticator } from "./conformance/authenticator.mjs";

const text = (buffer) => Buffer.from(buffer).toString("base64url");
const buffer = (text) => Uint8Array.from(Buffer.from(text, "base64url")).buffer;

/** An answer in JSON as an object of a browser. */
const credential = ({ id, type, response, authenticatorAttachment, transports = response.transports }) => ({
  id,
  rawId: buffer(id),
  type,
  authenticatorAttachment,
  response: {
    ...Object.fromEntries(
      Object.entries(response)
        .filter(([, value]) => typeof value === "string")
        .map(([name, value]) => [name, buffer(value)]),
    ),
    getTransports: () => transports,
  },
  getClientExtensionResults: () => ({}),
});

/** Installs an authenticator of pages of `origin`. */
export function installPasskeys(name, origin) {
  const authenticator = new Authenticator(name);
  globalThis.PublicKeyCredential = class PublicKeyCredential {};
  const credentials = {
    create: async ({ publicKey }) => {
      const { rp, user, challenge } = publicKey;
      const options = { rp, user: { id: text(user.id) }, challenge: text(challenge) };
      return credential(authenticator.register(options, origin));
    },
    get: async ({ publicKey }) => {
      const { rpId, challenge } = publicKey;
      return credential(authenticator.assert({ rpId, challenge: text(challenge) }, origin));
    },
  };
  Object.defineProperty(globalThis, "navigator", { value: { credentials }, configurable: true });
}
