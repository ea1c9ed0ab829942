// The sign-in that waits for a second factor: the server asked for it in a response, or in the
// parameters of the page to which it redirected.
import { useSyncExternalStore } from "react";
import { takeParameter } from "../page";

/** `totp` is a code of an app, `otp` one by mail. */
export type Factor = "totp" | "otp";

/** The factors to choose from. */
export interface Challenge {
  factors: readonly Factor[];
}

const ALL: readonly Factor[] = ["totp", "otp"];
const listeners = new Set<() => void>();
let current = ofRedirect();

/** The challenge of a sign-in by redirect. */
function ofRedirect(): Challenge | null {
  const isChallenged = takeParameter("twoFactorRedirect") === "true";
  const methods = takeParameter("twoFactorMethods");
  return isChallenged ? { factors: known(methods?.split(",")) } : null;
}

function known(methods: readonly string[] | undefined): readonly Factor[] {
  return methods ? ALL.filter((factor) => methods.includes(factor)) : ALL;
}

function set(challenge: Challenge | null) {
  current = challenge;
  for (const listener of listeners) listener();
}

export const beginChallenge = (methods: readonly string[] | undefined) => set({ factors: known(methods) });

/** The factor was given, or the user wants to sign in otherwise. */
export const endChallenge = () => set(null);

export const isChallenged = () => current !== null;

export function useChallenge(): Challenge | null {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => current,
  );
}
