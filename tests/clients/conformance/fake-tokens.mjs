// Keys and id tokens of the fake providers, and every way in which an id token can be wrong.
import { exportJWK, exportSPKI, generateKeyPair, SignJWT, UnsecuredJWT } from "jose";

const keyPair = async (alg) => {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  return { alg, publicKey, privateKey };
};

const generated = {};
/** The key pair `name` of this process. */
const key = (name, alg = name) => (generated[name] ??= keyPair(alg));

const publicJwk = async (kid, pair) => {
  const { alg, publicKey } = await pair;
  return { ...(await exportJWK(publicKey)), kid, alg, use: "sig" };
};

/** The JWKS; `rotated`: with new keys in place of the old ones. */
export async function keySet(rotated = false) {
  if (rotated) return { keys: [await publicJwk("new", key("new", "RS256"))] };
  const keys = [publicJwk("rsa", key("RS256")), publicJwk("ec", key("ES256"))];
  return { keys: await Promise.all(keys) };
}

/** Changes of the claims by fault. */
const CLAIMS = {
  audience: () => ({ aud: "another-client" }),
  audiences: ({ aud }) => ({ aud: [aud, "another-client"], azp: "another-client" }),
  issuer: () => ({ iss: "https://evil.example" }),
  expired: ({ iat }) => ({ iat: iat - 7200, exp: iat - 3600 }),
  future: ({ iat }) => ({ iat: iat + 7200, exp: iat + 10_800 }),
  "not-yet": ({ iat }) => ({ nbf: iat + 3600 }),
  nonce: () => ({ nonce: "another-nonce" }),
  "no-nonce": () => ({ nonce: undefined }),
  "no-subject": () => ({ sub: undefined }),
};

async function hmac(claims) {
  const { publicKey } = await key("RS256");
  const secret = new TextEncoder().encode(await exportSPKI(publicKey));
  return new SignJWT(claims).setProtectedHeader({ alg: "HS256", kid: "rsa" }).sign(secret);
}

const signed = async (claims, kid, pair) => {
  const { alg, privateKey } = await pair;
  return new SignJWT(claims).setProtectedHeader({ alg, kid }).sign(privateKey);
};

/** Signs `claims`, or makes an id token with a fault. */
export async function idToken(claims, fault) {
  const changed = { ...claims, ...CLAIMS[fault]?.(claims) };
  switch (fault) {
    case "none":
      return new UnsecuredJWT(changed).encode();
    case "hmac":
      return hmac(changed);
    case "foreign":
      return signed(changed, "rsa", key("foreign", "RS256"));
    case "unknown-key":
    case "rotated":
      return signed(changed, "new", key("new", "RS256"));
    case "es256":
      return signed(changed, "ec", key("ES256"));
    case "malformed":
      return "not a token";
    default:
      return signed(changed, "rsa", key("RS256"));
  }
}
