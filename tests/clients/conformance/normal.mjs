// Replaces values that differ between runs by names, so texts can be compared. Equal values get
// equal names within a scenario: `<32:1>` is its first value of 32 letters and digits.
import { readCache, readJwt, readState, unsigned } from "./secrets.mjs";

const MINUTE = 60_000;
const FAR = 400 * 1440;
const UNITS = [
  ["d", 1440],
  ["h", 60],
  ["m", 1],
];

export class Normal {
  #names = new Map();

  constructor(server) {
    this.server = server;
  }

  /**
   * A time as its distance from the server's clock in minutes: scenarios move the clock by whole
   * minutes and last less than half a minute. Distant times are constants.
   */
  #time(milliseconds) {
    const distance = Math.round((milliseconds - this.server.now) / MINUTE);
    if (Math.abs(distance) > FAR) return new Date(milliseconds).toISOString();
    let rest = Math.abs(distance);
    let text = distance < 0 ? "-" : distance > 0 ? "+" : "";
    for (const [unit, minutes] of UNITS) {
      if (rest >= minutes) text += `${Math.floor(rest / minutes)}${unit}`;
      rest %= minutes;
    }
    return `<now${text}>`;
  }

  /** Assigns a descriptive name to a value. */
  call(value, name) {
    this.#names.set(value, name);
  }

  #name(value) {
    if (!this.#names.has(value)) {
      const alike = [...this.#names.keys()].filter(({ length }) => length === value.length);
      this.#names.set(value, `<${value.length}:${alike.length + 1}>`);
    }
    return this.#names.get(value);
  }

  #jwt(token) {
    const { header, payload, good } = readJwt(token);
    return `<${good ? "signed" : "BADLY SIGNED"} ${header} ${payload}>`;
  }

  text(text) {
    const { baseURL, address, port } = this.server;
    const fake = this.server.fake?.url ?? "<no fake>";
    return text
      .replace(/eyJ[\w-]+\.eyJ[\w-]+\.[\w-]+/g, (token) => this.#jwt(token))
      .replaceAll(baseURL, "<base>")
      .replaceAll(encodeURIComponent(baseURL), "<base>")
      .replaceAll(address, "<address>")
      .replaceAll(`127.0.0.1:${port}`, "<host>")
      .replaceAll(fake, "<fake>")
      .replaceAll(encodeURIComponent(fake), "<fake>")
      .replace(/(code_challenge=|code_verifier=|"code_verifier":")[\w-]{43,}/g, "$1<secret>")
      .replace(/((?:\bstate|\bnonce)=|"nonce":")([\w-]{32})(?![\w-])/g, (_, key, value) => key + this.#name(value))
      .replace(/\bsecret=[A-Z2-7]{32,}/g, (secret) => `secret=<${secret.length - 7}>`)
      .replace(/"[A-Za-z0-9]{5}-[A-Za-z0-9]{1,20}"/g, (code) => `"<backup code:${code.length - 2}>"`)
      .replace(/"expires_in":604799\b/g, '"expires_in":604800')
      .replace(/\b2fa-[\w-]{20}/g, (value) => this.#name(value))
      .replace(/[\w-]{43}!trust-device-([\w-]{32})/g, (_, id) => `<token>!trust-device-${this.#name(id)}`)
      .replace(/"challenge":"[\w-]+"/g, '"challenge":"<challenge>"')
      .replace(/("user":\{"id":)"[\w-]{43}"/g, '$1"<handle>"')
      .replace(/("(?:token|nonce|set-ott)":")([\w-]{32})"/g, (_, key, value) => `${key}${this.#name(value)}"`)
      .replace(/"device_code":"([A-Za-z0-9]+)"/g, (_, code) => `"device_code":"<device code:${code.length}>"`)
      .replace(/(user_code(?:=|":"))([A-Z2-9]+)/g, (_, key, code) => `${key}<user code:${code.length}>`)
      .replace(/\b[0-9a-f]{80,}\b/g, "<sealed>")
      .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, (time) => this.#time(Date.parse(time)))
      .replace(
        /"(updatedAt|expiresAt)":(\d{13})\b/g,
        (_, key, time) => `"${key}":${this.#time(+time)}`,
      )
      .replace(/"(iat|exp)":(\d{10})\b/g, (_, key, time) => `"${key}":${this.#time(time * 1000)}`)
      .replace(/\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, "<uuid>")
      .replace(/\b([A-Za-z0-9]{32}|[A-Za-z0-9]{24})\b/g, (value) => this.#name(value));
  }

  /** A random value. */
  secret(value) {
    return this.#name(value);
  }

  /** `value.signature` with an unencoded signature. */
  signed(text) {
    const value = unsigned(text);
    if (value === undefined) return `BADLY SIGNED ${text}`;
    // better-auth's states have other characters, too.
    const isSecret = /^[\w-]{32}$/.test(value);
    return `${isSecret ? this.#name(value) : this.text(value)}.<signature>`;
  }

  #cache(value) {
    const { header, payload, good } = readCache(value);
    return this.text(`<${good ? "sealed" : "BADLY SEALED"} ${header} ${payload}>`);
  }

  /** The data of a sign-in, without the part in which only Bookplate names the provider. */
  #state(value) {
    const text = readState(value);
    if (text === undefined) return `BADLY SEALED ${value}`;
    const { serverContext, ...data } = JSON.parse(text);
    const codeVerifier = `<${data.codeVerifier.length}>`;
    return this.text(JSON.stringify({ ...data, codeVerifier, oauthState: "<state>" }));
  }

  #value(name, value) {
    if (value === "") return "";
    if (name.endsWith("session_data")) return this.#cache(value);
    // Only Bookplate has this field.
    if (name.endsWith("known_device")) return "<device>";
    if (name.endsWith("last_used_login_method")) return value;
    if (name.endsWith("oauth_state")) return this.#state(value);
    if (/session_data\.\d+$/.test(name)) return `<${value.length} bytes of a cache>`;
    const decoded = decodeURIComponent(value);
    const shown = this.signed(decoded);
    return encodeURIComponent(decoded) === value ? shown : `ENCODED OTHERWISE ${shown}`;
  }

  /** The name of a cookie; that of another session has its token in small letters. */
  #cookieName(name) {
    return name.replace(/(?<=_multi-).{32}$/, (small) => {
      const token = [...this.#names.keys()].find((value) => value.toLowerCase() === small);
      return token ? this.#name(token) : `<unknown ${small}>`;
    });
  }

  /**
   * `Set-Cookie` headers without duplicates; `repeated` lists those. A cache in several cookies is
   * joined into one entry.
   */
  cookies(lines) {
    const parsed = [...new Set(lines)].map((line) => line.match(/^([^=]+)=([^;]*)(.*)$/).slice(1));
    const shown = parsed.map(
      ([name, value, rest]) => `${this.#cookieName(name)}=${this.#value(name, value)}${rest}`,
    );
    const pieces = parsed.filter(([name, value]) => /session_data\.\d+$/.test(name) && value);
    if (pieces.length > 0) shown.push(this.#cache(pieces.map(([, value]) => value).join("")));
    return shown.join("\n");
  }

  /** The duplicate `Set-Cookie` headers. */
  repeated(lines) {
    return this.cookies(lines.filter((line, at) => lines.indexOf(line) < at));
  }
}
