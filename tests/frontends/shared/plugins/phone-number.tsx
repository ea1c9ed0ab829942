// The phone number on the account page.
import { useState } from "react";
import { auth, type Viewer } from "../session";
import { refusalOf } from "./messages";
import { CodeField, compact, Form, Refusal, useTask } from "./parts";
import { PhoneField } from "./phone-code";

export function PhoneNumber({ viewer }: { viewer: Viewer }) {
  const { busy, refusal, setRefusal, run } = useTask();
  const [isEdited, setEdited] = useState(false);
  const [sentTo, setSentTo] = useState<string | null>(null);

  async function send(phoneNumber: string) {
    if (await run(() => refusalOf(auth.phoneNumber.sendOtp({ phoneNumber })))) setSentTo(phoneNumber);
  }

  async function verify(phoneNumber: string, code: string) {
    const request = auth.phoneNumber.verify({ phoneNumber, code, updatePhoneNumber: true });
    if (await run(() => refusalOf(request))) stop();
  }

  function stop() {
    setEdited(false);
    setSentTo(null);
    setRefusal(null);
  }

  return (
    <section className="panel" aria-label="Phone number">
      <h2>Phone number</h2>
      {!isEdited ? (
        <>
          <p className="told">{viewer.phoneNumber ? <b>{viewer.phoneNumber}</b> : "Sign in by a code that we text you."}</p>
          <button type="button" onClick={() => setEdited(true)}>
            {viewer.phoneNumber ? "Change the number" : "Add a number"}
          </button>
        </>
      ) : sentTo === null ? (
        <Form label="Your phone number" submit={(field) => send(compact(field("phone")))}>
          <PhoneField />
          <Refusal>{refusal}</Refusal>
          <div className="row">
            <button type="submit" disabled={busy}>Text me a code</button>
            <button type="button" className="link" onClick={stop}>Cancel</button>
          </div>
        </Form>
      ) : (
        <Form label="Confirm your phone number" submit={(field) => verify(sentTo, compact(field("code")))}>
          <p className="told" role="status">We have texted a code to {sentTo}.</p>
          <CodeField label="Code" />
          <Refusal>{refusal}</Refusal>
          <div className="row">
            <button type="submit" disabled={busy}>Confirm</button>
            <button type="button" className="link" onClick={() => send(sentTo)}>Text another code</button>
            <button type="button" className="link" onClick={stop}>Cancel</button>
          </div>
        </Form>
      )}
    </section>
  );
}
