// The accounts of `oidc-server.mjs`, and their password.

export const PASSWORD = "a password at the provider";

const account = (sub, name, more = {}) => ({
  sub,
  name,
  email: `${sub}@provider.example`,
  email_verified: true,
  picture: `https://images.example/${sub}.png`,
  ...more,
});

/** The accounts; `mallory` has an address that the provider did not verify. */
export const ACCOUNTS = Object.fromEntries(
  [
    account("ada", "Ada Lovelace"),
    account("grace", "Grace Hopper"),
    account("mallory", "Mallory", { email: "ann@example.com", email_verified: false }),
  ].map((one) => [one.sub, one]),
);
