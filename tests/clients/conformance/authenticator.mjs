// A passkey in software: ES256, without attestation. Its key pairs depend on its name and the
// count of its passkeys, so that both servers see the same ones.
import { createECDH, createHash, createPrivateKey, sign } from "node:crypto";

const base64url = (bytes) => Buffer.from(bytes).toString("base64url");
const sha256 = (data) => createHash("sha256").update(data).digest();

/** Flags of authenticator data: present, verified, backup eligible and backed up, with a key. */
const [PRESENT, VERIFIED, SYNCED, WITH_KEY] = [0x01, 0x04, 0x18, 0x40];
/** The identifier of 1Password, which is known by name. */
export const AAGUID = "bada5566-a7aa-401f-bd96-45619a55120d";

/** The start of an item of CBOR: its major type and its length or value. */
function head(major, count) {
  if (count < 24) return Buffer.from([(major << 5) | count]);
  if (count < 256) return Buffer.from([(major << 5) | 24, count]);
  return Buffer.from([(major << 5) | 25, count >> 8, count & 255]);
}

/** CBOR of numbers, texts, bytes and maps. */
function cbor(value) {
  if (typeof value === "number") return value < 0 ? head(1, -1 - value) : head(0, value);
  if (typeof value === "string") return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)]);
  if (Buffer.isBuffer(value)) return Buffer.concat([head(2, value.length), value]);
  const entries = [...value].flatMap(([key, item]) => [cbor(key), cbor(item)]);
  return Buffer.concat([head(5, value.size), ...entries]);
}

class Passkey {
  counter = 0;

  constructor(seed, rpID, userHandle) {
    this.id = base64url(sha256(`id of ${seed}`));
    this.rpID = rpID;
    this.userHandle = userHandle;
    const pair = createECDH("prime256v1");
    pair.setPrivateKey(sha256(`key of ${seed}`));
    const point = pair.getPublicKey();
    [this.x, this.y] = [point.subarray(1, 33), point.subarray(33)];
    const [x, y, d] = [this.x, this.y, pair.getPrivateKey()].map(base64url);
    this.key = createPrivateKey({ key: { kty: "EC", crv: "P-256", x, y, d }, format: "jwk" });
  }

  get coseKey() {
    return cbor(new Map([[1, 2], [3, -7], [-1, 1], [-2, this.x], [-3, this.y]]));
  }
}

export class Authenticator {
  passkeys = [];

  /** `changes` of one answer: `verified`, `synced`, `rpID`, `origin`, `counter`, `type`. */
  constructor(name, { aaguid = AAGUID } = {}) {
    this.name = name;
    this.aaguid = Buffer.from(aaguid.replaceAll("-", ""), "hex");
  }

  #data(rpID, flags, counter) {
    const count = Buffer.alloc(4);
    count.writeUInt32BE(counter);
    return Buffer.concat([sha256(rpID), Buffer.from([flags]), count]);
  }

  #client(type, challenge, origin) {
    return Buffer.from(JSON.stringify({ type, challenge, origin, crossOrigin: false }));
  }

  #flags({ verified = true, synced = false }) {
    return PRESENT | (verified ? VERIFIED : 0) | (synced ? SYNCED : 0);
  }

  /** Creates a passkey. Returns the answer of `navigator.credentials.create` as JSON. */
  register(options, origin, changes = {}) {
    const seed = `${this.name} ${this.passkeys.length}`;
    const passkey = new Passkey(seed, options.rp.id, options.user.id);
    this.passkeys.push(passkey);
    const id = Buffer.from(passkey.id, "base64url");
    const length = Buffer.from([id.length >> 8, id.length & 255]);
    const flags = this.#flags(changes) | WITH_KEY;
    const authData = Buffer.concat([
      this.#data(changes.rpID ?? options.rp.id, flags, changes.counter ?? 0),
      this.aaguid,
      length,
      id,
      passkey.coseKey,
    ]);
    const attestation = new Map([["fmt", "none"], ["attStmt", new Map()], ["authData", authData]]);
    const type = changes.type ?? "webauthn.create";
    const client = this.#client(type, options.challenge, changes.origin ?? origin);
    return {
      id: passkey.id,
      rawId: passkey.id,
      type: "public-key",
      authenticatorAttachment: "platform",
      response: {
        clientDataJSON: base64url(client),
        attestationObject: base64url(cbor(attestation)),
        transports: ["internal", "hybrid"],
      },
      clientExtensionResults: {},
    };
  }

  /** Signs in with a passkey, the last one unless `changes` names another. */
  assert(options, origin, changes = {}) {
    const passkey = changes.passkey ?? this.passkeys.at(-1);
    const counter = changes.counter ?? (passkey.counter += 1);
    const rpID = changes.rpID ?? options.rpId;
    const data = this.#data(rpID, this.#flags(changes), counter);
    const type = changes.type ?? "webauthn.get";
    const client = this.#client(type, options.challenge, changes.origin ?? origin);
    const signature = sign("sha256", Buffer.concat([data, sha256(client)]), passkey.key);
    if (changes.badSignature) signature[signature.length - 1] ^= 1;
    return {
      id: changes.id ?? passkey.id,
      rawId: changes.id ?? passkey.id,
      type: "public-key",
      authenticatorAttachment: "platform",
      response: {
        clientDataJSON: base64url(client),
        authenticatorData: base64url(data),
        signature: base64url(signature),
        userHandle: passkey.userHandle,
      },
      clientExtensionResults: {},
    };
  }
}
