// The page on which a user approves a device that shows a code, such as a command line.
import { useEffect, useState } from "react";
import { USER_CODE } from "../page";
import { auth, type Viewer } from "../session";
import { answerOf, explain, refusalOf } from "./messages";
import { compact, Form, Refusal, useTask } from "./parts";
import { SignIn } from "./sign-in";

/** What the server tells of a code to the user who claims it. */
interface Request {
  user_code: string;
  status: string;
  client_id?: string | undefined;
  scope?: string | null | undefined;
}

type Decision = "approve" | "deny";

const DONE: Record<Decision, string> = {
  approve: "Your device is signed in. You may close this page.",
  deny: "The device was refused.",
};

export function DevicePage({ viewer }: { viewer: Viewer | null }) {
  const [code, setCode] = useState(USER_CODE ?? "");
  if (!viewer) {
    return (
      <div className="card">
        <p className="told" role="status">Sign in to approve your device.</p>
        <SignIn asksGuests={false} />
      </div>
    );
  }
  return (
    <section className="panel card" aria-label="Approve a device">
      <h2>A device wants to sign in</h2>
      {code === "" ? <AskCode give={setCode} /> : <Decide key={code} code={code} otherCode={() => setCode("")} />}
    </section>
  );
}

function AskCode({ give }: { give: (code: string) => void }) {
  return (
    <Form label="Code of the device" submit={(field) => give(compact(field("code")))}>
      <label>
        Code that your device shows
        <input className="code" name="code" required autoFocus autoCapitalize="characters" spellCheck={false} autoComplete="off" />
      </label>
      <button type="submit">Continue</button>
    </Form>
  );
}

/** Claims the code for the viewer, then asks for the decision. */
function Decide({ code, otherCode }: { code: string; otherCode: () => void }) {
  const { busy, refusal, setRefusal, run } = useTask();
  const [request, setRequest] = useState<Request | null>(null);
  const [decision, setDecision] = useState<Decision | null>(null);

  useEffect(() => {
    let isOver = false;
    void answerOf(auth.device({ query: { user_code: code } })).then(({ data, error }) => {
      if (isOver) return;
      setRequest(data as Request | null);
      if (error) setRefusal(explain(error));
    });
    return () => {
      isOver = true;
    };
  }, [code]);

  async function decide(decision: Decision) {
    const isDone = await run(() => refusalOf(auth.device[decision]({ userCode: code })));
    if (isDone) setDecision(decision);
  }

  if (decision) return <p className="told" role="status">{DONE[decision]}</p>;
  if (request && request.status !== "pending") {
    return <p className="told" role="status">This code was answered already.</p>;
  }
  return (
    <>
      <p className="secret" aria-label="Code">{code}</p>
      {request?.client_id && (
        <p className="told">
          <b>{request.client_id}</b> wants to act for you{request.scope ? `: ${request.scope}` : ""}.
        </p>
      )}
      <p className="told">Approve it only if your own device shows this code now.</p>
      <Refusal>{refusal}</Refusal>
      {request && (
        <div className="row">
          <button type="button" disabled={busy} onClick={() => decide("approve")}>Approve</button>
          <button type="button" className="quiet danger" disabled={busy} onClick={() => decide("deny")}>Deny</button>
        </div>
      )}
      <button type="button" className="link" onClick={otherCode}>Enter another code</button>
    </>
  );
}
