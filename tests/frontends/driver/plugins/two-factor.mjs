// The second factor: an app, mails, backup codes, trusted devices.
import assert from "node:assert/strict";
import { PASSWORD } from "./plugins.mjs";
import { Authenticator, CodeApp, mailedCode, mailedLink, readQr } from "./tools.mjs";

/** Gives a code in the form of a second factor. */
export async function giveFactor(window, code, { trusts = false } = {}) {
  const form = window.page.getByRole("form", { name: "Second factor" });
  await form.getByRole("textbox").fill(code);
  if (trusts) await form.getByLabel("Trust this device").check();
  await window.button("Continue", form).click();
}

/** Sets up an app by the QR code on the account page; returns the app and the backup codes. */
export async function setUpApp(window, { picture = async () => {} } = {}) {
  const { page } = window;
  await window.button("Set up an app").click();
  await page.getByRole("form", { name: "Continue" }).getByLabel("Password").fill(PASSWORD);
  await window.button("Continue").click();
  const app = new CodeApp(await readQr(page.getByRole("img", { name: "QR code of the key" })));
  const key = await page.getByLabel("Key", { exact: true }).innerText();
  assert.equal(key.replaceAll(" ", ""), app.secret);
  await picture("setup");
  const form = page.getByRole("form", { name: "Set up an app" });
  await form.getByLabel("Code that").fill(app.old());
  await window.button("Turn on", form).click();
  await window.isTold("That code is not right");
  await form.getByLabel("Code that").fill(await app.next());
  await window.button("Turn on", form).click();
  return { app, codes: await readBackupCodes(window, picture) };
}

async function readBackupCodes(window, picture = async () => {}) {
  const list = window.page.getByRole("list", { name: "Backup codes" });
  await window.sees(list);
  const codes = await list.getByRole("listitem").allInnerTexts();
  await picture("codes");
  await window.button("I have kept them").click();
  await window.loses(list);
  return codes;
}

export async function twoFactor(step, stage) {
  let window, email, app, codes;
  const signIn = (where = window) => where.signIn(email, PASSWORD);
  const isAsked = (where = window) => where.sees(where.page.getByRole("group", { name: "Second factor" }));

  await step("an app is set up by its QR code", async () => {
    ({ window, email } = await stage.newUser("Tom"));
    await stage.verifyAddress(window, email);
    await window.button("Account").click();
    const picture = (name) => stage.picture(window, `two-factor-${name}`);
    ({ app, codes } = await setUpApp(window, { picture }));
    assert.deepEqual([app.digits, app.account.includes(email)], [6, true]);
    assert.equal(new Set(codes).size, 10);
    await window.sees(window.button("New backup codes"));
    await window.page.reload();
    await window.isSignedIn("Tom");
  });

  await step("its code is asked for after the password", async () => {
    await window.signOut();
    await signIn();
    await isAsked();
    await window.loses(window.button("Sign out"));
    await stage.picture(window, "two-factor");
    await giveFactor(window, app.old());
    await window.isTold("That code is not right, or it is too old.");
    await window.button("Back to sign-in").click();
    // By keys alone. The address is still there.
    const { keyboard } = window.page;
    await window.page.getByLabel("Email").focus();
    assert.equal(await window.page.getByLabel("Email").inputValue(), email);
    await keyboard.press("Tab");
    await keyboard.type(PASSWORD);
    await keyboard.press("Enter");
    await window.sees(window.page.locator("input[name=code]:focus"));
    await keyboard.type(await app.next());
    await keyboard.press("Enter");
    await window.isSignedIn("Tom");
  });

  await step("a reload in between does not sign in", async () => {
    await window.signOut();
    await signIn();
    await isAsked();
    await window.page.reload();
    await window.sees(window.page.getByRole("form", { name: "Sign in" }));
    await window.loses(window.button("Sign out"));
  });

  await step("a backup code signs in once", async () => {
    await signIn();
    await window.button("Backup code").click();
    await giveFactor(window, codes[0]);
    await window.isSignedIn("Tom");
    await window.signOut();
    await signIn();
    await window.button("Backup code").click();
    await giveFactor(window, codes[0]);
    await window.isTold("That is none of your unused backup codes.");
    await giveFactor(window, codes[1]);
    await window.isSignedIn("Tom");
  });

  await step("a mailed code signs in, and a trusted device is not asked again", async () => {
    await window.signOut();
    await signIn();
    await window.button("Mail").click();
    await window.button("Mail me a code").click();
    await window.sees(window.page.getByText("We have mailed you a code."));
    await giveFactor(window, await mailedCode(stage.api, email), { trusts: true });
    await window.isSignedIn("Tom");
    await window.signOut();
    await signIn();
    await window.isSignedIn("Tom");
  });

  await step("another browser is asked", async () => {
    const other = await stage.open();
    await signIn(other);
    await isAsked(other);
    await other.button("Back to sign-in").click();
    await other.sees(other.page.getByRole("form", { name: "Sign in" }));
  });

  await step("a mailed link asks for it after the redirect", async () => {
    const other = await stage.open();
    await other.button("Mail me a link").click();
    await other.page.getByLabel("Email").fill(email);
    await other.button("Mail me a link").click();
    await other.page.goto(await mailedLink(stage.api, email, "/magic-link/verify"));
    await isAsked(other);
    assert.equal(other.page.url(), stage.home);
    await other.button("Backup code").click();
    await giveFactor(other, codes[2]);
    await other.isSignedIn("Tom");
  });

  await step("a mailed code alone asks for it", async () => {
    const other = await stage.open();
    await other.button("Mail me a code").click();
    await other.page.getByLabel("Email").fill(email);
    await other.button("Mail me a code").click();
    const form = other.page.getByRole("form", { name: "Sign in by code" });
    await other.sees(form);
    await form.getByLabel("Code").fill(await mailedCode(stage.api, email));
    await other.button("Sign in", form).click();
    await isAsked(other);
  });

  // Chromium lets no passkey sign in without a list of passkeys unless it verifies the user.
  await step("a passkey that verified the user is enough", async () => {
    await stage.showAccount(window);
    const authenticator = await Authenticator.plugIn(window);
    await window.button("Add a passkey").click();
    await window.sees(window.page.getByRole("list", { name: "Your passkeys" }));
    const [credential] = await authenticator.credentials();
    const other = await stage.open();
    const copy = await Authenticator.plugIn(other);
    await copy.add(credential);
    // By autofill.
    await other.page.reload();
    await other.isSignedIn("Tom");
  });

  await step("new backup codes replace the old ones", async () => {
    await stage.showAccount(window);
    await window.button("New backup codes").click();
    const form = window.page.getByRole("form", { name: "Make new codes" });
    await form.getByLabel("Password").fill("not the password");
    await window.button("Make new codes", form).click();
    await window.isTold("That is not your password.");
    await form.getByLabel("Password").fill(PASSWORD);
    await window.button("Make new codes", form).click();
    const fresh = await readBackupCodes(window);
    assert.equal(fresh.filter((code) => codes.includes(code)).length, 0);
    const other = await stage.open();
    await signIn(other);
    await other.button("Backup code").click();
    await giveFactor(other, codes[3]);
    await other.isTold("That is none of your unused backup codes.");
    await giveFactor(other, fresh[0]);
    await other.isSignedIn("Tom");
  });

  await step("turned off, the password is enough", async () => {
    await window.button("Turn off").click();
    const form = window.page.getByRole("form", { name: "Turn off" });
    await form.getByLabel("Password").fill(PASSWORD);
    await window.button("Turn off", form).click();
    await window.sees(window.button("Set up an app"));
    const other = await stage.open();
    await signIn(other);
    await other.isSignedIn("Tom");
  });
}
