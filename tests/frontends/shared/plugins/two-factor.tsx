// The second factor on the account page: setting up an app, backup codes, turning it off.
import { useState } from "react";
import { auth, type Viewer } from "../session";
import { BackupCodes } from "./backup-codes";
import { refusalOf } from "./messages";
import { CodeField, compact, Form, PasswordField, QrCode, Refusal, useTask } from "./parts";

/** What the server tells once: the app's secret and the codes. */
interface Setup {
  totpURI: string;
  backupCodes: readonly string[];
}

type Step = "rest" | "enable" | "regenerate" | "disable";

interface TwoFactorProps {
  viewer: Viewer;
  /** Users without a password are not asked for it. */
  hasPassword: boolean;
}

export function TwoFactor(props: TwoFactorProps) {
  return (
    <section className="panel" aria-label="Second factor">
      <h2>Second factor</h2>
      <Content {...props} />
    </section>
  );
}

function Content({ viewer, hasPassword }: TwoFactorProps) {
  const [step, setStep] = useState<Step>("rest");
  const [setup, setSetup] = useState<Setup | null>(null);
  const [codes, setCodes] = useState<readonly string[] | null>(null);

  function rest() {
    setSetup(null);
    setStep("rest");
  }

  async function turnOn(task: Task, password: string) {
    const data = await task.ask(auth.twoFactor.enable({ password }));
    if (data?.method === "totp") setSetup(data);
  }

  async function regenerate(task: Task, password: string) {
    const data = await task.ask(auth.twoFactor.generateBackupCodes({ password }));
    if (!data) return;
    setCodes(data.backupCodes);
    rest();
  }

  async function turnOff(task: Task, password: string) {
    if (await task.run(() => refusalOf(auth.twoFactor.disable({ password })))) rest();
  }

  if (codes) return <BackupCodes codes={codes} done={() => setCodes(null)} />;
  if (setup) {
    const verified = () => {
      setCodes(setup.backupCodes);
      rest();
    };
    return <AppSetup setup={setup} verified={verified} cancel={rest} />;
  }
  const asks = { hasPassword, cancel: rest };
  switch (step) {
    case "enable":
      return <AskPassword {...asks} action="Continue" give={turnOn} />;
    case "regenerate":
      return (
        <AskPassword {...asks} action="Make new codes" give={regenerate}>
          The old backup codes will not work any more.
        </AskPassword>
      );
    case "disable":
      return (
        <AskPassword {...asks} action="Turn off" give={turnOff}>
          Your password alone will be enough to sign in.
        </AskPassword>
      );
    case "rest":
      return <State isOn={viewer.twoFactorEnabled === true} begin={setStep} />;
  }
}

function State({ isOn, begin }: { isOn: boolean; begin: (step: Step) => void }) {
  if (isOn) {
    return (
      <>
        <p className="told"><b className="on">On.</b> After your password, we ask for a code.</p>
        <div className="row">
          <button type="button" className="quiet" onClick={() => begin("regenerate")}>New backup codes</button>
          <button type="button" className="quiet danger" onClick={() => begin("disable")}>Turn off</button>
        </div>
      </>
    );
  }
  return (
    <>
      <p className="told">A code of an app on your phone, in addition to your password.</p>
      <button type="button" onClick={() => begin("enable")}>Set up an app</button>
    </>
  );
}

type Task = ReturnType<typeof useTask>;

interface AskPasswordProps {
  action: string;
  hasPassword: boolean;
  give: (task: Task, password: string) => Promise<void>;
  cancel: () => void;
  children?: string;
}

/** Asks for the password before a change. */
function AskPassword({ action, hasPassword, give, cancel, children }: AskPasswordProps) {
  const task = useTask();
  return (
    <Form label={action} submit={(field) => give(task, field("password"))}>
      {children && <p className="told">{children}</p>}
      {hasPassword && <PasswordField autoFocus />}
      <Refusal>{task.refusal}</Refusal>
      <div className="row">
        <button type="submit" disabled={task.busy}>{action}</button>
        <button type="button" className="link" onClick={cancel}>Cancel</button>
      </div>
    </Form>
  );
}

interface AppSetupProps {
  setup: Setup;
  verified: () => void;
  cancel: () => void;
}

/** Shows the secret, and checks that the app has it. */
function AppSetup({ setup, verified, cancel }: AppSetupProps) {
  const { busy, refusal, run } = useTask();
  const secret = new URL(setup.totpURI).searchParams.get("secret") ?? "";
  async function verify(code: string) {
    if (await run(() => refusalOf(auth.twoFactor.verifyTotp({ code })))) verified();
  }
  return (
    <Form label="Set up an app" submit={(field) => verify(compact(field("code")))}>
      <p className="told">Scan this with your app, or enter the key there.</p>
      <QrCode text={setup.totpURI} label="QR code of the key" />
      <p className="secret" aria-label="Key">{secret.match(/.{1,4}/g)?.join(" ")}</p>
      <CodeField label="Code that your app shows" />
      <Refusal>{refusal}</Refusal>
      <div className="row">
        <button type="submit" disabled={busy}>Turn on</button>
        <button type="button" className="link" onClick={cancel}>Cancel</button>
      </div>
    </Form>
  );
}
