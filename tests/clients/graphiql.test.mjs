// GraphiQL in a browser that can reach only the server at BASE_URL, which has demo data. A server
// built without the bundle loads files of the CDN, which CDN_FILES provides: the node_modules of
// which its hashes were computed.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { chromium } from "playwright-core";

const { BASE_URL = "http://localhost:3000", CDN_FILES, SCREENSHOT } = process.env;
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
  page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  page.setDefaultTimeout(10_000);
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(String(error)));
  await page.route((url) => url.origin !== origin, answerStray);
});

after(() => browser?.close());

function answerStray(route) {
  const [, name, file] = route.request().url().match(/^https:\/\/cdn\.jsdelivr\.net\/npm\/([\w-]+)@[\d.]+\/(.+)$/) ?? [];
  if (CDN_FILES && name) {
    const headers = { "access-control-allow-origin": "*" };
    return route.fulfill({ path: `${CDN_FILES}/${name}/${file}`, headers });
  }
  strays.push(route.request().url());
  return route.abort();
}

async function run(tab, answer) {
  await page.getByRole("button", { name: tab, exact: true }).click();
  await page.getByRole("button", { name: "Execute query" }).click();
  await page.getByLabel("Result Window").filter({ hasText: answer }).waitFor();
}

test("a visitor runs the examples, and signs in and out", async () => {
  await page.goto(`${origin}/graphql`);
  await page.getByText("Not signed in").waitFor();
  const tabs = page.getByRole("tab");
  await tabs.first().waitFor();
  assert.deepEqual(await tabs.allInnerTexts(), [
    "Books",
    "SearchBooks",
    "AuthorsAndBooks",
    "Me",
    "CreateBook",
    "UpdateBook",
  ]);
  await run("Books", /"title": ".+"/);

  await page.getByLabel("Email").fill("alice@example.com");
  await page.getByLabel("Password").fill("correct horse battery");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByText(/^Signed in as Alice/).waitFor();
  await run("CreateBook", /"id": ".+"/);
  if (SCREENSHOT) await page.screenshot({ path: SCREENSHOT });

  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByText("Not signed in").waitFor();
  await run("CreateBook", "UNAUTHENTICATED");
});

test("the browser sent no other requests and reported no errors", () => {
  assert.deepEqual(strays, []);
  assert.deepEqual(complaints, []);
});
