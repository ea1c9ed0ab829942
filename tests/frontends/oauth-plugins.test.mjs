// better-auth's client plugins for sign-in with providers in a browser: oauthPopupClient and
// oneTapClient. BOOKPLATE is the path of the binary; the providers are the fake ones of the
// conformance suite.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { build } from "esbuild";
import { chromium } from "playwright-core";
import { fakePath } from "../clients/conformance/fake-shapes.mjs";
import { Bookplate } from "../clients/conformance/server.mjs";

const { BOOKPLATE, CHROMIUM = "/usr/bin/chromium" } = process.env;
/** The origins of a page that the server trusts, and of another one. Nothing listens there. */
const APP = "http://127.0.0.1:17171";
const STRANGER = "http://127.0.0.1:17172";

/** The page's script: `window.run` starts what a click on the button does. */
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

let browser, server, bundle;

before(async () => {
  server = await Bookplate.start(BOOKPLATE, {
    providers: { github: {}, google: {} },
    plugins: ["oauth-popup", "one-tap"],
    trustedOrigins: [APP],
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
});

const page = (text, contentType = "text/html") => ({ body: text, contentType });
const HTML = `<!doctype html><title>App</title><button>Sign in</button>
<script type="module" src="/app.js"></script>`;

/** A page of the application at this origin, in a new profile. */
async function open(origin) {
  const context = await browser.newContext();
  context.setDefaultTimeout(20_000);
  await context.route(
    (url) => url.origin !== server.address && url.origin !== server.fake.url,
    (route) => {
      const url = route.request().url();
      const { host, pathname } = new URL(url);
      if (host === "accounts.google.com") return route.fulfill(page(GOOGLE, "text/javascript"));
      const path = fakePath(url);
      if (path) {
        return route.fulfill({ status: 302, headers: { location: server.fake.url + path } });
      }
      if (pathname === "/app.js") return route.fulfill(page(bundle, "text/javascript"));
      return route.fulfill(page(HTML));
    },
  );
  const opened = await context.newPage();
  await opened.goto(`${origin}/`);
  await opened.waitForFunction(() => window.auth);
  return opened;
}

const session = (app) => app.evaluate(async () => (await window.auth.getSession()).data);

/** Clicks, and returns the outcome of the client and the messages that its window posted. */
async function clickAndWait(app) {
  await app.getByRole("button").click();
  await app.waitForFunction(() => window.outcome);
  return app.evaluate(() => window.outcome);
}

test("a user signs in in a popup window", async () => {
  server.fake.reset();
  const app = await open(APP);
  const window = app.context().waitForEvent("page");
  assert.deepEqual(await clickAndWait(app), { data: { success: true }, error: null });
  assert.equal((await session(app)).user.email, "ann@example.com");
  await (await window).waitForEvent("close").catch(() => {});
  assert.equal(app.context().pages().length, 1);
});

test("the page gets the provider's refusal", async () => {
  server.fake.reset();
  server.fake.provider("github").control({ faults: { answer: "denied" } });
  const app = await open(APP);
  const { data, error } = await clickAndWait(app);
  assert.equal(data, null);
  assert.deepEqual(error, { code: "access_denied", message: "The user said no" });
  assert.equal(await session(app), null);
});

test("a page that is not trusted gets no message", async () => {
  server.fake.reset();
  const app = await open(STRANGER);
  await app.evaluate(() => {
    window.messages = [];
    addEventListener("message", ({ data }) => window.messages.push(data));
  });
  const window = app.context().waitForEvent("page");
  await app.getByRole("button").click();
  const popup = await window;
  await popup.getByText("INVALID_ORIGIN").waitFor();
  await popup.close();
  await app.waitForFunction(() => window.outcome);
  assert.equal((await app.evaluate(() => window.outcome)).error.code, "POPUP_CLOSED");
  assert.deepEqual(await app.evaluate(() => window.messages), []);
});

test("a user signs in by One Tap", async () => {
  server.fake.reset();
  const google = server.fake.provider("google");
  const tap = async (fault) => {
    const app = await open(APP);
    const credential = await google.idToken(google.account, fault && { fault });
    await app.evaluate((credential) => {
      window.credential = credential;
      return window.auth.oneTap({ fetchOptions: {} });
    }, credential);
    return session(app);
  };
  assert.equal((await tap()).user.email, "ann@example.com");
  assert.equal(await tap("foreign"), null);
});
