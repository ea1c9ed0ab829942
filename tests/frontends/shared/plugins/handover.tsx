// A link that signs in another browser of the same user, once, by a one-time token.
import { useState } from "react";
import { HOME, takeParameter, withParameter } from "../page";
import { auth, entered, refreshSession } from "../session";
import { QrCode, Refusal, useTask } from "./parts";

const PARAMETER = "handover";

/** The token of the link by which the browser came. */
export const HANDOVER_TOKEN = takeParameter(PARAMETER);

/** The account page's part: makes the link. */
export function Handover() {
  const { busy, refusal, ask } = useTask();
  const [url, setUrl] = useState<string | null>(null);
  async function make() {
    const data = await ask(auth.oneTimeToken.generate());
    setUrl(data && withParameter(HOME, PARAMETER, data.token));
  }
  return (
    <section className="panel" aria-label="Another device">
      <h2>Another device</h2>
      <p className="told">
        {url === null
          ? "Sign in on your phone without typing."
          : "Scan this with your other device within three minutes. Whoever opens the link is you: show it to nobody."}
      </p>
      {url !== null && <QrCode text={url} label="QR code of the link" />}
      {url !== null && <a className="hint" href={url}>The link</a>}
      <Refusal>{refusal}</Refusal>
      <button type="button" disabled={busy} onClick={make}>{url === null ? "Show a link" : "Show another link"}</button>
    </section>
  );
}

/** Asks before the link is used: a stranger's link would sign in to the stranger's account. */
export function UseHandover({ done }: { done: () => void }) {
  const { busy, refusal, run } = useTask();
  async function use() {
    const token = HANDOVER_TOKEN ?? "";
    if (!(await run(() => entered(auth.oneTimeToken.verify({ token }))))) return;
    refreshSession();
    done();
  }
  return (
    <section className="panel card" aria-label="Sign in by link">
      <h2>Sign in by this link?</h2>
      <p className="told">The link signs you in to the account that made it. Go on only if you made it yourself.</p>
      <Refusal>{refusal}</Refusal>
      <button type="button" disabled={busy} onClick={use}>Sign in</button>
      <button type="button" className="link" onClick={done}>Cancel</button>
    </section>
  );
}
