// Sends requests for the providers' URLs on the internet to the fake providers, and refuses every
// other request that leaves this machine. better-auth takes most URLs from its own code.
import { fakePath } from "./fake-shapes.mjs";

const real = globalThis.fetch;

/** `fake` is the URL of the fake providers. */
export function redirectFetch(fake) {
  globalThis.fetch = async (input, init) => {
    const url = input instanceof Request ? input.url : String(input);
    const path = fakePath(url);
    if (path) return real(fake + path, input instanceof Request ? input : init);
    if (new URL(url).hostname === "127.0.0.1") return real(input, init);
    throw new TypeError(`the conformance suite uses no network: ${url}`);
  };
}
