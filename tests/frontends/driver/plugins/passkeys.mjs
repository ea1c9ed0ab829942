// Passkeys, with Chromium's virtual authenticator.
import assert from "node:assert/strict";
import { Authenticator } from "./tools.mjs";

/** Runs in the page before its scripts: notes how passkeys are requested. */
function watched() {
  window.mediations = [];
  const get = navigator.credentials.get.bind(navigator.credentials);
  navigator.credentials.get = (options) => {
    window.mediations.push(options.mediation ?? "modal");
    return get(options);
  };
}

export async function passkeys(step, stage) {
  let window, authenticator;
  const list = () => window.page.getByRole("list", { name: "Your passkeys" });
  const passkey = (name) => list().getByRole("listitem", { name, exact: true });

  /** Signs out; the user touches the authenticator only once the page offers autofill. */
  async function signOut() {
    await authenticator.acts(false);
    await window.page.evaluate("mediations = []");
    await window.signOut();
    await window.page.waitForFunction("mediations.length > 0");
  }

  await step("a passkey is registered, and has a name", async () => {
    ({ window } = await stage.newUser("Pia"));
    await window.page.addInitScript(watched);
    await window.page.reload();
    authenticator = await Authenticator.plugIn(window);
    await window.button("Account").click();
    await window.page.getByLabel("Name of the new passkey").fill("Laptop");
    await window.button("Add a passkey").click();
    await window.sees(passkey("Laptop"));
    const [credential] = await authenticator.credentials();
    assert.equal(credential.rpId, "localhost");
    assert.equal(credential.isResidentCredential, true);

    await window.button("Rename Laptop").click();
    const form = window.page.getByRole("form", { name: "Rename Laptop" });
    await form.getByLabel("Name", { exact: true }).fill("My laptop");
    await window.button("Save", form).click();
    await window.sees(passkey("My laptop"));
    await stage.picture(window, "passkeys");
  });

  await step("a device has one passkey of a user", async () => {
    await window.button("Add a passkey").click();
    await window.isTold("This device has a passkey of yours already.");
    assert.equal((await authenticator.credentials()).length, 1);
  });

  await step("it signs in by the button", async () => {
    await signOut();
    await authenticator.acts(true);
    await window.button("Sign in with a passkey").click();
    await window.isSignedIn("Pia");
  });

  await step("the button shows that it was used last", async () => {
    await signOut();
    await window.sees(window.page.getByRole("button", { name: "Sign in with a passkey last used" }));
    await stage.picture(window, "ways");
  });

  await step("it signs in by autofill", async () => {
    assert.deepEqual(await window.page.evaluate("mediations"), ["conditional"]);
    await window.loses(window.button("Sign out"));
    await authenticator.acts(true);
    await window.page.reload();
    await window.isSignedIn("Pia");
    assert.deepEqual(await window.page.evaluate("mediations"), ["conditional"]);
  });

  await step("a deleted one signs in no more, and says why", async () => {
    await window.button("Account").click();
    await window.button("Delete My laptop").click();
    await window.button("Keep").click();
    await window.button("Delete My laptop").click();
    await window.button("Really delete My laptop").click();
    await window.loses(passkey("My laptop"));
    await signOut();
    await authenticator.acts(true);
    await window.page.getByRole("button", { name: /^Sign in with a passkey/ }).click();
    await window.isTold("This passkey is not known here.");
    await window.sees(window.page.getByRole("form", { name: "Sign in" }));
  });
}
