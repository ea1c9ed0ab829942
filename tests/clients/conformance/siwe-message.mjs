// Messages of "Sign-In with Ethereum" (ERC-4361).
import { accepted } from "./expect.mjs";

export const DOMAIN = "books.example";

/** The text that a wallet signs. `changes` replaces or, as undefined, removes lines. */
export function siweMessage({ address }, nonce, changes = {}) {
  const { domain = DOMAIN, chainId = 1, account = address, ...more } = changes;
  const fields = {
    URI: `${/^(127|localhost)/.test(domain) ? "http" : "https"}://${domain}`,
    Version: "1",
    "Chain ID": chainId,
    Nonce: nonce,
    "Issued At": "2026-01-01T00:00:00.000Z",
    ...more,
  };
  const lines = Object.entries(fields).filter(([, value]) => value !== undefined);
  return [
    `${domain} wants you to sign in with your Ethereum account:`,
    account,
    "",
    "Sign in to the library.",
    "",
    ...lines.map(([name, value]) => `${name}: ${value}`),
  ].join("\n");
}

/** Signs in with a wallet. Returns the client's result. */
export async function siweSignIn(t, visitor, wallet, { email, signature, ...changes } = {}) {
  const { nonce } = accepted(await visitor.client.siwe.nonce());
  const domain = changes.domain ?? t.server.settings.options?.siwe?.domain ?? new URL(t.baseURL).host;
  const message = siweMessage(wallet, nonce, { ...changes, domain });
  const signed = signature ?? wallet.sign(message);
  return visitor.client.siwe.verify({ message, signature: signed, email });
}
