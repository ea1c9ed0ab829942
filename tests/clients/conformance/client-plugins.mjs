// The plugins of better-auth's client for the plugins of a profile.
const { BETTER_AUTH_CLIENT = "better-auth" } = process.env;
const all = await import(`${BETTER_AUTH_CLIENT}/client/plugins`);

const CLIENTS = {
  anonymous: all.anonymousClient,
  "device-authorization": all.deviceAuthorizationClient,
  "email-otp": all.emailOTPClient,
  "last-login-method": all.lastLoginMethodClient,
  "magic-link": all.magicLinkClient,
  "multi-session": all.multiSessionClient,
  "one-time-token": all.oneTimeTokenClient,
  "phone-number": all.phoneNumberClient,
  siwe: all.siweClient,
  "two-factor": all.twoFactorClient,
  username: all.usernameClient,
};

/** The client's plugins for these ids. Others have none, or need a browser. */
export const clientPlugins = (ids = []) => ids.filter((id) => id in CLIENTS).map((id) => CLIENTS[id]());
