// A profile's settings as Bookplate's environment. Settings outside the profile stay unset, so
// defaults are compared as well.

import { pluginVariables } from "./plugin-settings.mjs";
import { providerVariables } from "./providers.mjs";

const VARIABLES = {
  basePath: "AUTH_BASE_PATH",
  trustedOrigins: "BETTER_AUTH_TRUSTED_ORIGINS",
  disabledPaths: "AUTH_DISABLED_PATHS",
  skipTrailingSlashes: "AUTH_SKIP_TRAILING_SLASHES",
  trustedProxies: "AUTH_TRUSTED_PROXIES",
  rateLimit: "AUTH_RATE_LIMIT",
  requireEmailVerification: "AUTH_REQUIRE_EMAIL_VERIFICATION",
  autoSignIn: "AUTH_AUTO_SIGN_IN",
  sendOnSignUp: "AUTH_SEND_VERIFICATION_ON_SIGN_UP",
  sendOnSignIn: "AUTH_SEND_VERIFICATION_ON_SIGN_IN",
  autoSignInAfterVerification: "AUTH_AUTO_SIGN_IN_AFTER_VERIFICATION",
  verificationExpiresIn: "AUTH_VERIFICATION_EXPIRES_IN",
  resetExpiresIn: "AUTH_RESET_EXPIRES_IN",
  revokeSessionsOnReset: "AUTH_REVOKE_SESSIONS_ON_RESET",
  passwordMinLength: "AUTH_PASSWORD_MIN_LENGTH",
  passwordMaxLength: "AUTH_PASSWORD_MAX_LENGTH",
  sessionExpiresIn: "AUTH_SESSION_EXPIRES_IN",
  sessionUpdateAge: "AUTH_SESSION_UPDATE_AGE",
  sessionFreshAge: "AUTH_SESSION_FRESH_AGE",
  cookieCache: "AUTH_COOKIE_CACHE",
  cookieCacheMaxAge: "AUTH_COOKIE_CACHE_MAX_AGE",
  cookieCacheVersion: "AUTH_COOKIE_CACHE_VERSION",
  cookiePrefix: "AUTH_COOKIE_PREFIX",
  secureCookies: "AUTH_SECURE_COOKIES",
  cookieDomain: "AUTH_COOKIE_DOMAIN",
  cookieSameSite: "AUTH_COOKIE_SAME_SITE",
  changeEmail: "AUTH_CHANGE_EMAIL",
  deleteUser: "AUTH_DELETE_USER",
  deleteUserVerification: "AUTH_DELETE_USER_VERIFICATION",
  bearerRequireSignature: "AUTH_BEARER_REQUIRE_SIGNATURE",
  oauthState: "AUTH_OAUTH_STATE",
  encryptTokens: "AUTH_ENCRYPT_OAUTH_TOKENS",
  keepTokensOnSignIn: "AUTH_KEEP_TOKENS_ON_SIGN_IN",
  linking: "AUTH_ACCOUNT_LINKING",
  implicitLinking: "AUTH_ACCOUNT_LINKING_IMPLICIT",
  trustedProviders: "AUTH_ACCOUNT_LINKING_TRUSTED_PROVIDERS",
  linkDifferentEmails: "AUTH_ACCOUNT_LINKING_DIFFERENT_EMAILS",
  updateUserInfoOnLink: "AUTH_ACCOUNT_LINKING_UPDATE_USER_INFO",
  plugins: "AUTH_PLUGINS",
  productionURL: "AUTH_OAUTH_PROXY_PRODUCTION_URL",
};

/** Settings that are no variable, or several. */
const OTHERS = new Set(["baseURL", "nodeEnvironment", "options", "providers"]);

/**
 * `{ port, baseURL, secret, databaseUrl, settings, fake, checks }` as environment variables, with
 * the URLs of the fake providers and checks.
 */
export function environment({ port, baseURL, secret, databaseUrl, settings, fake, checks }) {
  const variables = {
    HOST: "127.0.0.1",
    PORT: String(port),
    DATABASE_URL: databaseUrl,
    BETTER_AUTH_URL: baseURL,
    BETTER_AUTH_SECRET: secret,
    // A Node server on the same database cannot verify other formats.
    AUTH_PASSWORD_HASH: "scrypt",
    AUTH_RATE_LIMIT: "false",
    ...providerVariables(settings.providers ?? {}, fake),
    ...pluginVariables(settings, checks),
  };
  for (const [name, value] of Object.entries(settings)) {
    if (OTHERS.has(name)) continue;
    if (!(name in VARIABLES)) throw new Error(`no variable of Bookplate sets ${name}`);
    variables[VARIABLES[name]] = String(value);
  }
  return variables;
}
