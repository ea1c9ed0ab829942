// What the steps of the plugins need: a mailbox, an authenticator, an app for codes.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import jsqr from "jsqr";
import { PNG } from "pngjs";

/** The ids of messages that were read. */
const read = new Set();

/** Returns what `find` makes of the newest suitable message to `to`, mail or SMS, that was not read. */
async function newest(api, to, find) {
  for (const last = Date.now() + 20_000; Date.now() < last;) {
    const answer = await fetch(`${api}/dev/mail`, { headers: { accept: "application/json" } });
    for (const message of await answer.json()) {
      const found = message.to === to && !read.has(api + message.id) ? find(message) : undefined;
      if (found === undefined) continue;
      read.add(api + message.id);
      return found;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`there is no such mail to ${to}`);
}

/** The code of the newest mail or text message with one. */
export function mailedCode(api, to) {
  return newest(api, to, ({ text }) => /\b\d{6}\b/.exec(text)?.[0]);
}

/** The link of the newest mail, to the path `path` of the server. */
export function mailedLink(api, to, path) {
  return newest(api, to, ({ link }) => (link?.includes(path) ? link : undefined));
}

/** An authenticator of a window, of which the test is the user. */
export class Authenticator {
  #send;

  /** It checks the user's fingerprint, and is touched at once. */
  static async plugIn({ page }) {
    const authenticator = new Authenticator();
    const session = await page.context().newCDPSession(page);
    await session.send("WebAuthn.enable", { enableUI: false });
    const { authenticatorId } = await session.send("WebAuthn.addVirtualAuthenticator", {
      options: {
        protocol: "ctap2",
        transport: "internal",
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
        automaticPresenceSimulation: true,
      },
    });
    authenticator.#send = (method, options = {}) => session.send(`WebAuthn.${method}`, { authenticatorId, ...options });
    return authenticator;
  }

  /** Whether the user touches it. */
  acts(enabled) {
    return this.#send("setAutomaticPresenceSimulation", { enabled });
  }

  async credentials() {
    return (await this.#send("getCredentials")).credentials;
  }

  /** Puts a credential of another authenticator into this one. */
  add(credential) {
    return this.#send("addCredential", { credential });
  }
}

/** Decodes the QR code that a locator shows. */
export async function readQr(locator) {
  const { data, width, height } = PNG.sync.read(await locator.screenshot());
  const code = jsqr(new Uint8ClampedArray(data), width, height);
  assert.ok(code, "the screenshot shows no QR code");
  return code.data;
}

/** An app for codes, set up with an `otpauth:` URI. */
export class CodeApp {
  /** The period of the last code. */
  #last;

  constructor(uri) {
    const { protocol, host, pathname, searchParams } = new URL(uri);
    assert.deepEqual([protocol, host], ["otpauth:", "totp"]);
    this.account = decodeURIComponent(pathname.slice(1));
    this.issuer = searchParams.get("issuer");
    this.secret = searchParams.get("secret");
    this.digits = Number(searchParams.get("digits") ?? 6);
    this.period = Number(searchParams.get("period") ?? 30);
  }

  /** A code that was not given before, as servers accept a code once; the next period's, if need be. */
  async next() {
    const period = () => Math.max(this.#now(), (this.#last ?? 0) + 1);
    while (period() > this.#now() + 1) await new Promise((resolve) => setTimeout(resolve, 250));
    this.#last = period();
    return this.#code(this.#last);
  }

  /** A code of long ago. */
  old() {
    return this.#code(this.#now() - 1000);
  }

  #now() {
    return Math.floor(Date.now() / 1000 / this.period);
  }

  #code(period) {
    const message = Buffer.alloc(8);
    message.writeBigUInt64BE(BigInt(period));
    const hash = createHmac("sha1", base32(this.secret)).update(message).digest();
    const number = hash.readUInt32BE(hash[19] & 15) & 0x7fffffff;
    return String(number % 10 ** this.digits).padStart(this.digits, "0");
  }
}

/** Decodes base32. */
function base32(text) {
  const bits = [...text.replace(/=+$/, "")]
    .map((letter) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(letter).toString(2).padStart(5, "0"))
    .join("");
  return Buffer.from(bits.match(/.{8}/g).map((byte) => Number.parseInt(byte, 2)));
}
