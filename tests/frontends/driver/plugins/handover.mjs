// A link with a one-time token, which signs in another browser.
import { readQr } from "./tools.mjs";

export async function handover(step, stage) {
  let url;

  await step("a user's link signs in another browser, after a question", async () => {
    const { window } = await stage.newUser("Hugo");
    await window.button("Account").click();
    await window.button("Show a link").click();
    url = await readQr(window.page.getByRole("img", { name: "QR code of the link" }));
    const phone = await stage.open(url.slice(stage.home.length));
    const question = phone.page.getByRole("region", { name: "Sign in by link" });
    await phone.sees(question);
    await stage.picture(phone, "handover");
    await phone.button("Sign in", question).click();
    await phone.isSignedIn("Hugo");
    await phone.loses(question);
  });

  await step("it does so once", async () => {
    const other = await stage.open(url.slice(stage.home.length));
    await other.button("Sign in", other.page.getByRole("region", { name: "Sign in by link" })).click();
    await other.sees(other.page.getByRole("alert"));
    await other.button("Cancel").click();
    await other.sees(other.page.getByRole("form", { name: "Sign in" }));
  });
}
