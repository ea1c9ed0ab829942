// The providers of a profile, as options of better-auth and as variables of Bookplate. Both servers
// use the fake ones of `fake-provider.mjs`. The setting `providers` maps an id to better-auth's
// options of that provider: those of `socialProviders`, or for the ids in `GENERIC` those of the
// plugin generic-oauth.
import { clientId, clientSecret } from "./fake-provider.mjs";

/** Providers that better-auth does not know: the plugin generic-oauth, Bookplate's file. */
const GENERIC = {
  oidc: (url) => ({ discoveryUrl: `${url}/oidc/.well-known/openid-configuration` }),
  oauth2: (url) => ({
    authorizationUrl: `${url}/oauth2/authorize`,
    tokenUrl: `${url}/oauth2/token`,
    userInfoUrl: `${url}/oauth2/user`,
  }),
};

const isGeneric = ([id]) => id in GENERIC;
const credentials = (id) => ({ clientId: clientId(id), clientSecret: clientSecret(id) });

/** `socialProviders` and the configuration of generic-oauth. Built-in URLs stay those of the internet. */
export function nodeProviders(providers, fake) {
  const all = Object.entries(providers ?? {});
  const builtIn = all.filter((entry) => !isGeneric(entry));
  return {
    socialProviders: Object.fromEntries(
      builtIn.map(([id, options]) => [id, { ...credentials(id), ...options }]),
    ),
    generic: all.filter(isGeneric).map(([id, options]) => ({
      providerId: id,
      ...GENERIC[id](fake),
      ...credentials(id),
      ...options,
    })),
  };
}

/** Bookplate's endpoints at the fake, by provider. */
const ENDPOINTS = {
  github: { TOKEN_URL: "token", USER_INFO_URL: "user" },
  google: { TOKEN_URL: "token", JWKS_URL: "keys" },
  facebook: { TOKEN_URL: "token", USER_INFO_URL: "me", JWKS_URL: "keys" },
  microsoft: { TOKEN_URL: "token", USER_INFO_URL: "me", JWKS_URL: "keys" },
  discord: { TOKEN_URL: "token", USER_INFO_URL: "user" },
  apple: { TOKEN_URL: "token", JWKS_URL: "keys" },
};

/** better-auth's options as the ends of Bookplate's variables. */
const OPTIONS = {
  scope: "SCOPES",
  disableDefaultScope: "DISABLE_DEFAULT_SCOPES",
  prompt: "PROMPT",
  accessType: "ACCESS_TYPE",
  disableSignUp: "DISABLE_SIGN_UP",
  disableImplicitSignUp: "DISABLE_IMPLICIT_SIGN_UP",
  overrideUserInfoOnSignIn: "OVERRIDE_USER_INFO",
  requireEmailVerification: "REQUIRE_EMAIL_VERIFICATION",
  disableIdTokenSignIn: "DISABLE_ID_TOKEN",
};

/** Options of generic-oauth as keys of Bookplate's file. */
const KEYS = {
  clientId: "client_id",
  clientSecret: "client_secret",
  discoveryUrl: "discovery_url",
  authorizationUrl: "authorization_url",
  tokenUrl: "token_url",
  userInfoUrl: "user_info_url",
  scopes: "scopes",
  prompt: "prompt",
  accessType: "access_type",
  pkce: "authorization.pkce",
  responseMode: "authorization.response_mode",
  authentication: "token.authentication",
  accessTokenExpiresIn: "token.expires_in",
  disableSignUp: "disable_sign_up",
  disableImplicitSignUp: "disable_implicit_sign_up",
  overrideUserInfo: "override_user_info",
  requireEmailVerification: "require_email_verification",
  requireIdTokenVerification: "id_token_required",
};

function known(names, id, option) {
  if (!(option in names)) throw new Error(`no setting of Bookplate sets ${option} of ${id}`);
  return names[option];
}

/** The variables of the providers that Bookplate knows. */
export function providerVariables(providers, fake) {
  const variables = {};
  for (const [id, options] of Object.entries(providers).filter((entry) => !isGeneric(entry))) {
    const set = (name, value) => (variables[`AUTH_${id.toUpperCase()}_${name}`] = String(value));
    set("CLIENT_ID", clientId(id));
    set("CLIENT_SECRET", clientSecret(id));
    for (const [name, endpoint] of Object.entries(ENDPOINTS[id])) set(name, `${fake}/${id}/${endpoint}`);
    for (const [name, value] of Object.entries(options)) set(known(OPTIONS, id, name), value);
  }
  return variables;
}

/** Bookplate's file of providers, or undefined if there is none to describe. */
export function providersFile(providers, fake) {
  const { generic } = nodeProviders(providers, fake);
  if (generic.length === 0) return undefined;
  // JSON's strings, numbers, booleans and lists are TOML's.
  const line = (id) => ([name, value]) => `${known(KEYS, id, name)} = ${JSON.stringify(value)}\n`;
  const table = ({ providerId: id, ...options }) =>
    `[${id}]\n${Object.entries(options).map(line(id)).join("")}`;
  return generic.map(table).join("\n");
}
