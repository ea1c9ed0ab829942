// One-time codes of authenticator apps (RFC 6238).
import { createHmac } from "node:crypto";

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** The bytes of base32 without padding. */
function base32(text) {
  const bits = [...text].map((letter) => LETTERS.indexOf(letter).toString(2).padStart(5, "0"));
  const bytes = bits.join("").match(/.{8}/g);
  return Buffer.from(bytes.map((byte) => parseInt(byte, 2)));
}

/** The code of an `otpauth:` URI at this time in milliseconds. */
export function totp(uri, now) {
  const { searchParams } = new URL(uri);
  const [digits, period] = ["digits", "period"].map((name) => Number(searchParams.get(name)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(now / 1000 / period)));
  const mac = createHmac("sha1", base32(searchParams.get("secret"))).update(counter).digest();
  const at = mac.at(-1) & 15;
  return String((mac.readUInt32BE(at) & 0x7fffffff) % 10 ** digits).padStart(digits, "0");
}
