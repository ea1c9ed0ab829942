// Sign-in by a link in a mail.
import { useState } from "react";
import { HERE, withParameter } from "../page";
import { auth } from "../session";
import { refusalOf } from "./messages";
import { Form, Refusal, useTask } from "./parts";
import type { MethodProps } from "./sign-in";

export function MailedLink({ address, setAddress, back }: MethodProps) {
  const { busy, refusal, run } = useTask();
  const [sentTo, setSentTo] = useState<string | null>(null);

  async function send(email: string) {
    const errorCallbackURL = withParameter(HERE, "method", "link");
    const request = auth.signIn.magicLink({ email, callbackURL: HERE, errorCallbackURL });
    if (await run(() => refusalOf(request))) setSentTo(email);
  }

  return (
    <Form label="Sign in by link" submit={() => send(address.trim())}>
      <h2>A link by mail</h2>
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
      {sentTo !== null && (
        <p className="told" role="status">We have mailed a link to {sentTo}. Open it in this browser.</p>
      )}
      <button type="submit" disabled={busy}>{sentTo === null ? "Mail me a link" : "Mail another link"}</button>
      <button type="button" className="link" onClick={back}>Sign in otherwise</button>
    </Form>
  );
}
