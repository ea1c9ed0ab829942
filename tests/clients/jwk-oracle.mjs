// Writes random tokens and JWKS, valid and invalid, one per line: {"keys", "allowed", "token",
// "valid"}. "valid" is jose's judgment: whether a key of the set made the token's signature with
// an allowed algorithm, and the payload is an object.
//
// The service's chosen differences: it tries every key that matches, takes EdDSA and Ed25519 for the
// same algorithm, and refuses base64url that another text also decodes to.
//
// Usage: node jwk-oracle.mjs SEED COUNT

import { constants, createHmac, generateKeyPairSync, sign as signBytes } from "node:crypto";
import { compactVerify, createLocalJWKSet, errors } from "jose";

const [seed, count] = process.argv.slice(2).map(Number);

let state = seed >>> 0;

/** A random number below `below`, with a fixed seed. */
function random(below) {
  state = (state + 0x6d2b79f5) >>> 0;
  let mixed = Math.imul(state ^ (state >>> 15), state | 1);
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
  return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
}
const oneOf = (list) => list[random(list.length)];
const chance = (percent) => random(100) < percent;
const encode = (value) =>
  Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");

const HASH = { 256: "sha256", 384: "sha384", 512: "sha512" };
const RSA = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"];
const ALGORITHMS = [...RSA, "ES256", "ES384", "EdDSA", "Ed25519"];

const pair = (type, options, algorithms) => ({ ...generateKeyPairSync(type, options), algorithms });
const PAIRS = [
  pair("rsa", { modulusLength: 2048 }, RSA),
  pair("rsa", { modulusLength: 3072 }, RSA),
  pair("rsa", { modulusLength: 1024 }, ["RS256", "RS512", "PS256"]),
  pair("ec", { namedCurve: "P-256" }, ["ES256"]),
  pair("ec", { namedCurve: "P-256" }, ["ES256"]),
  pair("ec", { namedCurve: "P-384" }, ["ES384"]),
  pair("ed25519", {}, ["EdDSA", "Ed25519"]),
  pair("ed25519", {}, ["EdDSA", "Ed25519"]),
].map((made, index) => ({ ...made, kid: `key-${index}`, jwk: made.publicKey.export({ format: "jwk" }) }));

/** A signature by the key's own kind, whatever the header says. */
function signature(algorithm, { privateKey }, text) {
  const hash = HASH[`${algorithm}`.slice(2)] ?? "sha256";
  const data = Buffer.from(text);
  switch (privateKey.asymmetricKeyType) {
    case "rsa": {
      // A weak key has no place for a longer hash.
      const weak = privateKey.asymmetricKeyDetails.modulusLength < 2048;
      const padding = algorithm.startsWith("PS") && !(weak && algorithm !== "PS256")
        ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
        : {};
      return signBytes(hash, data, { key: privateKey, ...padding });
    }
    case "ec":
      return signBytes(hash, data, { key: privateKey, dsaEncoding: chance(95) ? "ieee-p1363" : "der" });
    default:
      return signBytes(null, data, privateKey);
  }
}

/** A signature with the public key as a shared secret: key confusion. */
function confused({ publicKey }, text) {
  const secret = chance(50)
    ? publicKey.export({ format: "pem", type: "spki" })
    : Buffer.from(JSON.stringify(publicKey.export({ format: "jwk" })));
  return createHmac("sha256", secret).update(text).digest();
}

function flipped(text) {
  const at = random(text.length);
  const other = oneOf([..."ABCabc019-_=. "].filter((letter) => letter !== text[at]));
  return text.slice(0, at) + other + text.slice(at + 1);
}

function mutated(token) {
  const parts = token.split(".");
  switch (random(8)) {
    case 0: return flipped(token);
    case 1: return [parts[0], flipped(parts[1]), parts[2]].join(".");
    case 2: return [parts[0], parts[1], flipped(parts[2])].join(".");
    case 3: return parts.slice(0, 2).join(".") + oneOf(["", "."]);
    case 4: return `${token}${oneOf([".", "=", " ", "A", ".x"])}`;
    case 5: return [parts[0], encode({ sub: "another" }), parts[2]].join(".");
    case 6: return [parts[0], parts[1], encode("")].join(".");
    default: return `${oneOf([" ", ".", "x"])}${token}`;
  }
}

function made() {
  const signer = oneOf(PAIRS);
  const algorithm = chance(85)
    ? oneOf(signer.algorithms)
    : oneOf([...ALGORITHMS, "none", "HS256", "rs256", "ES512", "", 7, null]);
  const header = { alg: algorithm };
  if (chance(70)) header.kid = chance(85) ? signer.kid : oneOf([oneOf(PAIRS).kid, "", 5, "unknown"]);
  if (chance(30)) header.typ = "JWT";
  if (chance(3)) header.crit = oneOf([["exp"], [], ["b64"]]);
  if (chance(2)) delete header.alg;
  const payload = chance(95) ? { sub: "ann", n: random(1000) } : oneOf([[], "text", 5, null]);
  const text = `${encode(header)}.${encode(JSON.stringify(payload))}`;
  const name = typeof algorithm === "string" ? algorithm : "RS256";
  const made = name.startsWith("HS") ? confused(signer, text)
    : name === "none" && chance(50) ? Buffer.alloc(0)
    : signature(name, signer, text);
  const token = `${text}.${made.toString("base64url")}`;
  return { signer, token: chance(25) ? mutated(token) : token };
}

function member({ jwk, kid, algorithms }) {
  const key = { ...jwk };
  if (chance(90)) key.kid = chance(95) ? kid : oneOf(["other", "key-0"]);
  if (chance(40)) key.use = chance(90) ? "sig" : oneOf(["enc", ""]);
  if (chance(40)) key.alg = chance(90) ? oneOf(algorithms) : oneOf(ALGORITHMS);
  if (chance(15)) key.key_ops = chance(70) ? ["verify"] : oneOf([["encrypt"], ["sign"], []]);
  if (chance(2)) delete key[oneOf(Object.keys(jwk))];
  return key;
}

/** jose's judgment; of several keys that match, any may verify. */
async function judged(token, keys, algorithms) {
  const parse = ({ payload }) => {
    const claims = JSON.parse(new TextDecoder().decode(payload));
    return typeof claims === "object" && claims !== null && !Array.isArray(claims);
  };
  try {
    return parse(await compactVerify(token, createLocalJWKSet({ keys }), { algorithms }));
  } catch (error) {
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) return false;
    for await (const key of error) {
      try {
        return parse(await compactVerify(token, key, { algorithms }));
      } catch {
        // The next key.
      }
    }
    return false;
  }
}

const ED25519 = ["EdDSA", "Ed25519"];

/** The same names of Ed25519 everywhere, for one judgment of both. */
const renamed = (name, names) => (ED25519.includes(name) ? names : [name]);

/** jose's judgment under either name of Ed25519. */
function judgedAlike(token, keys, allowed) {
  let name = "EdDSA";
  try {
    const { alg } = JSON.parse(Buffer.from(token.split(".")[0], "base64url"));
    if (ED25519.includes(alg)) name = alg;
  } catch {
    // jose refuses the token, too.
  }
  const set = keys.map((key) => ("alg" in key ? { ...key, alg: renamed(key.alg, [name])[0] } : key));
  return judged(token, set, allowed.flatMap((each) => renamed(each, ED25519)));
}

const isCanonical = (token) =>
  token.split(".").every((part) => Buffer.from(part, "base64url").toString("base64url") === part);

for (let index = 0; index < count; index++) {
  const { signer, token } = made();
  const others = PAIRS.filter((other) => other === signer ? chance(92) : chance(40));
  const keys = others.map(member);
  const allowed = chance(70) ? ALGORITHMS : [oneOf(ALGORITHMS), oneOf(ALGORITHMS)];
  const valid = isCanonical(token) && (await judgedAlike(token, keys, allowed));
  process.stdout.write(`${JSON.stringify({ keys, allowed, token, valid })}\n`);
}
