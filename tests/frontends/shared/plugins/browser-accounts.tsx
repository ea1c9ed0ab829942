// The accounts that are signed in in this browser.
import { auth, refreshSession, type Viewer } from "../session";
import { refusalOf } from "./messages";
import { Refusal, useRows, useTask } from "./parts";

interface SignedIn {
  session: { token: string };
  user: { id: string; name: string; email: string; isAnonymous?: boolean | null | undefined };
}

interface BrowserAccountsProps {
  viewer: Viewer;
  addAccount: () => void;
}

export function BrowserAccounts({ viewer, addAccount }: BrowserAccountsProps) {
  const [accounts, reload] = useRows<SignedIn>(() => auth.multiSession.listDeviceSessions());
  const { busy, refusal, run } = useTask();

  const switchTo = ({ session }: SignedIn) =>
    run(() => refusalOf(auth.multiSession.setActive({ sessionToken: session.token })));

  async function signOut({ session }: SignedIn) {
    await run(() => refusalOf(auth.multiSession.revoke({ sessionToken: session.token })));
    await reload();
    refreshSession();
  }

  return (
    <section className="panel" aria-label="Accounts in this browser">
      <h2>Accounts in this browser</h2>
      <ul aria-label="Signed-in accounts">
        {accounts.map((account) => {
          const { id, email, isAnonymous } = account.user;
          const name = isAnonymous ? "Guest" : account.user.name;
          return (
            <li key={id} aria-label={name} aria-current={id === viewer.id || undefined}>
              <b>{name}</b>
              <span>{id === viewer.id ? "in use" : !isAnonymous && email}</span>
              {id !== viewer.id && (
                <button type="button" className="quiet" disabled={busy} aria-label={`Switch to ${name}`} onClick={() => switchTo(account)}>
                  Switch
                </button>
              )}
              <button type="button" className="quiet" disabled={busy} aria-label={`Sign out ${name}`} onClick={() => signOut(account)}>
                Sign out
              </button>
            </li>
          );
        })}
      </ul>
      <Refusal>{refusal}</Refusal>
      <button type="button" onClick={addAccount}>Add another account</button>
    </section>
  );
}
