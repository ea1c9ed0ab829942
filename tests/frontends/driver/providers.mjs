// The scenario of both apps at an OpenID provider's own pages.
import assert from "node:assert/strict";
import { test } from "node:test";
import { PASSWORD } from "../../clients/oidc-accounts.mjs";
import { serve } from "./pages.mjs";
import { launch, Window } from "./window.mjs";

const { BASE_URL = "http://localhost:3000", SCREENSHOTS } = process.env;

/** Runs the scenario for `app`. */
export function providers(app) {
  test(`providers by ${app}`, { timeout: 110_000 }, async (t) => {
    const api = new URL(BASE_URL).origin;
    const pages = await serve(app, api);
    const browser = await launch();
    t.after(async () => {
      await browser.close();
      pages.stop();
    });
    const home = `http://localhost:${pages.port}/`;
    const open = () => Window.open(browser, home, api);
    const screenshot = async ({ page }, name) => {
      const file = new URL(`../screenshots/${name}.png`, import.meta.url).pathname;
      if (SCREENSHOTS) await page.screenshot({ path: file });
    };

    await t.test("refusing at the provider is explained, and signs nobody in", async () => {
      const window = await open();
      await window.button("Sign in with Example ID").click();
      await window.button("Cancel").click();
      await window.isTold("You canceled at Example ID.");
      await window.sees(window.page.getByRole("form", { name: "Sign in" }));
      // The error is not repeated by a reload.
      assert.equal(window.page.url(), home);
      assert.deepEqual(window.complaints, []);
      await window.close();
    });

    await t.test("a wrong password at the provider is the provider's matter", async () => {
      const window = await open();
      await window.button("Sign in with Example ID").click();
      await window.enterAtProvider("ada", "wrong");
      await window.isTold("Unknown user name or password.");
      await window.close();
    });

    await t.test("one signs in at the provider, and links and unlinks a second one", async () => {
      const window = await open();
      await window.sees(window.button("Sign in with Staff ID"));
      if (SCREENSHOTS) await window.sees(window.books.first());
      await screenshot(window, `${app}-sign-in`);
      await window.button("Sign in with Example ID").click();
      await window.sees(window.page.getByLabel("User name"));
      await screenshot(window, `${app}-provider`);
      await window.signInAtProvider("ada", PASSWORD);
      await window.isSignedIn("Ada Lovelace");
      assert.equal(window.page.url(), home);

      await window.button("Account").click();
      const linked = window.page.getByRole("list", { name: "Linked accounts" });
      const account = (name) => linked.getByRole("listitem", { name, exact: true });
      await window.sees(account("Example ID"));
      await window.button("Unlink", account("Example ID")).click();
      await window.isTold("This is your only sign-in method.");

      await window.button("Link Staff ID").click();
      await window.button("Cancel").click();
      await window.isTold("You canceled at Staff ID.");

      await window.button("Link Staff ID").click();
      await window.signInAtProvider("grace", PASSWORD);
      await window.isTold("That account of Staff ID has another address than yours.");
      assert.equal(await account("Staff ID").count(), 0);

      await window.button("Link Staff ID").click();
      await window.signInAtProvider("ada", PASSWORD);
      await window.sees(account("Staff ID"), account("Example ID"));
      await screenshot(window, `${app}-account`);
      await window.button("Unlink", account("Example ID")).click();
      await window.loses(account("Example ID"));
      await window.button("Library").click();
      await window.signOut();

      await window.button("Sign in with Staff ID").click();
      // The provider remembers what was allowed.
      await window.enterAtProvider("ada", PASSWORD);
      await window.isSignedIn("Ada Lovelace");
      assert.deepEqual(window.complaints, []);
      await window.close();
    });
  });
}
