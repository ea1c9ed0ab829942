// The account page: the viewer's sign-in methods, and the accounts of this browser.
import { type Account, link, type Provider, unlink, useProviders, useRefusal } from "./providers";
import { BrowserAccounts } from "./plugins/browser-accounts";
import { Handover } from "./plugins/handover";
import { Passkeys } from "./plugins/passkeys";
import { PhoneNumber } from "./plugins/phone-number";
import { type PluginId, usePlugins } from "./plugins/plugins";
import { Refusal, useRows } from "./plugins/parts";
import { TwoFactor } from "./plugins/two-factor";
import { UserName } from "./plugins/user-name";
import { auth, type Viewer } from "./session";

const DAY = new Intl.DateTimeFormat("en", { dateStyle: "long" });

const OF_SECOND_COLUMN: PluginId[] = ["username", "phone-number", "multi-session", "one-time-token"];

export function AccountPage({ viewer, addAccount }: { viewer: Viewer; addAccount: () => void }) {
  const has = usePlugins();
  const [accounts, reload] = useRows<Account>(() => auth.listAccounts());
  const hasPassword = accounts.some(({ providerId }) => providerId === "credential");
  return (
    <div className="account">
      <div className="column">
        <Accounts viewer={viewer} accounts={accounts} reload={reload} />
        {has("two-factor") && !viewer.isAnonymous && <TwoFactor viewer={viewer} hasPassword={hasPassword} />}
        {has("passkey") && <Passkeys />}
      </div>
      {OF_SECOND_COLUMN.some(has) && (
        <div className="column">
          {has("username") && <UserName viewer={viewer} />}
          {has("phone-number") && <PhoneNumber viewer={viewer} />}
          {has("multi-session") && <BrowserAccounts viewer={viewer} addAccount={addAccount} />}
          {has("one-time-token") && <Handover />}
        </div>
      )}
    </div>
  );
}

interface AccountsProps {
  viewer: Viewer;
  accounts: readonly Account[];
  reload: () => Promise<void>;
}

function Accounts({ viewer, accounts, reload }: AccountsProps) {
  const providers = useProviders();
  const [refusal, setRefusal] = useRefusal();

  const nameOf = ({ providerId }: Account) =>
    providerId === "credential" ? "Password" : (providers.find(({ id }) => id === providerId)?.name ?? providerId);
  const isLinked = ({ id }: Provider) => accounts.some(({ providerId }) => providerId === id);
  const others = providers.filter((provider) => !isLinked(provider));

  async function remove(account: Account) {
    setRefusal(await unlink(account, nameOf(account)));
    await reload();
  }

  return (
    <section className="panel" aria-label="Your account">
      <h2>Your sign-in methods</h2>
      <Refusal>{refusal}</Refusal>
      {viewer.isAnonymous && <p className="told">None yet: you are a guest.</p>}
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
