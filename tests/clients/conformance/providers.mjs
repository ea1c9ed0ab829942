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
  google: { TOKEN_URL: "token", KEY_SET_URL: "keys" },
  facebook: { TOKEN_URL: "token", USER_INFO_URL: "me", KEY_SET_URL: "keys" },
  microsoft: { TOKEN_URL: "token", USER_INFO_URL: "me/photos/48x48/$value", KEY_SET_URL: "keys" },
  discord: { TOKEN_URL: "token", USER_INFO_URL: "user" },
  apple: { TOKEN_URL: "token", KEY_SET_URL: "keys" },
};

/** better-auth's options as the ends of Bookplate's variables, and as fields of its file. */
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
