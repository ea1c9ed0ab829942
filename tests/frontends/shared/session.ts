// The session, by better-auth's own client.
import { passkeyClient } from "@better-auth/passkey/client";
import {
  anonymousClient,
  deviceAuthorizationClient,
  emailOTPClient,
  lastLoginMethodClient,
  magicLinkClient,
  multiSessionClient,
  oneTimeTokenClient,
  phoneNumberClient,
  twoFactorClient,
  usernameClient,
} from "better-auth/client/plugins";
import { createAuthClient } from "better-auth/react";
import { API } from "./page";
import { beginChallenge, isChallenged } from "./plugins/challenge";
import { type Answer, refusalOf } from "./plugins/messages";

export const auth = createAuthClient({
  baseURL: API,
  plugins: [
    twoFactorClient({ onTwoFactorRedirect: ({ twoFactorMethods }) => beginChallenge(twoFactorMethods) }),
    passkeyClient(),
    magicLinkClient(),
    emailOTPClient(),
    usernameClient(),
    phoneNumberClient(),
    anonymousClient(),
    multiSessionClient(),
    lastLoginMethodClient(),
    oneTimeTokenClient(),
    deviceAuthorizationClient(),
  ],
});

/** A user; a server without a plugin does not have its fields. */
export interface Viewer {
  id: string;
  name: string;
  email: string;
  isAnonymous?: boolean | null | undefined;
  twoFactorEnabled?: boolean | null | undefined;
  username?: string | null | undefined;
  displayUsername?: string | null | undefined;
  phoneNumber?: string | null | undefined;
}

/** Has the session requested again. */
export const refreshSession = () => auth.$store.notify("$sessionSignal");

/** Returns why a sign-in failed, or null: then the user is signed in, or asked for a second factor. */
export async function entered(request: Promise<Answer>): Promise<string | null> {
  const refusal = await refusalOf(request);
  if (refusal !== null || isChallenged()) return refusal;
  // Pages of another site than the server's are refused its cookie by the browser.
  const { data } = await auth.getSession();
  return data ? null : "Your browser did not keep the session: this page is of another site than the server.";
}

/** Signs in with a password; `name` is an address or a user name. */
export function signIn(name: string, password: string): Promise<string | null> {
  const isAddress = name.includes("@");
  return entered(
    isAddress ? auth.signIn.email({ email: name, password }) : auth.signIn.username({ username: name, password }),
  );
}

/** Signs up; without a user name unless one is given. */
export function signUp(form: { name: string; email: string; password: string; username: string }) {
  const { username, ...fields } = form;
  return entered(auth.signUp.email({ ...fields, ...(username !== "" && { username }) }));
}
