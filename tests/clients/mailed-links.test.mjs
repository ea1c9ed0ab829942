// The pages of mailed links in a browser without scripts, at BASE_URL.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { chromium } from "playwright-core";

const { BASE_URL = "http://localhost:3000", SCREENSHOT } = process.env;
const EMAIL = "alice@example.com";
const NEW = "another horse battery";
let browser, context, page;

before(async () => {
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-quic", "--disable-background-networking", "--no-first-run"],
  });
  context = await browser.newContext({ javaScriptEnabled: false });
  page = await context.newPage();
  page.setDefaultTimeout(20_000);
});

after(() => browser?.close());

const post = (path, body) =>
  fetch(`${BASE_URL}/api/auth/${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", origin: BASE_URL },
    body: JSON.stringify(body),
  });

/** The link of the newest mail of a kind. */
async function link(kind) {
  const mails = await fetch(`${BASE_URL}/dev/mail`, { headers: { accept: "application/json" } });
  return (await mails.json()).find((mail) => mail.kind === kind && mail.to === EMAIL).link;
}

const signIn = async (password) =>
  (await post("sign-in/email", { email: EMAIL, password })).status;

async function choose(password, repeated) {
  await page.getByLabel("New password", { exact: true }).fill(password);
  await page.getByLabel("Repeat the new password").fill(repeated);
  await page.getByRole("button", { name: "Set the password" }).click();
}

test("a password is reset by a form without scripts, also with a session", async () => {
  assert.equal((await post("request-password-reset", { email: EMAIL })).status, 200);
  const reset = await link("reset");
  // With a cookie, the server checks the origin of the form.
  await context.addCookies([{ name: "theme", value: "dark", url: BASE_URL }]);
  await page.goto(reset);
  await choose("short", "short");
  await page.getByText("Password too short.").waitFor();
  assert.equal(await page.getByLabel("New password", { exact: true }).getAttribute("aria-invalid"), "true");
  await choose(NEW, `${NEW}!`);
  await page.getByText("The two passwords differ.").waitFor();
  if (SCREENSHOT) await page.screenshot({ path: SCREENSHOT });
  await choose(NEW, NEW);
  await page.getByRole("heading", { name: "Your password was changed" }).waitFor();
  assert.equal(await signIn(NEW), 200);
  await page.goto(reset);
  await page.getByText("This link was used already").waitFor();
  assert.equal(new URL(page.url()).pathname, "/api/auth/error");
});

test("a verification link shows success each time it is opened", async () => {
  assert.equal((await post("send-verification-email", { email: EMAIL })).status, 200);
  const verify = await link("verification");
  for (let time = 0; time < 2; time++) {
    await page.goto(verify);
    await page.getByRole("heading", { name: "Your address is confirmed" }).waitFor();
  }
});
