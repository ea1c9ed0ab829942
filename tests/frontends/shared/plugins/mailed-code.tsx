// Sign-in by a code in a mail.
import { useState } from "react";
import { auth, entered } from "../session";
import { refusalOf } from "./messages";
import { CodeField, compact, Form, Refusal, useTask } from "./parts";
import type { MethodProps } from "./sign-in";

export function MailedCode({ address, setAddress, back }: MethodProps) {
  const { busy, refusal, run } = useTask();
  const [sentTo, setSentTo] = useState<string | null>(null);

  async function send(email: string) {
    const request = auth.emailOtp.sendVerificationOtp({ email, type: "sign-in" });
    if (await run(() => refusalOf(request))) setSentTo(email);
  }

  if (sentTo === null) {
    return (
      <Form label="Ask for a code by mail" submit={() => send(address.trim())}>
        <h2>A code by mail</h2>
        <label>
          Email
          <input
            type="email"
            required
            autoFocus
            value={address}
            onChange={(event) => setAddress(event.target.value)}
            autoComplete="email"
          />
        </label>
        <Refusal>{refusal}</Refusal>
        <button type="submit" disabled={busy}>Mail me a code</button>
        <button type="button" className="link" onClick={back}>Sign in otherwise</button>
      </Form>
    );
  }
  return (
    <Form
      label="Sign in by code"
      submit={(field) => run(() => entered(auth.signIn.emailOtp({ email: sentTo, otp: compact(field("code")) })))}
    >
      <h2>A code by mail</h2>
      <p className="told" role="status">We have mailed a code to {sentTo}.</p>
      <CodeField label="Code" />
      <Refusal>{refusal}</Refusal>
      <button type="submit" disabled={busy}>Sign in</button>
      <button type="button" className="link" onClick={() => send(sentTo)}>Mail another code</button>
      <button type="button" className="link" onClick={() => setSentTo(null)}>Use another address</button>
      <button type="button" className="link" onClick={back}>Sign in otherwise</button>
    </Form>
  );
}
