// User names.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { PASSWORD } from "./plugins.mjs";

export async function names(step, stage) {
  const name = `Una_${randomBytes(6).toString("hex")}`;
  let window;
  const field = (where) => where.page.getByRole("form", { name: "Your user name" }).getByLabel("User name");

  await step("one chooses a user name, and signs in with it", async () => {
    ({ window } = await stage.newUser("Una"));
    await window.button("Account").click();
    await field(window).fill(name);
    await window.sees(window.page.getByText(`“${name}” is free.`));
    await window.button("Save the user name").click();
    await window.sees(window.page.getByText("Saved."));
    await window.signOut();
    await window.signIn(name.toLowerCase(), PASSWORD);
    await window.isSignedIn("Una");
    await window.page.reload();
    await window.button("Account").click();
    assert.equal(await field(window).inputValue(), name);
  });

  await step("a wrong password is refused as for addresses", async () => {
    await window.signOut();
    await window.signIn(name, "not the password");
    await window.isTold("Invalid user name or password.");
  });

  await step("nobody else can have it", async () => {
    const { window: other } = await stage.newUser("Uli");
    await other.button("Account").click();
    await field(other).fill(name.toUpperCase());
    await other.sees(other.page.getByText(`Somebody has “${name.toUpperCase()}” already.`));
    await other.button("Save the user name").click();
    await other.isTold("Somebody has this user name already.");
    await field(other).fill("no spaces here");
    await other.button("Save the user name").click();
    await other.isTold("A user name has only letters");
  });
}
