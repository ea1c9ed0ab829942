// The account page: the viewer's ways to sign in.
import { useEffect, useState } from "react";
import { type Account, link, listAccounts, type Provider, unlink, useProviders, useRefusal } from "./providers";

const DAY = new Intl.DateTimeFormat("en", { dateStyle: "long" });

export function AccountPage() {
  const providers = useProviders();
  const [accounts, setAccounts] = useState<readonly Account[]>([]);
  const [refusal, setRefusal] = useRefusal();
  const load = () => listAccounts().then(setAccounts);
  useEffect(() => void load(), []);

  const nameOf = ({ providerId }: Account) =>
    providerId === "credential" ? "Password" : (providers.find(({ id }) => id === providerId)?.name ?? providerId);
  const isLinked = ({ id }: Provider) => accounts.some(({ providerId }) => providerId === id);
  const others = providers.filter((provider) => !isLinked(provider));

  async function remove(account: Account) {
    setRefusal(await unlink(account, nameOf(account)));
    await load();
  }

  return (
    <section className="panel account" aria-label="Your account">
      <h2>Your ways to sign in</h2>
      {refusal && <p className="refusal" role="alert">{refusal}</p>}
      <ul aria-label="Linked accounts">
        {accounts.map((account) => (
          <li key={account.id} aria-label={nameOf(account)}>
            <b>{nameOf(account)}</b>
            <span>since {DAY.format(account.createdAt)}</span>
            <button type="button" className="quiet" onClick={() => remove(account)}>Unlink</button>
          </li>
        ))}
      </ul>
      {others.length > 0 && <h2>Link another</h2>}
      {others.map((provider) => (
        <button key={provider.id} type="button" onClick={async () => setRefusal(await link(provider))}>
          Link {provider.name}
        </button>
      ))}
    </section>
  );
}
