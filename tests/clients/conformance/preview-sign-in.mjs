// Sign-ins of a preview with a provider, through the production host of the plugin oauth-proxy.
import { start, subject } from "./provider-accounts.mjs";
import { openPackage } from "./proxy-seal.mjs";

/** What the production host tells about the account `name`. */
export function payload(t, name, state, changes = {}) {
  const email = t.email(name);
  return {
    userInfo: { id: subject(email), email, name: "Ann Example", emailVerified: true },
    scopes: ["read:user", "user:email"],
    account: {
      providerId: "github",
      accountId: subject(email),
      accessToken: "github-access",
      accessTokenExpiresAt: new Date(t.server.now + 3600_000),
      scope: "read:user,user:email",
    },
    state,
    callbackURL: "/books",
    errorURL: "/sorry",
    timestamp: t.server.now,
    ...changes,
  };
}

/** The path that completes a sign-in with this encrypted payload. */
export const completion = (profile, id = "github") =>
  `callback/${id}/oauth-proxy?${new URLSearchParams({ callbackURL: "/books", profile })}`;

/** Begins a sign-in of a preview. Returns its URL and its state. */
export async function startPreview(t, visitor, more) {
  const url = new URL(await start(visitor, "github", more));
  return { url, ...(await openPackage(url.searchParams.get("state"))) };
}
