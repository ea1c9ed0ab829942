// Two accounts in one browser.
import assert from "node:assert/strict";
import { PASSWORD } from "./plugins.mjs";

export async function accounts(step, stage) {
  let window, ida;
  const account = (name) =>
    window.page.getByRole("list", { name: "Signed-in accounts" }).getByRole("listitem", { name, exact: true });

  await step("a second account is added", async () => {
    const { window: other, email } = await stage.newUser("Ida");
    ida = email;
    await other.signOut();
    ({ window } = await stage.newUser("Max"));
    await window.button("Account").click();
    await window.button("Add another account").click();
    await window.loses(window.button("Continue as guest"));
    await window.signIn(ida, PASSWORD);
    await window.isSignedIn("Ida");
  });

  await step("one switches between them", async () => {
    await window.button("Account").click();
    await window.sees(account("Ida").getByText("in use"), account("Max"));
    await stage.picture(window, "accounts");
    await window.button("Switch to Max").click();
    await window.isSignedIn("Max");
    await window.page.reload();
    await window.isSignedIn("Max");
  });

  await step("one signs out of one, and stays in the other", async () => {
    await window.button("Account").click();
    await window.button("Sign out Max").click();
    await window.isSignedIn("Ida");
    await window.sees(account("Ida"));
    await window.loses(account("Max"));
    await window.page.reload();
    await window.isSignedIn("Ida");
  });

  await step("signing out signs out of all", async () => {
    await window.signOut();
    await window.page.reload();
    await window.sees(window.page.getByRole("form", { name: "Sign in" }));
    await window.loses(window.button("Sign out"));
  });
}
