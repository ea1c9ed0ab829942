// The passkeys of the account page.
import { useState } from "react";
import { auth } from "../session";
import { refusalOf } from "./messages";
import { Confirm, Form, Refusal, useRows, useTask } from "./parts";

interface Passkey {
  id: string;
  name?: string | null | undefined;
  /** The maker's name of the authenticator, if it is known. */
  authenticator?: string | undefined;
  createdAt: Date;
  backedUp: boolean;
}

const DAY = new Intl.DateTimeFormat("en", { dateStyle: "long" });
const nameOf = ({ name, authenticator }: Passkey) => name || authenticator || "Passkey";

export function Passkeys() {
  const [passkeys, reload] = useRows<Passkey>(() => auth.passkey.listUserPasskeys());
  const { busy, refusal, run } = useTask();

  async function change(request: Parameters<typeof refusalOf>[0]): Promise<boolean> {
    const isDone = await run(() => refusalOf(request));
    await reload();
    return isDone;
  }

  return (
    <section className="panel" aria-label="Passkeys">
      <h2>Passkeys</h2>
      <p className="told">Sign in with your fingerprint, your face or your device’s PIN.</p>
      {passkeys.length > 0 && (
        <ul aria-label="Your passkeys">
          {passkeys.map((passkey) => (
            <Row
              key={passkey.id}
              passkey={passkey}
              rename={(name) => change(auth.passkey.updatePasskey({ id: passkey.id, name }))}
              remove={() => change(auth.passkey.deletePasskey({ id: passkey.id }))}
            />
          ))}
        </ul>
      )}
      <Refusal>{refusal}</Refusal>
      <Form
        label="New passkey"
        submit={async (field, form) => {
          const name = field("name").trim();
          if (await change(auth.passkey.addPasskey(name === "" ? {} : { name }))) form.reset();
        }}
      >
        <label>Name of the new passkey, if you like<input name="name" maxLength={64} autoComplete="off" /></label>
        <button type="submit" disabled={busy}>Add a passkey</button>
      </Form>
    </section>
  );
}

interface RowProps {
  passkey: Passkey;
  rename: (name: string) => Promise<boolean>;
  remove: () => void;
}

function Row({ passkey, rename, remove }: RowProps) {
  const [isEdited, setEdited] = useState(false);
  const name = nameOf(passkey);
  if (isEdited) {
    return (
      <li>
        <Form
          label={`Rename ${name}`}
          submit={async (field) => {
            await rename(field("name").trim());
            setEdited(false);
          }}
        >
          <label>Name<input name="name" defaultValue={passkey.name ?? ""} required maxLength={64} autoFocus autoComplete="off" /></label>
          <div className="row">
            <button type="submit">Save</button>
            <button type="button" className="link" onClick={() => setEdited(false)}>Cancel</button>
          </div>
        </Form>
      </li>
    );
  }
  return (
    <li aria-label={name}>
      <b>{name}</b>
      <span>{passkey.backedUp ? "on your devices" : "on one device"}, since {DAY.format(new Date(passkey.createdAt))}</span>
      <button type="button" className="quiet" aria-label={`Rename ${name}`} onClick={() => setEdited(true)}>Rename</button>
      <Confirm action="Delete" thing={name} confirmed={remove} />
    </li>
  );
}
