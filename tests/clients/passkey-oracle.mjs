// Writes random responses of authenticators, valid and invalid, one per line: {"kind", "response",
// "challenge", "origin", "rpId", "required", "key", "counter", "judged"}. "judged" is the judgment
// of @simplewebauthn/server, which better-auth uses: null, or what it read from the response.
//
// The service's chosen differences, which are not drawn: it refuses pages in frames of other
// origins, certificates of attestation, new keys that cannot verify a signature, an empty list in
// place of extensions, and signatures in BER that is no DER; and it ignores `tokenBinding`.
//
// Usage: node passkey-oracle.mjs SEED COUNT

import { createHash, generateKeyPairSync, sign } from "node:crypto";
import { verifyAuthenticationResponse, verifyRegistrationResponse } from "@simplewebauthn/server";
import { isoCBOR } from "@simplewebauthn/server/helpers";

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
const bytes = (length) => Buffer.from(Array.from({ length }, () => random(256)));
const sha256 = (data) => createHash("sha256").update(data).digest();
const encode = (data) => Buffer.from(data).toString("base64url");
const decode = (text) => new Uint8Array(Buffer.from(text, "base64url"));
const cbor = (entries) => Buffer.from(isoCBOR.encode(new Map(entries)));
/** A copy whose memory is its own: the CBOR library reads the memory from its start. */
const own = (data) => new Uint8Array([...data]);

const OFFERED = [-8, -7, -257];

function pair(algorithm) {
  const [type, options] = { [-7]: ["ec", { namedCurve: "P-256" }], [-8]: ["ed25519", {}], [-257]: ["rsa", { modulusLength: 2048 }] }[algorithm];
  const { publicKey, privateKey } = generateKeyPairSync(type, options);
  const jwk = publicKey.export({ format: "jwk" });
  const parameters = {
    [-7]: () => [[1, 2], [3, -7], [-1, 1], [-2, decode(jwk.x)], [-3, decode(jwk.y)]],
    [-8]: () => [[1, 1], [3, -8], [-1, 6], [-2, decode(jwk.x)]],
    [-257]: () => [[1, 3], [3, -257], [-1, decode(jwk.n)], [-2, decode(jwk.e)]],
  }[algorithm]();
  return { algorithm, privateKey, parameters };
}
const PAIRS = [-7, -7, -8, -257].map(pair);

/** A signature, in some of a hundred cases altered or cut off. */
function signature({ algorithm, privateKey }, data, percent) {
  const made = sign(algorithm === -8 ? null : "sha256", data, privateKey);
  if (!chance(percent)) return made;
  if (chance(20)) return made.subarray(0, random(made.length));
  made[random(made.length)] ^= 1 << random(8);
  return made;
}

/** Whether a signature has the tags and lengths of its algorithm: those of DER for ES256. */
const isDer = (algorithm, made) => algorithm !== -7 || (made[0] === 0x30 && made[1] === made.length - 2
  && made[2] === 2 && made[4 + made[3]] === 2 && made[5 + made[3]] === made.length - made[3] - 6);

/** `data`, altered somewhere. */
function altered(data) {
  const copy = Buffer.from(data);
  switch (random(4)) {
    case 0: return copy.subarray(0, random(copy.length + 1));
    case 1: return Buffer.concat([copy, bytes(1 + random(3))]);
    default:
      if (copy.length > 0) copy[random(copy.length)] ^= 1 << random(8);
      return copy;
  }
}
const sometimes = (percent, data) => (chance(percent) ? altered(data) : Buffer.from(data));

/** The key in COSE, in a few of a hundred cases not as a key should be. */
function cose({ parameters }) {
  const changed = parameters.map(([label, value]) => [label, value]);
  if (chance(15)) {
    switch (random(6)) {
      case 0: changed.splice(random(changed.length), 1); break;
      case 1: changed[random(2)][1] = oneOf([1, 2, 3, -7, -8, -257, -36, 0]); break;
      case 2: changed[2][1] = oneOf([1, 2, 3, 6, "P-256"]); break;
      case 3: changed.at(-1)[1] = bytes(oneOf([0, 31, 32, 33])); break;
      case 4: changed.push([oneOf([2, 4, -4, 100]), oneOf([bytes(3), 7, "text", [1]])]); break;
      default: changed.reverse();
    }
  }
  return cbor(changed);
}

/** Whether a key fits its algorithm, which better-auth finds out at the first sign-in. */
function isUsable(key) {
  let map;
  try {
    map = isoCBOR.decodeFirst(own(key));
  } catch {
    return false;
  }
  const length = (label) => (map.get(label) instanceof Uint8Array ? map.get(label).length : -1);
  switch (map.get(3)) {
    case -7: return map.get(1) === 2 && map.get(-1) === 1 && length(-2) === 32 && length(-3) === 32;
    case -8: return map.get(1) === 1 && map.get(-1) === 6 && length(-2) === 32;
    case -257: return map.get(1) === 3 && length(-1) === 256 && map.get(-1)[0] >= 0x80 && length(-2) >= 0;
    default: return false;
  }
}

const ORIGIN = "https://books.example.com";
const RP_ID = "example.com";

function clientData(type, challenge) {
  const data = { type, challenge, origin: ORIGIN, crossOrigin: false };
  if (chance(10)) data[oneOf(["type", "challenge", "origin"])] = oneOf(["webauthn.get", "webauthn.create", "https://evil.example", "", null, 5, [challenge]]);
  if (chance(5)) delete data[oneOf(["type", "challenge", "origin", "crossOrigin"])];
  const text = Buffer.from(JSON.stringify(data));
  return chance(2) ? text.subarray(0, random(text.length)) : text;
}

function authenticatorData(flags, counter, rest) {
  const head = Buffer.alloc(5);
  head[0] = flags;
  head.writeUInt32BE(counter, 1);
  const party = chance(5) ? "evil.example" : RP_ID;
  return Buffer.concat([sha256(party), head, rest]);
}

const flags = () => (chance(90) ? 1 : 0) | (chance(60) ? 4 : 0) | oneOf([0, 0, 8, 24, 16]);
const extensions = () => oneOf([
  cbor([["credProtect", 2]]), cbor([["hmac-secret", true], ["x", new Map([["y", [1, "z"]]])]]),
  Buffer.from([0xa0]), Buffer.from([0x81, 0x01]),
]);

function withId(id, response) {
  const value = { id: encode(id), rawId: encode(id), type: "public-key", response };
  if (chance(2)) value.rawId = encode(bytes(16));
  if (chance(2)) value.type = oneOf(["password", null]);
  if (chance(2)) delete response[oneOf(Object.keys(response))];
  return value;
}

async function judge(verify) {
  try {
    return await verify();
  } catch {
    return null;
  }
}

async function registration() {
  const [ownPair, id, challenge] = [oneOf(PAIRS), bytes(oneOf([16, 32, 64])), encode(bytes(32))];
  const key = cose(ownPair);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(chance(2) ? random(1100) : id.length);
  const attested = Buffer.concat([chance(50) ? bytes(16) : Buffer.alloc(16), length, id, key]);
  const extended = chance(20);
  const bits = flags() | (chance(96) ? 0x40 : 0) | (extended ? 0x80 : 0);
  const rest = extended ? Buffer.concat([attested, extensions()]) : attested;
  const data = sometimes(10, authenticatorData(bits, oneOf([0, 1, 7, random(2 ** 31)]), rest));
  const client = clientData("webauthn.create", challenge);
  const signed = sometimes(5, Buffer.concat([data, sha256(client)]));
  const made = signature(ownPair, signed, 10);
  const statement = chance(70)
    ? ["none", new Map(chance(3) ? [["x", 1]] : [])]
    : ["packed", new Map([["alg", ownPair.algorithm], ["sig", own(made)]])];
  const [fmt, attStmt] = chance(2) ? ["other", statement[1]] : statement;
  const object = cbor([["fmt", fmt], ["attStmt", attStmt], ["authData", own(data)]]);
  const response = withId(id, { clientDataJSON: encode(client), attestationObject: encode(object) });
  const required = chance(30);
  const judged = await judge(async () => {
    const { verified, registrationInfo: info } = await verifyRegistrationResponse({
      response, expectedChallenge: challenge, expectedOrigin: ORIGIN, expectedRPID: RP_ID,
      requireUserVerification: required, supportedAlgorithmIDs: OFFERED,
    });
    const { credential } = info ?? {};
    if (!verified || !isUsable(credential.publicKey) || credential.id.length === 0) return null;
    if (fmt === "packed" && !isDer(ownPair.algorithm, made)) return null;
    return {
      id: credential.id, key: Buffer.from(credential.publicKey).toString("base64"),
      counter: credential.counter, aaguid: info.aaguid, multi: info.credentialDeviceType === "multiDevice",
      backedUp: info.credentialBackedUp,
    };
  });
  return { kind: "create", response, challenge, origin: ORIGIN, rpId: RP_ID, required, judged };
}

async function authentication() {
  const [ownPair, id, challenge] = [oneOf(PAIRS), bytes(16), encode(bytes(32))];
  const key = cbor(ownPair.parameters);
  const [counter, next] = [oneOf([0, 0, 5, 9]), oneOf([0, 0, 4, 5, 6, 10])];
  const extended = chance(10);
  const data = sometimes(8, authenticatorData(flags() | (extended ? 0x80 : 0), next, extended ? extensions() : Buffer.alloc(0)));
  const client = clientData("webauthn.get", challenge);
  const signer = chance(5) ? oneOf(PAIRS) : ownPair;
  const signed = sometimes(5, Buffer.concat([data, sha256(client)]));
  const made = signature(signer, signed, 8);
  const response = withId(id, {
    clientDataJSON: encode(client), authenticatorData: encode(data), signature: encode(made),
  });
  const required = chance(30);
  const judged = await judge(async () => {
    const { verified, authenticationInfo: info } = await verifyAuthenticationResponse({
      response, expectedChallenge: challenge, expectedOrigin: ORIGIN, expectedRPID: RP_ID,
      requireUserVerification: required,
      credential: { id: encode(id), publicKey: own(key), counter },
    });
    return verified && isDer(signer.algorithm, made) ? { counter: info.newCounter, verified: info.userVerified } : null;
  });
  return { kind: "get", response, challenge, origin: ORIGIN, rpId: RP_ID, required, key: key.toString("base64"), counter, judged };
}

for (let index = 0; index < count; index += 1) {
  console.log(JSON.stringify(await (chance(50) ? registration() : authentication())));
}
