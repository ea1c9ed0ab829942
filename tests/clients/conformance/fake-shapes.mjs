// What each provider of `fake-provider.mjs` answers: its URLs on the internet, its profile, and the
// claims of its id tokens. An account is `{ id, email, verified, name, image }`; its `profile`
// replaces fields of the provider's profile.

/** The tenant of Microsoft's accounts. */
export const TENANT = "11111111-2222-3333-4444-555555555555";

const claims = ({ id, email, verified, name, image }) => ({
  sub: id,
  email,
  email_verified: verified,
  name,
  picture: image,
});

/**
 * `urls` maps a URL on the internet to an endpoint of the fake. Providers with an `issuer` send id
 * tokens. `refresh`: whether the first answer has a refresh token.
 */
export const SHAPES = {
  github: {
    urls: {
      "https://github.com/login/oauth/authorize": "authorize",
      "https://github.com/login/oauth/access_token": "token",
      "https://api.github.com/user/emails": "user/emails",
      "https://api.github.com/user": "user",
    },
    // GitHub answers errors with status 200, and separates scopes by commas.
    errorStatus: 200,
    scope: (scope) => scope.replaceAll(" ", ","),
    expiresIn: undefined,
    user: ({ id, email, name, image, isPrivate }) => ({
      login: `user-${id}`,
      id: Number(id),
      avatar_url: image,
      name,
      email: isPrivate ? null : email,
    }),
    emails: ({ email, verified }) => [
      { email: `other-${email}`, primary: false, verified: true, visibility: null },
      { email, primary: true, verified, visibility: "private" },
    ],
  },
  google: {
    urls: {
      "https://accounts.google.com/o/oauth2/v2/auth": "authorize",
      "https://oauth2.googleapis.com/token": "token",
      "https://www.googleapis.com/oauth2/v3/certs": "keys",
    },
    issuer: () => "https://accounts.google.com",
    expiresIn: 3599,
    // Google sends a refresh token only for offline access.
    refresh: ({ access_type }) => access_type === "offline",
    claims,
    user: claims,
  },
  facebook: {
    urls: {
      "https://www.facebook.com/v24.0/dialog/oauth": "authorize",
      "https://graph.facebook.com/v24.0/oauth/access_token": "token",
      "https://graph.facebook.com/debug_token": "debug_token",
      "https://graph.facebook.com/me": "me",
      "https://limited.facebook.com/.well-known/oauth/openid/jwks/": "keys",
    },
    issuer: () => "https://www.facebook.com",
    // Only Limited Login has id tokens, on phones.
    codeHasIdToken: false,
    expiresIn: 5183944,
    claims,
    user: ({ id, email, name, image }) => ({
      id,
      name,
      email,
      picture: { data: { height: 50, is_silhouette: false, url: image, width: 50 } },
    }),
  },
  microsoft: {
    urls: {
      "https://login.microsoftonline.com/common/oauth2/v2.0/authorize": "authorize",
      "https://login.microsoftonline.com/common/oauth2/v2.0/token": "token",
      "https://login.microsoftonline.com/common/discovery/v2.0/keys": "keys",
      "https://graph.microsoft.com/v1.0/me/photos/48x48/$value": "me/photos/48x48/$value",
    },
    issuer: () => `https://login.microsoftonline.com/${TENANT}/v2.0`,
    expiresIn: 3920,
    refresh: ({ scope }) => scope.split(" ").includes("offline_access"),
    claims: ({ id, email, verified, name }) => ({
      sub: `pairwise-${id}`,
      oid: id,
      tid: TENANT,
      ver: "2.0",
      preferred_username: email,
      email,
      verified_primary_email: verified ? [email] : [],
      name,
    }),
  },
  discord: {
    urls: {
      "https://discord.com/api/oauth2/authorize": "authorize",
      "https://discord.com/api/oauth2/token": "token",
      "https://discord.com/api/users/@me": "user",
    },
    expiresIn: 604800,
    refresh: () => true,
    user: ({ id, email, verified, name }) => ({
      id,
      username: `user.${id}`,
      discriminator: "0",
      avatar: null,
      global_name: name,
      email,
      verified,
      locale: "en-US",
      mfa_enabled: false,
    }),
  },
  apple: {
    urls: {
      "https://appleid.apple.com/auth/authorize": "authorize",
      "https://appleid.apple.com/auth/token": "token",
      "https://appleid.apple.com/auth/keys": "keys",
    },
    issuer: () => "https://appleid.apple.com",
    expiresIn: 3600,
    refresh: () => true,
    // Apple's booleans are texts, and only the first answer to an app names the user, in a field of
    // the form.
    claims: ({ id, email, verified }) => ({ sub: id, email, email_verified: String(verified) }),
    names: ({ name }) => {
      const [firstName, ...rest] = name.split(" ");
      return { firstName, lastName: rest.join(" ") };
    },
  },
  /** A team's own OpenID provider, found by discovery. */
  oidc: {
    urls: {},
    issuer: (url) => url,
    sendsIssuer: true,
    expiresIn: 600,
    refresh: () => true,
    rotates: true,
    claims,
    user: claims,
  },
  /** A team's own OAuth 2 server, without id tokens. */
  oauth2: {
    urls: {},
    expiresIn: 600,
    refresh: () => true,
    user: ({ id, email, verified, name, image }) => ({
      id,
      email,
      email_verified: verified,
      name,
      picture: image,
    }),
  },
};

/** The fake's path of a URL on the internet, or undefined. */
export function fakePath(url) {
  const [, escaped, query = ""] = /^([^?]*)(\?.*)?$/.exec(url);
  const base = decodeURIComponent(escaped);
  for (const [provider, { urls }] of Object.entries(SHAPES)) {
    if (Object.hasOwn(urls, base)) return `/${provider}/${urls[base]}${query}`;
  }
  return undefined;
}
