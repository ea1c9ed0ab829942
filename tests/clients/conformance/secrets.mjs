// Independent implementations of the servers' signatures and encryption.
import { xchacha20poly1305 } from "@noble/ciphers/chacha.js";
import { createDecipheriv, createHash, createHmac, hkdfSync } from "node:crypto";
import { SECRET } from "./server.mjs";

const hmac = (text, encoding, secret = SECRET) =>
  createHmac("sha256", secret).update(text).digest(encoding);

const base64url = (value) => Buffer.from(value).toString("base64url");

/** The encoded value of a cookie. */
export const signed = (value, secret) =>
  encodeURIComponent(`${value}.${hmac(value, "base64", secret)}`);

/** The value in `value.signature`, or undefined for an invalid signature. */
export function unsigned(text) {
  const at = text.lastIndexOf(".");
  const value = text.slice(0, at);
  return text.slice(at + 1) === hmac(value, "base64") ? value : undefined;
}

/** A JSON web token by HMAC, or without a signature if `alg` is "none". */
export function jwt(claims, { alg = "HS256", secret = SECRET } = {}) {
  const text = [{ alg }, claims].map((part) => base64url(JSON.stringify(part))).join(".");
  return `${text}.${alg === "none" ? "" : hmac(text, "base64url", secret)}`;
}

/** `{ header, payload, good }` of a JSON web token, both as text. */
export function readJwt(token) {
  const [header, payload, signature] = token.split(".");
  const [head, body] = [header, payload].map((part) => Buffer.from(part, "base64url").toString());
  return {
    header: head,
    payload: body,
    good: signature === hmac(`${header}.${payload}`, "base64url"),
  };
}

/** The data of a sign-in with a provider in its encrypted cookie, or undefined. */
export function readState(value) {
  const [salt, info] = ["better-auth:oauth-encryption:v1", "better-auth:oauth-state-cookie:v1"];
  const derived = Buffer.from(hkdfSync("sha256", SECRET, salt, info, 32)).toString("hex");
  const key = createHash("sha256").update(derived).digest();
  const sealed = Buffer.from(value, "hex");
  try {
    const cipher = xchacha20poly1305(key, sealed.subarray(0, 24));
    return Buffer.from(cipher.decrypt(sealed.subarray(24))).toString();
  } catch {
    return undefined;
  }
}

/** A cookie cache in the compact format of `{ session, user, updatedAt, version }`. */
export function compact(session, expiresAt, secret) {
  const signature = hmac(JSON.stringify({ ...session, expiresAt }), "base64url", secret);
  return base64url(JSON.stringify({ session, expiresAt, signature }));
}

function readCompact(value) {
  const text = Buffer.from(value, "base64url").toString();
  const { session, expiresAt, signature } = JSON.parse(text);
  const good = signature === hmac(JSON.stringify({ ...session, expiresAt }), "base64url");
  return { header: "", payload: text.replace(`,"signature":"${signature}"`, ""), good };
}

// Source: RFC 7518, section 5.2.5, with a key derived from the secret.
function readJwe(value) {
  const [header, , iv, ciphertext, tag] = value
    .split(".")
    .map((part) => Buffer.from(part, "base64url"));
  const info = "BetterAuth.js Generated Encryption Key";
  const key = Buffer.from(hkdfSync("sha256", SECRET, "better-auth-session", info, 64));
  const additional = Buffer.from(value.split(".")[0]);
  const bits = Buffer.alloc(8);
  bits.writeBigUInt64BE(BigInt(additional.length * 8));
  const mac = createHmac("sha512", key.subarray(0, 32));
  mac.update(additional).update(iv).update(ciphertext).update(bits);
  const cipher = createDecipheriv("aes-256-cbc", key.subarray(32), iv);
  const payload = Buffer.concat([cipher.update(ciphertext), cipher.final()]).toString();
  return { header: header.toString(), payload, good: mac.digest().subarray(0, 32).equals(tag) };
}

/** `{ header, payload, good }` of a cookie cache in any of the three formats. */
export function readCache(value) {
  const parts = value.split(".").length;
  return parts === 1 ? readCompact(value) : parts === 3 ? readJwt(value) : readJwe(value);
}
