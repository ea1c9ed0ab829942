// The scenario of both apps in two windows.
import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import { serve } from "./pages.mjs";
import { launch, operation, Window } from "./window.mjs";

const { BASE_URL = "http://localhost:3000", SCREENSHOTS } = process.env;
const PASSWORD = "correct horse battery";
/** A book of the demo data. */
const BOOKS = 365;
/** The page size of the apps. */
const PAGE = 48;

/**
 * Runs the scenario for `app`: Ann's window receives changes by the app's first protocol, the other
 * by `otherWay`. `network` checks the requests of the windows.
 */
export function scenario({ app, otherWay, network }) {
  test(`the library by ${app}`, { timeout: 110_000 }, async (t) => {
    const api = new URL(BASE_URL).origin;
    const pages = await serve(app, api);
    const browser = await launch();
    const windows = [];
    const open = async (host, query = "") => {
      const window = await Window.open(browser, `http://${host}:${pages.port}/${query}`, api);
      windows.push(window);
      return window;
    };
    t.after(async () => {
      await browser.close();
      pages.stop();
    });

    // Steps depend on each other: after a failure, the others are skipped.
    let failed = false;
    const step = (name, work) =>
      t.test(name, async (one) => {
        if (failed) return one.skip("a step before it failed");
        try {
          await work();
        } catch (error) {
          failed = true;
          for (const { page, complaints } of windows) {
            one.diagnostic(`${page.url()} complained: ${complaints.join("\n") || "of nothing"}`);
            one.diagnostic(await page.locator("body").innerText().catch(String));
          }
          throw error;
        }
      });

    const email = `ann-${randomUUID()}@example.com`;
    let ann, bob;

    await step("anyone sees books, and may not change them", async () => {
      ann = await open("localhost");
      bob = await open("localhost", `?live=${otherWay}`);
      for (const window of [ann, bob]) {
        await window.sees(window.books.first());
        await window.counts(BOOKS);
        assert.equal(await window.books.count(), PAGE);
        assert.equal(await window.button("Edit").count(), 0);
      }
    });

    await step("scrolling loads every book, each once", async () => {
      await bob.scrollToTheEnd();
      const titles = await bob.books.evaluateAll((items) => items.map((item) => item.ariaLabel));
      assert.equal(titles.length, BOOKS);
      assert.equal(bob.operations("Books").length >= BOOKS / PAGE, true);
    });

    await step("one signs up, out and in", async () => {
      await ann.signUp("Ann", email, PASSWORD);
      await ann.isSignedIn("Ann");
      await ann.signOut();
      await ann.signIn(email, "not her password");
      await ann.isTold("Invalid email or password");
      await ann.subscribesAfter(() => ann.signIn(email, PASSWORD));
      await ann.isSignedIn("Ann");
      await bob.subscribesAfter(() => bob.signIn("bob@example.com", PASSWORD));
      await bob.isSignedIn("Bob");
    });

    await step("a new book shows at once, and in the other window", async () => {
      await ann.describe({ title: "The Watsons", author: "Jane Austen", year: 1804 });
      await ann.before(
        () => ann.add(),
        () => ann.sees(ann.book("The Watsons").getByText("Jane Austen")),
      );
      await bob.sees(bob.book("The Watsons").getByText("Ex libris Ann"));
      await ann.create({ title: "Sanditon", author: "Jane Austen", year: 1817 });
      await bob.sees(bob.book("Sanditon").getByText("Jane Austen"));
      await Promise.all([ann.counts(BOOKS + 2), bob.counts(BOOKS + 2)]);
      assert.equal(await bob.button("Delete", bob.book("Sanditon")).count(), 0);
    });

    await step("a change shows at once, and in the other window", async () => {
      await ann.before(
        () => ann.rename("Sanditon", "The Brothers"),
        () => ann.sees(ann.book("The Brothers")),
      );
      await bob.sees(bob.book("The Brothers"));
      await bob.loses(bob.book("Sanditon"));
    });

    await step("another's book cannot be changed, and one reads why", async () => {
      await bob.before(
        () => bob.rename("The Watsons", "Mine"),
        () => bob.sees(bob.book("Mine")),
      );
      await bob.isTold("“The Watsons” is Ann’s: only they may change it.");
      await bob.sees(bob.book("The Watsons"));
      await bob.loses(bob.book("Mine"));
      await ann.sees(ann.book("The Watsons"));
    });

    await step("what is wrong is named, and does not stay", async () => {
      await ann.create({ title: "From the future", year: 9999 });
      await ann.isTold("Release year must be");
      await ann.loses(ann.book("From the future"));
      // The form keeps its text.
      assert.equal(await ann.written("Title"), "From the future");
      await ann.describe({ title: "", year: "" });
      await ann.button("Dismiss").click();
    });

    await step("the other's change shows here", async () => {
      await bob.create({ title: "Romola", author: "George Eliot", year: 1862 });
      await ann.sees(ann.book("Romola"));
      await ann.rename("Romola", "Mine");
      await ann.isTold("“Romola” is Bob’s: only they may change it.");
      if (SCREENSHOTS) await screenshot(ann, app);
      await bob.rename("Romola", "Silas Marner");
      await ann.sees(ann.book("Silas Marner"));
    });

    await step("who edits what was changed meanwhile is shown it, and decides", async () => {
      const desk = await open("localhost");
      await desk.subscribesAfter(() => desk.signIn(email, PASSWORD));
      await desk.edit("The Watsons");
      await ann.rename("The Watsons", "The Younger Sister");
      await ann.sees(ann.book("The Younger Sister"));
      await bob.sees(bob.book("The Younger Sister"));
      await desk.save("The Watsons", "The Elder Sister");
      await desk.isTold("it is “The Younger Sister”, 1804, now. You wrote “The Elder Sister”, 1804,");
      await desk.button("Keep theirs").click();
      await desk.sees(desk.book("The Younger Sister"));

      await desk.edit("The Younger Sister");
      await ann.rename("The Younger Sister", "Emma Watson");
      await bob.sees(bob.book("Emma Watson"));
      await desk.save("The Younger Sister", "The Watsons");
      await desk.isTold("it is “Emma Watson”, 1804, now. You wrote “The Watsons”, 1804,");
      await desk.button("Overwrite").click();
      for (const window of [desk, ann, bob]) await window.sees(window.book("The Watsons"));
      await desk.loses(desk.button("Overwrite"));
      assert.deepEqual(desk.complaints, []);
      await desk.close();
    });

    await step("a deleted book is gone at once, and in the other window", async () => {
      await ann.before(
        () => ann.button("Delete", ann.book("The Brothers")).click(),
        () => ann.loses(ann.book("The Brothers")),
      );
      await bob.loses(bob.book("The Brothers"));
      await bob.button("Delete", bob.book("Silas Marner")).click();
      await ann.loses(ann.book("Silas Marner"));
      await Promise.all([ann.counts(BOOKS + 1), bob.counts(BOOKS + 1)]);
    });

    await step("who lost the connection sees what happened meanwhile", async () => {
      if (ann.sockets.length === 0) return;
      await ann.page.evaluate("sever()");
      await bob.create({ title: "Hard Times", author: "Charles Dickens", year: 1854 });
      await ann.sees(ann.book("Hard Times"));
      await ann.counts(BOOKS + 2);
      await bob.button("Delete", bob.book("Hard Times")).click();
      await ann.loses(ann.book("Hard Times"));
      await ann.counts(BOOKS + 1);
    });

    await step("what was done is there after a reload, and after signing out", async () => {
      await ann.page.reload();
      await ann.sees(ann.button("Delete", ann.book("The Watsons")));
      await ann.signOut();
      await ann.sees(ann.book("The Watsons"));
      await ann.counts(BOOKS + 1);
      await ann.loses(ann.button("Edit").first());
    });

    await step("the windows asked nobody else, and had nothing to complain of", async () => {
      for (const window of [ann, bob]) {
        const asked = new Set(window.requests.map((request) => new URL(request.url()).origin));
        assert.deepEqual([...asked].sort(), [api, `http://localhost:${pages.port}`].sort());
        assert.deepEqual(window.complaints, []);
        // A wrong password, and hashes that the server did not know yet.
        const expected = ["INVALID_EMAIL_OR_PASSWORD", "PERSISTED_QUERY_NOT_FOUND"];
        const refused = (await Promise.all(window.refusals)).flat();
        assert.deepEqual(refused.filter((code) => !expected.includes(code)), []);
      }
    });

    await step("requests are what this client's users know", async () => {
      const [create] = ann.operations("CreateBook");
      assert.equal(create.method(), "POST");
      assert.match((await create.allHeaders()).cookie, /session_token=/);
      // After its first execution, a query is sent by its hash alone.
      const last = operation(bob.operations("Books").at(-1));
      assert.equal(last.query, undefined);
      assert.match(last.extensions.persistedQuery.sha256Hash, /^[0-9a-f]{64}$/);
      await network({ ann, bob });
    });

    await step("pages of another site may read, but are given no cookie", async () => {
      const other = await open("127.0.0.1");
      await other.counts(BOOKS + 1);
      await other.signIn("bob@example.com", PASSWORD);
      await other.isTold("this page is of another site");
      await other.sees(other.page.getByRole("form", { name: "Sign in" }));
      assert.deepEqual(other.complaints, []);
    });

    await step("pages that are not trusted are told nothing", async () => {
      const other = await open("elsewhere.localhost");
      await other.isTold("The library cannot be reached.");
      assert.equal(await other.books.count(), 0);
      assert.match(other.complaints.join("\n"), /blocked by CORS policy/);
    });
  });
}

async function screenshot({ page }, app) {
  const folder = new URL("../screenshots/", import.meta.url);
  await mkdir(folder, { recursive: true });
  await page.screenshot({ path: new URL(`${app}.png`, folder).pathname });
}
