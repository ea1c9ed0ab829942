// Profiles of better-auth's sign-in plugins.

const twoFactor = { issuer: "Books" };

const withCookies = {
  plugins: ["two-factor", "passkey", "multi-session", "last-login-method"],
  options: { "two-factor": twoFactor },
};

export const pluginProfiles = {
  twoFactor: { plugins: ["two-factor"], options: { "two-factor": twoFactor } },
  twoFactorOptions: {
    plugins: ["two-factor", "magic-link"],
    options: {
      "two-factor": {
        ...twoFactor,
        skipVerificationOnEnable: true,
        allowPasswordless: true,
        twoFactorCookieMaxAge: 120,
        trustDeviceMaxAge: 3600,
        totpOptions: { digits: 8, period: 60 },
        otpOptions: { digits: 8, period: 1, storeOTP: "hashed", allowedAttempts: 2 },
        backupCodeOptions: { amount: 4, length: 12, storeBackupCodes: "plain" },
        accountLockout: { maxFailedAttempts: 3, durationSeconds: 120 },
      },
    },
  },
  twoFactorCached: {
    cookieCache: "compact",
    plugins: ["two-factor"],
    options: { "two-factor": twoFactor },
  },
  /** Every sign-in method, and a second factor. */
  everyMethod: {
    autoSignInAfterVerification: true,
    bearerRequireSignature: false,
    providers: { github: {}, google: { accessType: "offline" } },
    plugins: [
      "two-factor",
      "magic-link",
      "email-otp",
      "username",
      "phone-number",
      "passkey",
      "anonymous",
      "multi-session",
      "one-time-token",
      "device-authorization",
      "siwe",
      "one-tap",
    ],
    options: {
      "two-factor": twoFactor,
      "phone-number": { signUpOnVerification: true },
      "email-otp": { changeEmail: { enabled: true } },
    },
  },
  passkey: { plugins: ["passkey"] },
  passkeyOptions: {
    plugins: ["passkey"],
    options: {
      passkey: {
        rpID: "books.example",
        rpName: "Books",
        origin: "https://books.example",
        authenticatorSelection: {
          authenticatorAttachment: "platform",
          residentKey: "required",
          userVerification: "required",
        },
      },
    },
  },
  magicLink: { plugins: ["magic-link"] },
  magicLinkOptions: {
    plugins: ["magic-link"],
    options: { "magic-link": { storeToken: "hashed", expiresIn: 120, disableSignUp: true } },
  },
  emailOtp: {
    plugins: ["email-otp"],
    options: { "email-otp": { changeEmail: { enabled: true } } },
  },
  emailOtpOptions: {
    plugins: ["email-otp"],
    options: {
      "email-otp": {
        otpLength: 8,
        expiresIn: 120,
        allowedAttempts: 2,
        storeOTP: "encrypted",
        resendStrategy: "reuse",
        disableSignUp: true,
        sendVerificationOnSignUp: true,
        changeEmail: { enabled: true, verifyCurrentEmail: true },
      },
    },
  },
  emailOtpVerification: {
    requireEmailVerification: true,
    autoSignInAfterVerification: true,
    plugins: ["email-otp"],
    options: { "email-otp": { storeOTP: "hashed", overrideDefaultEmailVerification: true } },
  },
  username: { plugins: ["username"] },
  usernameOptions: {
    requireEmailVerification: true,
    sendOnSignIn: true,
    sendOnSignUp: false,
    plugins: ["username"],
    options: {
      username: { minUsernameLength: 5, maxUsernameLength: 8, immutableUsername: true },
    },
  },
  phoneNumber: {
    plugins: ["phone-number"],
    options: { "phone-number": { signUpOnVerification: true } },
  },
  phoneNumberOptions: {
    plugins: ["phone-number"],
    options: {
      "phone-number": {
        otpLength: 8,
        expiresIn: 120,
        allowedAttempts: 2,
        requireVerification: true,
      },
    },
  },
  anonymous: { plugins: ["username", "anonymous", "magic-link", "email-otp"] },
  anonymousOptions: {
    plugins: ["anonymous"],
    options: { anonymous: { emailDomainName: "guests.example", disableDeleteAnonymousUser: true } },
  },
  multiSession: { plugins: ["multi-session"] },
  multiSessionOptions: {
    plugins: ["multi-session"],
    options: { "multi-session": { maximumSessions: 2 } },
  },
  oneTimeToken: { plugins: ["one-time-token"] },
  oneTimeTokenOptions: {
    plugins: ["one-time-token"],
    options: {
      "one-time-token": {
        expiresIn: 1,
        storeToken: "hashed",
        setOttHeaderOnNewSession: true,
        disableSetSessionCookie: true,
      },
    },
  },
  oneTimeTokenClosed: {
    plugins: ["one-time-token"],
    options: { "one-time-token": { disableClientRequest: true } },
  },
  lastLoginMethod: {
    providers: { github: {} },
    plugins: ["last-login-method", "magic-link", "email-otp", "username", "passkey", "siwe"],
  },
  lastLoginMethodOptions: {
    plugins: ["last-login-method"],
    options: { "last-login-method": { storeInDatabase: true, maxAge: 3600, cookieName: "last_method" } },
  },
  device: { bearerRequireSignature: false, plugins: ["device-authorization"] },
  deviceOptions: {
    plugins: ["device-authorization"],
    options: {
      "device-authorization": {
        expiresIn: "10m",
        interval: "2m",
        userCodeLength: 12,
        deviceCodeLength: 50,
        verificationUri: "/connect",
      },
    },
  },
  siwe: { plugins: ["siwe"], options: { siwe: { domain: "books.example" } } },
  siweOptions: {
    plugins: ["siwe"],
    options: { siwe: { domain: "books.example", anonymous: false, emailDomainName: "wallets.example" } },
  },
  turnstile: {
    plugins: ["captcha", "magic-link"],
    options: {
      captcha: {
        provider: "cloudflare-turnstile",
        secretKey: "secret of the captcha",
        expectedAction: "sign-in",
        allowedHostnames: ["books.example"],
      },
    },
  },
  recaptcha: {
    plugins: ["captcha"],
    options: { captcha: { provider: "google-recaptcha", secretKey: "secret of the captcha", minScore: 0.4 } },
  },
  hcaptcha: {
    plugins: ["captcha"],
    options: {
      captcha: {
        provider: "hcaptcha",
        secretKey: "secret of the captcha",
        siteKey: "key of the site",
        endpoints: ["/sign-up/*"],
      },
    },
  },
  captchafox: {
    plugins: ["captcha"],
    options: { captcha: { provider: "captchafox", secretKey: "secret of the captcha" } },
  },
  breached: {
    plugins: ["have-i-been-pwned", "email-otp"],
    // better-auth knows no other method.
    options: { "have-i-been-pwned": { fail: "closed" } },
  },
  pluginsHttps: { ...withCookies, baseURL: "https://books.localhost" },
  pluginsCookies: {
    ...withCookies,
    basePath: "/auth",
    cookiePrefix: "books",
    secureCookies: true,
    cookieSameSite: "strict",
    cookieDomain: "books.example",
  },
  pluginsVerified: {
    requireEmailVerification: true,
    plugins: ["two-factor", "username", "phone-number", "anonymous", "last-login-method"],
  },
  pluginLimits: {
    rateLimit: true,
    trustedProxies: ["127.0.0.1"],
    plugins: [
      "two-factor",
      "magic-link",
      "email-otp",
      "username",
      "phone-number",
      "passkey",
      "anonymous",
      "multi-session",
      "one-time-token",
      "device-authorization",
      "siwe",
    ],
  },
};
