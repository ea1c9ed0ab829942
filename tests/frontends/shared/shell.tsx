// The page around the library: who is signed in, and the way in and out.
import { type FormEvent, type ReactNode, StrictMode, useState } from "react";
import { createRoot } from "react-dom/client";
import { AccountPage } from "./account";
import { STARTS_WITH_ACCOUNT } from "./page";
import { signInWith, useProviders, useRefusal } from "./providers";
import { auth, enter, type Viewer } from "./session";

/** Shows the page; `library` is what the app has for whoever is signed in. */
export function start(app: string, library: (viewer: Viewer | null) => ReactNode) {
  document.title = `Bookplate · ${app}`;
  const root = document.getElementById("root");
  if (root) createRoot(root).render(<StrictMode><Shell app={app} library={library} /></StrictMode>);
}

function Shell({ app, library }: { app: string; library: (viewer: Viewer | null) => ReactNode }) {
  const { data, isPending } = auth.useSession();
  const [isKnown, setKnown] = useState(false);
  const [atAccount, setAtAccount] = useState(STARTS_WITH_ACCOUNT);
  // Asking again, as when the window gets the focus, must not take the page away.
  if (!isPending && !isKnown) setKnown(true);
  const viewer = data?.user ?? null;
  return (
    <>
      <header>
        <h1>Bookplate</h1>
        <span className="badge">{app}</span>
        {viewer && (
          <div className="viewer" role="group" aria-label="Account">
            <span>{viewer.name}</span>
            <button type="button" className="quiet" onClick={() => setAtAccount(!atAccount)}>
              {atAccount ? "Library" : "Account"}
            </button>
            <button type="button" className="quiet" onClick={() => auth.signOut({ disableRedirect: true })}>
              Sign out
            </button>
          </div>
        )}
      </header>
      {/* Of one viewer nothing is left for the next: another key, another cache. */}
      {isKnown && (
        <main key={viewer?.id ?? "nobody"}>{viewer && atAccount ? <AccountPage /> : library(viewer)}</main>
      )}
    </>
  );
}

/** Signs in, or up. */
export function SignIn() {
  const [isNew, setNew] = useState(false);
  const [busy, setBusy] = useState(false);
  const [refusal, setRefusal] = useRefusal();

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const fields = new FormData(event.currentTarget);
    const text = (name: string) => String(fields.get(name) ?? "");
    setBusy(true);
    const form = { email: text("email"), password: text("password") };
    setRefusal(await enter(isNew ? { name: text("name"), ...form } : form));
    setBusy(false);
  }

  return (
    <form className="panel" aria-label={isNew ? "Sign up" : "Sign in"} onSubmit={submit}>
      <h2>{isNew ? "Join the library" : "Welcome back"}</h2>
      {isNew && <label>Name<input name="name" required autoComplete="name" /></label>}
      <label>Email<input name="email" type="email" required autoComplete="email" /></label>
      <label>
        Password
        <input
          name="password"
          type="password"
          required
          minLength={8}
          autoComplete={isNew ? "new-password" : "current-password"}
        />
      </label>
      {refusal && <p className="refusal" role="alert">{refusal}</p>}
      <button type="submit" disabled={busy}>{isNew ? "Sign up" : "Sign in"}</button>
      <button type="button" className="link" onClick={() => setNew(!isNew)}>
        {isNew ? "I have an account" : "I am new here"}
      </button>
      <Providers tell={setRefusal} />
    </form>
  );
}

/** A button for every provider that the server offers. */
function Providers({ tell }: { tell: (refusal: string | null) => void }) {
  const providers = useProviders();
  if (providers.length === 0) return null;
  return (
    <div className="providers" role="group" aria-label="Other ways to sign in">
      {providers.map((provider) => (
        <button
          key={provider.id}
          type="button"
          className="provider"
          onClick={async () => tell(await signInWith(provider))}
        >
          Sign in with {provider.name}
        </button>
      ))}
    </div>
  );
}
