// Sign-in by a link and by a code in a mail.
import { randomUUID } from "node:crypto";
import { mailedCode, mailedLink } from "./tools.mjs";

export async function mails(step, stage) {
  let window, link, email;
  const form = (name) => window.page.getByRole("form", { name });

  await step("a link signs in, and comes back to the page", async () => {
    ({ window, email } = await stage.newUser("Lea"));
    await window.signOut();
    await window.button("Mail me a link").click();
    await form("Sign in by link").getByLabel("Email").fill(email);
    await window.button("Mail me a link").click();
    await window.sees(window.page.getByText(`We have mailed a link to ${email}.`));
    await stage.picture(window, "link");
    link = await mailedLink(stage.api, email, "/magic-link/verify");
    await window.page.goto(link);
    await window.isSignedIn("Lea");
  });

  await step("it does so once, and one reads why", async () => {
    await window.signOut();
    await window.page.goto(link);
    await window.isTold("This link was used already, or is too old.");
    await window.sees(form("Sign in"));
  });

  await step("a code signs in", async () => {
    await window.button("Mail me a code").click();
    await form("Ask for a code by mail").getByLabel("Email").fill(email);
    await window.button("Mail me a code").click();
    const code = form("Sign in by code");
    await window.sees(code);
    const right = await mailedCode(stage.api, email);
    await code.getByLabel("Code").fill(right === "000000" ? "111111" : "000000");
    await window.button("Sign in", code).click();
    await window.isTold("That code is not right.");
    // People copy spaces, too.
    await code.getByLabel("Code").fill(`${right.slice(0, 3)} ${right.slice(3)}`);
    await stage.picture(window, "code");
    await window.button("Sign in", code).click();
    await window.isSignedIn("Lea");
  });

  await step("whoever is new gets an account by a code", async () => {
    const other = await stage.open();
    const address = `new-${randomUUID()}@example.com`;
    await other.button("Mail me a code").click();
    await other.page.getByLabel("Email").fill(address);
    await other.button("Mail me a code").click();
    const code = other.page.getByRole("form", { name: "Sign in by code" });
    await other.sees(code);
    await code.getByLabel("Code").fill(await mailedCode(stage.api, address));
    await other.button("Sign in", code).click();
    await other.sees(other.button("Sign out"));
  });
}
