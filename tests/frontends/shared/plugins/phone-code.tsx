// Sign-in by a code in a text message.
import { useState } from "react";
import { auth, entered } from "../session";
import { refusalOf } from "./messages";
import { CodeField, compact, Form, Refusal, useTask } from "./parts";
import type { MethodProps } from "./sign-in";

export function PhoneCode({ back }: MethodProps) {
  const { busy, refusal, run } = useTask();
  const [sentTo, setSentTo] = useState<string | null>(null);

  async function send(phoneNumber: string) {
    if (await run(() => refusalOf(auth.phoneNumber.sendOtp({ phoneNumber })))) setSentTo(phoneNumber);
  }

  if (sentTo === null) {
    return (
      <Form label="Ask for a code by text message" submit={(field) => send(compact(field("phone")))}>
        <h2>A code by text message</h2>
        <PhoneField />
        <Refusal>{refusal}</Refusal>
        <button type="submit" disabled={busy}>Text me a code</button>
        <button type="button" className="link" onClick={back}>Sign in otherwise</button>
      </Form>
    );
  }
  return (
    <Form
      label="Sign in by code"
      submit={(field) =>
        run(() => entered(auth.phoneNumber.verify({ phoneNumber: sentTo, code: compact(field("code")) })))
      }
    >
      <h2>A code by text message</h2>
      <p className="told" role="status">We have texted a code to {sentTo}.</p>
      <CodeField label="Code" />
      <Refusal>{refusal}</Refusal>
      <button type="submit" disabled={busy}>Sign in</button>
      <button type="button" className="link" onClick={() => send(sentTo)}>Text another code</button>
      <button type="button" className="link" onClick={() => setSentTo(null)}>Use another number</button>
      <button type="button" className="link" onClick={back}>Sign in otherwise</button>
    </Form>
  );
}

export function PhoneField() {
  return (
    <label>
      Phone number
      <input
        name="phone"
        type="tel"
        required
        autoFocus
        pattern="\+[0-9 ]{6,20}"
        title="+ and digits, with the country’s code"
        placeholder="+44 20 7946 0000"
        autoComplete="tel"
      />
    </label>
  );
}
