// Sign-in with passkeys, by a button and by the browser's autofill.
import { useEffect, useRef, useState } from "react";
import { auth, entered } from "../session";
import { type Answer, explain } from "./messages";

/** The server forgets a challenge after five minutes. */
const LIFE_OF_CHALLENGE = 4 * 60 * 1000;

export function signInByPasskey(): Promise<string | null> {
  return entered(auth.signIn.passkey());
}

/**
 * Offers passkeys in the autofill of a field with `autocomplete="… webauthn"` while `isOn`. `tell`
 * gets the server's refusals. Returns a function that begins again: another use of a passkey ends
 * the offer.
 */
export function useAutofill(isOn: boolean, tell: (refusal: string | null) => void): () => void {
  const [round, setRound] = useState(0);
  const begin = () => setRound((round) => round + 1);
  const latest = useRef(tell);
  latest.current = tell;

  useEffect(() => {
    if (!isOn) return;
    let isOver = false;
    const offer = async () => {
      if (!(await isPossible()) || isOver) return;
      const answer = await auth.signIn.passkey({ autoFill: true });
      if (isOver || !isOfServer(answer)) return;
      latest.current(explain(answer.error));
      begin();
    };
    // Not twice in React's strict mode.
    const first = setTimeout(offer);
    const renewal = setInterval(offer, LIFE_OF_CHALLENGE);
    return () => {
      isOver = true;
      clearTimeout(first);
      clearInterval(renewal);
    };
  }, [isOn, round]);

  return begin;
}

async function isPossible(): Promise<boolean> {
  if (typeof PublicKeyCredential === "undefined") return false;
  return (await PublicKeyCredential.isConditionalMediationAvailable?.()) ?? false;
}

/** Whether the server refused a passkey. The browser's own errors end an offer without notice. */
function isOfServer(answer: Answer): answer is { data: null; error: NonNullable<Answer["error"]> } {
  const code = answer.error?.code ?? "";
  return answer.error !== null && code !== "AUTH_CANCELLED" && !code.startsWith("ERROR_");
}
