// The second factor after a sign-in at the OpenID provider, if the server has one.
import assert from "node:assert/strict";
import { PASSWORD as PROVIDER_PASSWORD } from "../../../clients/oidc-accounts.mjs";
import { giveFactor, setUpApp } from "./two-factor.mjs";

/** The provider's accounts: each app has its own, as both may use one server. */
const ACCOUNTS = { apollo: "ada", urql: "grace" };

export async function provider(step, stage) {
  const account = ACCOUNTS[stage.app];
  let codes;

  await step("who signs in at a provider is asked for the second factor", async (one) => {
    const other = await stage.open();
    if (!(await hasProvider(stage))) return one.skip("the server has no provider");
    const { window } = await stage.newUser("Grit", `${account}@provider.example`);
    await window.button("Account").click();
    await window.button("Link Example ID").click();
    await window.signInAtProvider(account, PROVIDER_PASSWORD);
    await window.sees(window.page.getByRole("listitem", { name: "Example ID" }));
    ({ codes } = await setUpApp(window));

    await other.button("Sign in with Example ID").click();
    await other.enterAtProvider(account, PROVIDER_PASSWORD);
    // The provider may ask again whether it may tell the account.
    const question = other.page.getByRole("group", { name: "Second factor" });
    await other.sees(question.or(other.button("Allow")));
    if (!(await question.isVisible())) await other.button("Allow").click();
    await other.sees(question);
    assert.equal(other.page.url(), stage.home);
    await other.button("Backup code").click();
    await giveFactor(other, codes[0]);
    await other.isSignedIn("Grit");
  });
}

async function hasProvider({ api }) {
  const providers = await (await fetch(`${api}/api/auth/providers`)).json();
  return providers.some(({ id }) => id === "example");
}
