// Sign-in with providers and linked accounts, by better-auth's own client.
import { useEffect, useState } from "react";
import { ACCOUNT_PAGE, HERE, takeParameter, withParameter } from "./page";
import { explainRedirect } from "./plugins/messages";
import { auth } from "./session";

export interface Provider {
  id: string;
  name: string;
}

/** A sign-in method; `id` is the row's, `providerId` is `credential` for a password. */
export interface Account {
  id: string;
  providerId: string;
  createdAt: Date;
}

let offered: Promise<Provider[]> | undefined;

/** The providers that the server offers. */
export function useProviders(): readonly Provider[] {
  const [providers, setProviders] = useState<readonly Provider[]>([]);
  useEffect(() => {
    offered ??= auth.$fetch<Provider[]>("/providers").then(({ data }) => data ?? []);
    void offered.then(setProviders);
  }, []);
  return providers;
}

/** Leaves the page for the provider's; returns the reason if that fails. */
export async function signInWith({ id, name }: Provider): Promise<string | null> {
  const { error } = await auth.signIn.social({ provider: id, callbackURL: HERE, errorCallbackURL: failed(HERE, id) });
  return error ? explainCode(error.code, name) : null;
}

/** Leaves the page for the provider's, to link an account of the provider. */
export async function link({ id, name }: Provider): Promise<string | null> {
  const { error } = await auth.linkSocial({
    provider: id,
    callbackURL: ACCOUNT_PAGE,
    errorCallbackURL: failed(ACCOUNT_PAGE, id),
  });
  return error ? explainCode(error.code, name) : null;
}

export async function unlink(account: Account, name: string): Promise<string | null> {
  const { error } = await auth.unlinkAccount({ accountId: account.id });
  return error ? explainCode(error.code, name) : null;
}


/** The page to which the server returns after a failure: it names the provider. */
function failed(page: string, provider: string): string {
  return withParameter(page, "provider", provider);
}

// The server adds these parameters to `errorCallbackURL`. `error_description` is not shown: every
// link to this page can contain it.
const code = takeParameter("error");
const provider = takeParameter("provider");
const isOfMail = takeParameter("method") === "link";
takeParameter("error_description");

/** The reason of the last failure: at first that of the redirect by which the browser returned. */
export function useRefusal(): [string | null, (refusal: string | null) => void] {
  const providers = useProviders();
  const [refusal, setRefusal] = useState<string | null>();
  if (refusal !== undefined || code === null) return [refusal ?? null, setRefusal];
  if (isOfMail) return [explainRedirect(code), setRefusal];
  const name = providers.find(({ id }) => id === provider)?.name ?? "the provider";
  return [explainCode(code, name), setRefusal];
}

function explainCode(code: string | undefined, name: string): string {
  switch (code) {
    case "access_denied":
      return `You canceled at ${name}.`;
    case "account_not_linked":
      return `There is an account with this address already. Sign in to it, then link ${name} on the account page.`;
    case "account_already_linked_to_different_user":
      return `That account of ${name} belongs to somebody else here.`;
    case "email_does_not_match":
    case "email_doesn't_match":
      return `That account of ${name} has another address than yours.`;
    case "email_not_found":
      return `${name} did not share an address.`;
    case "signup_disabled":
      return `New accounts cannot be made with ${name}.`;
    case "state_mismatch":
    case "state_security_mismatch":
    case "state_not_found":
      return "The sign-in took too long, or was begun in another browser. Please try again.";
    case "FAILED_TO_UNLINK_LAST_ACCOUNT":
      return "This is your only sign-in method.";
    case "SESSION_NOT_FRESH":
      return "Please sign in again first.";
    default:
      return `Signing in with ${name} failed. Please try again.`;
  }
}
