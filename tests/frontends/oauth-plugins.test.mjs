// better-auth's client plugins for sign-in with providers in a browser: oauthPopupClient and
// oneTapClient. BOOKPLATE is the path of the binary; the providers are the fake ones of the
// conformance suite.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { build } from "esbuild";
import { chromium } from "playwright-core";
import { fakePath } from "../clients/conformance/fake-shapes.mjs";
import { Bookplate } from "../clients/conformance/server.mjs";

const { BOOKPLATE, CHROMIUM = "/usr/bin/chromium" } = process.env;
const HTML = `<!doctype html><title>App</title><button>Sign in</button>
<script type="module" src="/app.js"></script>`;

/** The page's script: a click on the button opens a popup window. */
const script = (server) => `
import { createAuthClient } from "better-auth/client";
import { oauthPopupClient, oneTapClient } from "better-auth/client/plugins";
window.auth = createAuthClient({
  baseURL: ${JSON.stringify(server)},
  plugins: [
    oauthPopupClient(),
    oneTapClient({ clientId: "google-client", promptOptions: { fedCM: false } }),
  ],
});
document.querySelector("button").onclick = async () => {
  window.outcome = await window.auth.signIn.popup({ provider: "github", callbackURL: "/books" });
};
`;

/** In place of Google's script, which asks a signed-in user of Google for a tap. */
const GOOGLE = `
let options;
window.google = { accounts: { id: {
  initialize: (given) => (options = given),
  prompt: () => options.callback({ credential: window.credential }),
} } };
`;

/** Serves the page of an application. Chromium lets no page of another kind request loopback. */
class App {
  #server = createServer((request, response) => {
    const isScript = request.url === "/app.js";
    const type = isScript ? "text/javascript" : "text/html";
    response.writeHead(200, { "content-type": type }).end(isScript ? bundle : HTML);
  });

  async start() {
    await new Promise((done) => this.#server.listen(0, "127.0.0.1", done));
    this.origin = `http://127.0.0.1:${this.#server.address().port}`;
    return this;
  }

  stop() {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}

/** An application that the server trusts, and another one. */
let app, stranger;
let browser, server, bundle;

before(async () => {
  app = await new App().start();
  stranger = await new App().start();
  server = await Bookplate.start(BOOKPLATE, {
    providers: { github: {}, google: {} },
    plugins: ["oauth-popup", "one-tap"],
    trustedOrigins: [app.origin],
  });
  const stdin = { contents: script(server.address), resolveDir: import.meta.dirname };
  const built = await build({ stdin, bundle: true, format: "esm", write: false });
  bundle = built.outputFiles[0].text;
  browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ["--no-sandbox", "--disable-quic", "--disable-background-networking", "--no-first-run"],
  });
});

after(async () => {
  await browser?.close();
  await server?.stop();
  app?.stop();
  stranger?.stop();
});

/** The page of an application, in a new profile. */
async function open({ origin }) {
  const context = await browser.newContext();
  context.setDefaultTimeout(20_000);
  const isOfInternet = (url) => url.hostname !== "127.0.0.1";
  await context.route(isOfInternet, (route) => {
    const url = route.request().url();
    if (url.startsWith("https://accounts.google.com/gsi/")) {
      return route.fulfill({ body: GOOGLE, contentType: "text/javascript" });
    }
    const path = fakePath(url);
    if (!path) return route.abort();
    return route.fulfill({ status: 302, headers: { location: server.fake.url + path } });
  });
  const page = await context.newPage();
  await page.goto(`${origin}/`);
  await page.waitForFunction(() => window.auth);
  return page;
}

const session = (page) => page.evaluate(async () => (await window.auth.getSession()).data);

/** Clicks, and returns the outcome of the client. */
async function clickAndWait(page) {
  await page.getByRole("button").click();
  await page.waitForFunction(() => window.outcome);
  return page.evaluate(() => window.outcome);
}

test("a user signs in in a popup window", async () => {
  server.fake.reset();
  const page = await open(app);
  const window = page.context().waitForEvent("page");
  assert.deepEqual(await clickAndWait(page), { data: { success: true }, error: null });
  assert.equal((await session(page)).user.email, "ann@example.com");
  const popup = await window;
  if (!popup.isClosed()) await popup.waitForEvent("close");
  assert.equal(page.context().pages().length, 1);
});

test("the page gets the provider's refusal", async () => {
  server.fake.reset();
  server.fake.provider("github").control({ faults: { answer: "denied" } });
  const page = await open(app);
  const { data, error } = await clickAndWait(page);
  assert.equal(data, null);
  assert.deepEqual(error, { code: "access_denied", message: "The user said no" });
  assert.equal(await session(page), null);
});

test("a page that is not trusted gets no message", async () => {
  server.fake.reset();
  const page = await open(stranger);
  await page.evaluate(() => {
    window.messages = [];
    addEventListener("message", ({ data }) => window.messages.push(data));
  });
  const window = page.context().waitForEvent("page");
  await page.getByRole("button").click();
  const popup = await window;
  await popup.getByText("INVALID_ORIGIN").waitFor();
  await popup.close();
  await page.waitForFunction(() => window.outcome);
  assert.equal((await page.evaluate(() => window.outcome)).error.code, "POPUP_CLOSED");
  assert.deepEqual(await page.evaluate(() => window.messages), []);
});

test("a user signs in by One Tap", async () => {
  server.fake.reset();
  const google = server.fake.provider("google");
  const tap = async (fault) => {
    const page = await open(app);
    const credential = await google.idToken(google.account, fault && { fault });
    await page.evaluate((credential) => {
      window.credential = credential;
      return window.auth.oneTap({ fetchOptions: {} });
    }, credential);
    return session(page);
  };
  assert.equal((await tap()).user.email, "ann@example.com");
  assert.equal(await tap("foreign"), null);
});
