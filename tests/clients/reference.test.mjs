// The page of the authentication routes in a browser that can reach only the server at BASE_URL.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { chromium } from "playwright-core";

const { BASE_URL = "http://localhost:3000", SCREENSHOT } = process.env;
const { origin } = new URL(BASE_URL);
const strays = [];
const complaints = [];
let browser, page;

before(async () => {
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      "--disable-quic",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--no-first-run",
    ],
  });
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  page = await context.newPage();
  page.setDefaultTimeout(20_000);
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(String(error)));
  // The browser does not send requests that the page's policy blocks. "eval" is a library's check
  // of whether eval is allowed.
  await page.addInitScript(() => {
    addEventListener("securitypolicyviolation", ({ blockedURI }) => {
      if (blockedURI !== "eval") console.error(`refused: ${blockedURI}`);
    });
  });
  await context.route(
    (url) => url.origin !== origin && url.protocol.startsWith("http"),
    (route) => {
      strays.push(route.request().url());
      return route.abort();
    },
  );
});

after(() => browser?.close());

for (const path of ["reference", "docs"]) {
  test(`${path} shows every operation of the document`, async () => {
    const document = await (await fetch(`${origin}/api/auth/open-api/generate-schema`)).json();
    await page.goto(`${origin}/api/auth/${path}`);
    await page.getByRole("heading", { name: document.info.title }).waitFor();
    const summaries = Object.values(document.paths)
      .flatMap((methods) => Object.values(methods))
      .map(({ summary }) => summary);
    assert.ok(summaries.length > 25);
    for (const summary of new Set(summaries)) {
      await page.getByText(summary, { exact: true }).first().waitFor({ state: "attached" });
    }
    if (SCREENSHOT) await page.screenshot({ path: SCREENSHOT });
  });
}

test("a request is tried out on the page", async () => {
  await page.goto(`${origin}/api/auth/reference#tag/service/GET/ok`);
  await page.getByRole("button", { name: /Test Request.*get \/ok/ }).first().click();
  const answered = page.waitForResponse(`${origin}/api/auth/ok`);
  await page.getByRole("button", { name: /^Send/ }).first().click();
  assert.equal((await answered).status(), 200);
});

test("the browser sent no other requests and reported no errors", () => {
  assert.deepEqual(strays, []);
  assert.deepEqual(complaints, []);
});
