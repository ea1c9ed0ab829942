// Sends requests for URLs on the internet to the fake providers and checks, and refuses every
// other request that leaves this machine. better-auth takes most URLs from its own code.
import { fakePath } from "./fake-shapes.mjs";

const real = globalThis.fetch;

const PASSWORDS = "https://api.pwnedpasswords.com";

/** `fake` and `checks` are the URLs of the fake providers and checks. */
export function redirectFetch(fake, checks) {
  globalThis.fetch = async (input, init) => {
    const url = input instanceof Request ? input.url : String(input);
    const path = fakePath(url);
    if (checks && url.startsWith(PASSWORDS)) return real(checks + url.slice(PASSWORDS.length), init);
    if (path && fake) return real(fake + path, input instanceof Request ? input : init);
    if (new URL(url).hostname === "127.0.0.1") return real(input, init);
    throw new TypeError(`the conformance suite uses no network: ${url}`);
  };
}
