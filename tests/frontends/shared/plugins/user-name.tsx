// The user name on the account page.
import { useEffect, useState } from "react";
import { auth, type Viewer } from "../session";
import { answerOf, explain, refusalOf } from "./messages";
import { Form, Refusal, useTask } from "./parts";

export function UserName({ viewer }: { viewer: Viewer }) {
  const { busy, refusal, run } = useTask();
  const current = viewer.displayUsername ?? viewer.username ?? "";
  const [name, setName] = useState(current);
  const [isSaved, setSaved] = useState(false);
  const hint = useHint(name, viewer);

  async function save() {
    setSaved(await run(() => refusalOf(auth.updateUser({ username: name, displayUsername: name }))));
  }

  return (
    <section className="panel" aria-label="User name">
      <h2>User name</h2>
      <p className="told">Sign in with it instead of your address.</p>
      <Form label="Your user name" submit={save}>
        <label>
          User name
          <input
            value={name}
            required
            autoCapitalize="none"
            spellCheck={false}
            autoComplete="off"
            aria-describedby="user-name-hint"
            onChange={(event) => {
              setName(event.target.value);
              setSaved(false);
            }}
          />
        </label>
        <p className="hint" id="user-name-hint" role="status">{isSaved ? "Saved." : hint}</p>
        <Refusal>{refusal}</Refusal>
        <button type="submit" disabled={busy}>Save the user name</button>
      </Form>
    </section>
  );
}

/** Says whether a name is free, after a pause in typing. */
function useHint(name: string, { username, displayUsername }: Viewer): string {
  const [hint, setHint] = useState("");
  const isOwn = name === "" || name === username || name === displayUsername;
  useEffect(() => {
    setHint("");
    if (isOwn) return;
    let isOver = false;
    const pause = setTimeout(async () => {
      const { data, error } = await answerOf(auth.isUsernameAvailable({ username: name }));
      if (isOver) return;
      setHint(error ? explain(error) : data?.available ? `“${name}” is free.` : `Somebody has “${name}” already.`);
    }, 400);
    return () => {
      isOver = true;
      clearTimeout(pause);
    };
  }, [name, isOwn]);
  return hint;
}
