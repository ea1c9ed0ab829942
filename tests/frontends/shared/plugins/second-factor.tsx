// The second factor of a sign-in: a code of an app, by mail, or of the backup codes.
import { useState } from "react";
import { auth } from "../session";
import { type Challenge, endChallenge, type Factor } from "./challenge";
import { type Answer, refusalOf } from "./messages";
import { CodeField, compact, Form, Refusal, useTask } from "./parts";

type Choice = Factor | "backup";

const NAMES: Record<Choice, string> = { totp: "App", otp: "Mail", backup: "Backup code" };

export function SecondFactor({ challenge: { factors } }: { challenge: Challenge }) {
  const choices: Choice[] = [...factors, "backup"];
  const [choice, setChoice] = useState<Choice>(factors[0] ?? "backup");
  const [trusts, setTrusts] = useState(false);
  const trust = { checked: trusts, change: setTrusts };

  return (
    <>
      <h2>One more step</h2>
      <div className="choices" role="group" aria-label="Second factor">
        {choices.map((one) => (
          <button key={one} type="button" aria-pressed={one === choice} onClick={() => setChoice(one)}>
            {NAMES[one]}
          </button>
        ))}
      </div>
      {choice === "totp" && <AppCode trust={trust} />}
      {choice === "otp" && <MailedCode trust={trust} />}
      {choice === "backup" && <BackupCode trust={trust} />}
      <button type="button" className="link" onClick={endChallenge}>Back to sign-in</button>
    </>
  );
}

interface Trust {
  checked: boolean;
  change: (checked: boolean) => void;
}

interface StepProps {
  trust: Trust;
}

/** Ends the challenge once the factor is right. */
function useStep() {
  const task = useTask();
  const give = (request: () => Promise<Answer>) =>
    task.run(async () => {
      const refusal = await refusalOf(request());
      if (refusal !== null) return refusal;
      // The form stays until the session is there.
      await auth.getSession();
      endChallenge();
      return null;
    });
  return { ...task, give };
}

function AppCode({ trust }: StepProps) {
  const { busy, refusal, give } = useStep();
  const verify = (code: string) => give(() => auth.twoFactor.verifyTotp({ code, trustDevice: trust.checked }));
  return (
    <Form label="Second factor" submit={(field) => verify(compact(field("code")))}>
      <CodeField label="Code that your app shows" />
      <TrustField trust={trust} />
      <Refusal>{refusal}</Refusal>
      <button type="submit" disabled={busy}>Continue</button>
    </Form>
  );
}

function MailedCode({ trust }: StepProps) {
  const { busy, refusal, run, give } = useStep();
  const [isSent, setSent] = useState(false);
  async function send() {
    if (await run(() => refusalOf(auth.twoFactor.sendOtp()))) setSent(true);
  }
  const verify = (code: string) => give(() => auth.twoFactor.verifyOtp({ code, trustDevice: trust.checked }));

  if (!isSent) {
    return (
      <Form label="Second factor" submit={send}>
        <p className="told">We can mail a code to your address.</p>
        <Refusal>{refusal}</Refusal>
        <button type="submit" disabled={busy} autoFocus>Mail me a code</button>
      </Form>
    );
  }
  return (
    <Form label="Second factor" submit={(field) => verify(compact(field("code")))}>
      <p className="told" role="status">We have mailed you a code.</p>
      <CodeField label="Code of the mail" />
      <TrustField trust={trust} />
      <Refusal>{refusal}</Refusal>
      <button type="submit" disabled={busy}>Continue</button>
      <button type="button" className="link" onClick={send}>Mail another code</button>
    </Form>
  );
}

function BackupCode({ trust }: StepProps) {
  const { busy, refusal, give } = useStep();
  const verify = (code: string) => give(() => auth.twoFactor.verifyBackupCode({ code, trustDevice: trust.checked }));
  return (
    <Form label="Second factor" submit={(field) => verify(compact(field("code")))}>
      <label>
        One of your backup codes
        <input className="code" name="code" required autoFocus autoCapitalize="none" spellCheck={false} autoComplete="off" />
      </label>
      <TrustField trust={trust} />
      <Refusal>{refusal}</Refusal>
      <button type="submit" disabled={busy}>Continue</button>
    </Form>
  );
}

function TrustField({ trust: { checked, change } }: StepProps) {
  return (
    <label className="check">
      <input type="checkbox" checked={checked} onChange={(event) => change(event.target.checked)} />
      Trust this device for 30 days
    </label>
  );
}
