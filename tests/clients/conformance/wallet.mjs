// An Ethereum wallet in software, and the check of its signatures: secp256k1 with recovery, and
// the format of EIP-191. Not constant-time; for tests alone.
import { keccak_256 } from "@noble/hashes/sha3.js";
import { createHash } from "node:crypto";

const P = 2n ** 256n - 2n ** 32n - 977n;
const N = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const G = [
  0x79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798n,
  0x483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8n,
];

const mod = (number, modulus) => ((number % modulus) + modulus) % modulus;

function power(base, exponent, modulus) {
  let result = 1n;
  for (let square = mod(base, modulus); exponent > 0n; exponent >>= 1n) {
    if (exponent & 1n) result = (result * square) % modulus;
    square = (square * square) % modulus;
  }
  return result;
}

const inverse = (number, modulus) => power(number, modulus - 2n, modulus);

/** The sum of two points; `undefined` is the point at infinity. */
function add(one, other) {
  if (!one) return other;
  if (!other) return one;
  const [x, y] = one;
  const [u, v] = other;
  if (x === u && mod(y + v, P) === 0n) return undefined;
  const slope =
    x === u ? 3n * x * x * inverse(2n * y, P) : (v - y) * inverse(mod(u - x, P), P);
  const sum = mod(slope * slope - x - u, P);
  return [sum, mod(slope * (x - sum) - y, P)];
}

function multiply(point, scalar) {
  let result;
  for (let double = point; scalar > 0n; scalar >>= 1n) {
    if (scalar & 1n) result = add(result, double);
    double = add(double, double);
  }
  return result;
}

const hex = (number) => number.toString(16).padStart(64, "0");
const number = (bytes) => BigInt(`0x${Buffer.from(bytes).toString("hex")}`);
const keccak = (data) => Buffer.from(keccak_256(data));

/** The address with the capital letters of EIP-55. */
function addressOf([x, y]) {
  const lower = keccak(Buffer.from(hex(x) + hex(y), "hex"))
    .subarray(12)
    .toString("hex");
  const digest = keccak(Buffer.from(lower)).toString("hex");
  const cased = [...lower].map((digit, at) => (parseInt(digest[at], 16) > 7 ? digit.toUpperCase() : digit));
  return `0x${cased.join("")}`;
}

function digestOf(message) {
  const text = Buffer.from(message);
  return number(keccak(Buffer.concat([Buffer.from(`\x19Ethereum Signed Message:\n${text.length}`), text])));
}

/** The address that signed the message, or undefined. */
export function signerOf(message, signature) {
  const [, r, s, v] = /^0x([0-9a-f]{64})([0-9a-f]{64})([0-9a-f]{2})$/i.exec(signature) ?? [];
  if (!r) return undefined;
  const [x, other] = [BigInt(`0x${r}`), BigInt(`0x${s}`)];
  const square = mod(x ** 3n + 7n, P);
  let y = power(square, (P + 1n) / 4n, P);
  if (mod(y * y, P) !== square || x === 0n || other === 0n) return undefined;
  if (Number(y & 1n) !== (parseInt(v, 16) + 1) % 2) y = P - y;
  const back = inverse(x, N);
  const point = add(
    multiply([x, y], mod(other * back, N)),
    multiply(G, mod(-digestOf(message) * back, N)),
  );
  return point && addressOf(point);
}

/** The wallet of this name: the same one in every run. */
export class Wallet {
  #secret;

  constructor(name) {
    this.#secret = mod(number(createHash("sha256").update(`wallet ${name}`).digest()), N - 1n) + 1n;
    this.address = addressOf(multiply(G, this.#secret));
  }

  sign(message) {
    const digest = digestOf(message);
    const seed = createHash("sha256").update(hex(this.#secret) + hex(digest)).digest();
    const k = mod(number(seed), N - 1n) + 1n;
    const [x, y] = multiply(G, k);
    const r = mod(x, N);
    let s = mod(inverse(k, N) * (digest + r * this.#secret), N);
    let parity = y & 1n;
    if (s > N / 2n) [s, parity] = [N - s, 1n - parity];
    return `0x${hex(r)}${hex(s)}${(27n + parity).toString(16)}`;
  }
}
