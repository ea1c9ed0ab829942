// Phone numbers, and sign-in by a code in a text message.
import { randomInt } from "node:crypto";
import { mailedCode } from "./tools.mjs";

export async function phones(step, stage) {
  const number = `+4420${randomInt(10_000_000, 99_999_999)}`;
  let window;
  const form = (name) => window.page.getByRole("form", { name });

  await step("one adds a number, confirmed by a code", async () => {
    ({ window } = await stage.newUser("Finn"));
    await window.button("Account").click();
    await window.button("Add a number").click();
    await form("Your phone number").getByLabel("Phone number").fill(`${number.slice(0, 5)} ${number.slice(5)}`);
    await window.button("Text me a code").click();
    await window.sees(window.page.getByText(`We have texted a code to ${number}.`));
    await form("Confirm your phone number").getByLabel("Code").fill(await mailedCode(stage.api, number));
    await window.button("Confirm").click();
    await window.sees(window.page.getByRole("region", { name: "Phone number" }).getByText(number));
  });

  await step("a code sent to it signs in", async () => {
    await window.signOut();
    await window.button("Text me a code").click();
    await form("Ask for a code by text message").getByLabel("Phone number").fill(number);
    await window.button("Text me a code").click();
    const code = form("Sign in by code");
    await window.sees(code);
    const right = await mailedCode(stage.api, number);
    await code.getByLabel("Code").fill(right === "000000" ? "111111" : "000000");
    await window.button("Sign in", code).click();
    await window.isTold("That code is not right.");
    await code.getByLabel("Code").fill(right);
    await window.button("Sign in", code).click();
    await window.isSignedIn("Finn");
  });
}
