// Named settings of both servers. A setting's name is in `settings.mjs` as Bookplate's
// variable and in `node-options.mjs` as better-auth's option.

export const profiles = {
  defaults: {},
  verified: { requireEmailVerification: true },
  verifiedAtSignIn: {
    requireEmailVerification: true,
    sendOnSignUp: false,
    sendOnSignIn: true,
    autoSignInAfterVerification: true,
  },
  noAutoSignIn: { autoSignIn: false },
  shortTimes: {
    sessionExpiresIn: 7200,
    sessionUpdateAge: 1800,
    sessionFreshAge: 600,
    verificationExpiresIn: 600,
    resetExpiresIn: 600,
    passwordMinLength: 12,
    passwordMaxLength: 24,
  },
  neverStale: { sessionFreshAge: 0 },
  sessionsSurviveReset: { revokeSessionsOnReset: false },
  compact: { cookieCache: "compact" },
  jwt: { cookieCache: "jwt" },
  jwe: { cookieCache: "jwe" },
  cacheVersion: { cookieCache: "compact", cookieCacheVersion: "2", cookieCacheMaxAge: 60 },
  https: { baseURL: "https://books.localhost" },
  cookies: {
    basePath: "/auth",
    cookiePrefix: "books",
    secureCookies: true,
    cookieSameSite: "strict",
    cookieDomain: "books.example",
  },
  origins: { trustedOrigins: ["https://app.example", "https://*.apps.example"] },
  addresses: { trustedOrigins: ["http://192.168.*.*", "http://10.0.0.?:5173", "10.1.*"] },
  production: { nodeEnvironment: "production" },
  limited: { rateLimit: true, trustedProxies: ["127.0.0.1"] },
  deleteByMail: { deleteUserVerification: true },
  closed: {
    changeEmail: false,
    deleteUser: false,
    disabledPaths: ["/update-user", "/sign-in/email"],
  },
  rawBearer: { bearerRequireSignature: false },
  signedBearer: { bearerRequireSignature: true },
};
