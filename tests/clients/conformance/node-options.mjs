// A profile's settings as better-auth's options. Settings outside the profile stay unset, so
// defaults are compared as well.
import { BETTER_AUTH_SERVER } from "./node-package.mjs";
import { nodeProviders } from "./providers.mjs";

const { bearer } = await import(`${BETTER_AUTH_SERVER}/plugins/bearer`);
const { genericOAuth } = await import(`${BETTER_AUTH_SERVER}/plugins/generic-oauth`);

const defined = (fields) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));

// Bookplate's users have a role, which requests cannot set. As in better-auth's admin plugin, a
// hook assigns it, so a request with a role is refused. The simulated user that conceals a taken
// address has a role as well.
const role = "user";
const ROLES = {
  fields: { role: { type: "string", required: false, input: false } },
  hooks: { user: { create: { before: async (user) => ({ data: { ...user, role } }) } } },
  synthetic: ({ coreFields, id }) => ({ ...coreFields, role, id }),
};

/** The kind of mail of a link with this token. */
function kindOf(token) {
  const { requestType } = JSON.parse(Buffer.from(token.split(".")[1], "base64url"));
  return requestType === "change-email-verification" ? requestType : "verification";
}

/** The options of accounts at providers. */
const account = (settings) =>
  defined({
    updateAccountOnSignIn: settings.keepTokensOnSignIn && false,
    encryptOAuthTokens: settings.encryptTokens,
    storeStateStrategy: settings.oauthState === "cookie" ? "cookie" : undefined,
    accountLinking: defined({
      enabled: settings.linking,
      disableImplicitLinking: settings.implicitLinking === false ? true : undefined,
      trustedProviders: settings.trustedProviders,
      allowDifferentEmails: settings.linkDifferentEmails,
      updateUserInfoOnLink: settings.updateUserInfoOnLink,
    }),
  });

/**
 * `send(to, kind, url)` receives every mail; `roles` adds roles to users; `fake` is the URL of the
 * fake providers, `more` are further plugins.
 */
export function options(settings, { baseURL, secret, database, send, roles, fake, more = [] }) {
  const { fields, hooks, synthetic } = roles ? ROLES : {};
  const { socialProviders, generic } = nodeProviders(settings.providers, fake);
  const plugins = [bearer({ requireSignature: settings.bearerRequireSignature ?? false })];
  plugins.push(...more);
  if (generic.length > 0) plugins.push(genericOAuth({ config: generic }));
  return {
    baseURL,
    basePath: settings.basePath ?? "/api/auth",
    secret,
    database,
    logger: { disabled: true },
    telemetry: { enabled: false },
    trustedOrigins: settings.trustedOrigins ?? [],
    disabledPaths: settings.disabledPaths ?? [],
    rateLimit: { enabled: settings.rateLimit ?? false },
    databaseHooks: hooks,
    plugins,
    socialProviders,
    account: account(settings),
    emailAndPassword: defined({
      enabled: true,
      requireEmailVerification: settings.requireEmailVerification,
      autoSignIn: settings.autoSignIn,
      minPasswordLength: settings.passwordMinLength,
      maxPasswordLength: settings.passwordMaxLength,
      resetPasswordTokenExpiresIn: settings.resetExpiresIn,
      revokeSessionsOnPasswordReset: settings.revokeSessionsOnReset ?? true,
      customSyntheticUser: synthetic,
      sendResetPassword: async ({ user, url }) => send(user.email, "reset", url),
    }),
    emailVerification: defined({
      sendOnSignUp: settings.sendOnSignUp,
      sendOnSignIn: settings.sendOnSignIn,
      autoSignInAfterVerification: settings.autoSignInAfterVerification,
      expiresIn: settings.verificationExpiresIn,
      // The plugin email-otp sends codes only if the options have no function.
      sendVerificationEmail: settings.options?.["email-otp"]?.overrideDefaultEmailVerification
        ? undefined
        : async ({ user, url, token }) => send(user.email, kindOf(token), url),
    }),
    user: {
      additionalFields: fields,
      changeEmail: {
        enabled: settings.changeEmail ?? true,
        sendChangeEmailConfirmation: async ({ user, url }) =>
          send(user.email, "change-email-confirmation", url),
      },
      deleteUser: defined({
        enabled: settings.deleteUser ?? true,
        sendDeleteAccountVerification: settings.deleteUserVerification
          ? async ({ user, url }) => send(user.email, "delete-account", url)
          : undefined,
      }),
    },
    session: defined({
      expiresIn: settings.sessionExpiresIn,
      updateAge: settings.sessionUpdateAge,
      freshAge: settings.sessionFreshAge,
      cookieCache:
        settings.cookieCache &&
        defined({
          enabled: true,
          strategy: settings.cookieCache,
          maxAge: settings.cookieCacheMaxAge,
          version: settings.cookieCacheVersion,
        }),
    }),
    advanced: defined({
      skipTrailingSlashes: settings.skipTrailingSlashes,
      cookiePrefix: settings.cookiePrefix,
      useSecureCookies: settings.secureCookies,
      crossSubDomainCookies: settings.cookieDomain && {
        enabled: true,
        domain: settings.cookieDomain,
      },
      defaultCookieAttributes: settings.cookieSameSite && { sameSite: settings.cookieSameSite },
      ipAddress: settings.trustedProxies && { trustedProxies: settings.trustedProxies },
    }),
  };
}
