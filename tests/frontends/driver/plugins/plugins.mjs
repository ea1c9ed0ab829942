// The sign-in methods, and the account page, of both apps. Each group has its own users.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { test } from "node:test";
import { serve } from "../pages.mjs";
import { launch, Window } from "../window.mjs";
import { accounts } from "./accounts.mjs";
import { device } from "./device.mjs";
import { guests } from "./guests.mjs";
import { handover } from "./handover.mjs";
import { mails } from "./mails.mjs";
import { names } from "./names.mjs";
import { offered } from "./offered.mjs";
import { passkeys } from "./passkeys.mjs";
import { phones } from "./phones.mjs";
import { provider } from "./provider.mjs";
import { mailedLink } from "./tools.mjs";
import { twoFactor } from "./two-factor.mjs";

const { BASE_URL = "http://localhost:3000", SCREENSHOTS } = process.env;
export const PASSWORD = "correct horse battery";

const GROUPS = {
  "what the server has": offered,
  passkeys,
  "a second factor": twoFactor,
  "a second factor after a provider": provider,
  mails,
  "user names": names,
  phones,
  guests,
  accounts,
  device,
  handover,
};

/** What a group works with. */
class Stage {
  #windows = [];

  constructor(browser, { app, api, home }) {
    Object.assign(this, { browser, app, api, home });
  }

  /** Opens a page in a new profile. */
  async open(path = "") {
    const window = await Window.open(this.browser, this.home + path, this.api);
    this.#windows.push(window);
    return window;
  }

  /** Opens the page, signs up, and returns the window and the address. */
  async newUser(name, email = `${name.toLowerCase()}-${randomUUID()}@example.com`) {
    const window = await this.open();
    await window.signUp(name, email, PASSWORD);
    await window.isSignedIn(name);
    return { window, email };
  }

  /**
   * Verifies the address of the window's user. The first proof of an address that is not verified
   * removes passwords and passkeys, as somebody else may have prepared the account.
   */
  async verifyAddress({ page }, email) {
    await page.evaluate(
      ([api, email]) =>
        fetch(`${api}/api/auth/send-verification-email`, {
          method: "POST",
          credentials: "include",
          headers: { "content-type": "application/json" },
          body: JSON.stringify({ email, callbackURL: location.href }),
        }),
      [this.api, email],
    );
    await page.goto(await mailedLink(this.api, email, "/verify-email"));
    await page.waitForURL(`${this.home}**`);
  }

  /** Opens the account page. */
  async showAccount({ page }) {
    await page.goto(`${this.home}?page=account`);
  }

  /** Writes a picture of the page, whose fields and buttons must have labels. */
  async picture({ page }, name) {
    assert.deepEqual(await page.evaluate(unlabelled), []);
    if (!SCREENSHOTS) return;
    const folder = new URL("../../screenshots/", import.meta.url);
    await mkdir(folder, { recursive: true });
    const { width, height } = await page.evaluate(() => {
      const { scrollWidth, scrollHeight } = document.documentElement;
      return { width: scrollWidth, height: scrollHeight };
    });
    const clip = { x: 0, y: 0, width, height: Math.min(height, 1200) };
    await page.screenshot({ path: new URL(`${this.app}-${name}.png`, folder).pathname, fullPage: true, clip });
  }

  /** What the windows show and complained of. */
  async describe() {
    const texts = this.#windows.map(async ({ page, complaints }) => {
      const text = await page.locator("body").innerText().catch(String);
      return [`${page.url()} complained: ${complaints.join("\n") || "of nothing"}`, text].join("\n");
    });
    return (await Promise.all(texts)).join("\n---\n");
  }

  /** Closes the windows; fails if one has complained. */
  async close() {
    const complaints = this.#windows.flatMap(({ complaints }) => complaints);
    await Promise.all(this.#windows.splice(0).map((window) => window.close()));
    if (complaints.length > 0) throw new Error(complaints.join("\n"));
  }
}

/** Runs in the page: the fields, buttons and pictures without a label, and ids used twice. */
function unlabelled() {
  const isNameless = (element) => {
    const label = element.ariaLabel ?? [...(element.labels ?? [])].map((label) => label.textContent).join("");
    return !(label || element.textContent).trim();
  };
  const nameless = [...document.querySelectorAll("input, button, a, [role=img]")].filter(isNameless);
  const ids = [...document.querySelectorAll("[id]")].map(({ id }) => id);
  const twice = ids.filter((id, at) => ids.indexOf(id) !== at);
  return [...nameless.map((element) => element.outerHTML), ...twice];
}

export function plugins(app) {
  test(`the plugins by ${app}`, { timeout: 200_000 }, async (t) => {
    const api = new URL(BASE_URL).origin;
    const pages = await serve(app, api);
    const browser = await launch();
    t.after(async () => {
      await browser.close();
      pages.stop();
    });
    const stage = new Stage(browser, { app, api, home: `http://localhost:${pages.port}/` });
    for (const [name, group] of Object.entries(GROUPS)) {
      await t.test(name, async (one) => {
        await group(steps(one, stage), stage);
        await stage.close().catch((error) => one.test("no window complains", () => Promise.reject(error)));
      });
    }
  });
}

/** Returns a function that runs a step of a group: after a failure, the others are skipped. */
function steps(group, stage) {
  let failed = false;
  return (name, work) =>
    group.test(name, async (one) => {
      if (failed) return one.skip("a step before it failed");
      try {
        await work(one);
      } catch (error) {
        failed = true;
        one.diagnostic(await stage.describe());
        throw error;
      }
    });
}
