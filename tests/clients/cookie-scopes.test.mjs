// Chromium at two servers of one database: OF_HOST sets host-only cookies, and OF_DOMAIN cookies of
// the parent domain, as one server does before and after its setting changed.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { chromium } from "playwright-core";

const { OF_HOST, OF_DOMAIN, CHROMIUM = "/usr/bin/chromium" } = process.env;
const PASSWORD = "correct horse battery";
let browser;

before(async () => {
  browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: [
      "--no-sandbox",
      "--disable-quic",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--no-first-run",
      "--host-resolver-rules=MAP *.books.test 127.0.0.1",
    ],
  });
});

after(() => browser?.close());

/** A new profile; `at(server)` opens a page there, which sends requests with its cookies. */
async function profile() {
  // The policy of JSON responses blocks requests of scripts.
  const context = await browser.newContext({ bypassCSP: true });
  const page = await context.newPage();
  const at = async (server) => {
    await page.goto(`${server}/api/auth/ok`);
    return async (path, body) =>
      page.evaluate(
        async ([path, body]) => {
          const headers = { "content-type": "application/json" };
          const post = { method: "POST", headers, body: JSON.stringify(body) };
          const answer = await fetch(path, body ? post : {});
          return answer.json();
        },
        [path, body],
      );
  };
  const tokens = async () =>
    (await context.cookies()).filter(({ name }) => name.endsWith("session_token"));
  return { at, tokens };
}

const credentials = (name) => ({ name, email: `${name}@example.com`, password: PASSWORD });

for (const [old, changed] of [
  [OF_HOST, OF_DOMAIN],
  [OF_DOMAIN, OF_HOST],
]) {
  const direction = old === OF_HOST ? "set" : "unset";

  test(`a browser stays usable when the domain is ${direction}`, async () => {
    const { at, tokens } = await profile();
    const name = `ann-${direction}`;
    const user = async (ask) => (await ask("/api/auth/get-session"))?.user.name;
    let ask = await at(old);
    await ask("/api/auth/sign-up/email", credentials(name));
    ask = await at(changed);
    assert.equal(await user(ask), name);
    await ask("/api/auth/sign-out", {});
    assert.deepEqual(await tokens(), []);
    await ask("/api/auth/sign-in/email", credentials(name));
    assert.equal(await user(ask), name);
    assert.equal((await tokens()).length, 1);
    // Signing in again without signing out.
    ask = await at(old);
    await ask("/api/auth/sign-in/email", credentials(name));
    assert.equal(await user(ask), name);
    assert.equal((await tokens()).length, 1);
    const { data } = await ask("/graphql", { query: "{ me { name } }" });
    assert.equal(data.me.name, name);
  });
}
