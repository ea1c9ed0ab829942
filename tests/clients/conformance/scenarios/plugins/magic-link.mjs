// The plugin magic-link.
import assert from "node:assert/strict";
import { accepted, redirected, refused } from "../../expect.mjs";
import { PASSWORD } from "../../stage.mjs";

const send = (visitor, email, more = {}) => visitor.client.signIn.magicLink({ email, ...more });

const tokenOf = (link) => new URLSearchParams(link.split("?")[1]).get("token");

/** Requests a link, and returns its path. */
async function link(t, email, more = {}) {
  assert.deepEqual(accepted(await send(t.visitor(), email, more)), { status: true });
  return t.mail(email, "magic-link");
}

const open = (t, path) => t.visitor().ask("GET", path, { headers: {} });

export default [
  {
    number: 79,
    name: "a mailed link signs in, and signs up who is new",
    profile: "magicLink",
    run: async (t) => {
      const email = t.email("ann");
      const urls = { callbackURL: "/books", newUserCallbackURL: "/welcome", errorCallbackURL: "/sorry" };
      const first = await link(t, email, { name: "Ann", ...urls });
      const ann = t.visitor();
      redirected(await ann.ask("GET", first, { headers: {} }), `${t.origin}/welcome`);
      const { user } = await ann.session();
      assert.deepEqual([user.name, user.email, user.emailVerified], ["Ann", email, true]);
      const page = t.visitor();
      redirected(await page.ask("GET", await link(t, email, urls), { headers: {} }), `${t.origin}/books`);
      assert.equal((await page.session()).user.id, user.id);
      // Links are of addresses however they are written.
      const upper = email.toUpperCase();
      accepted(await send(t.visitor(), upper, urls));
      const again = await t.mail(t.server.name === "node" ? upper : email, "magic-link");
      redirected(await open(t, again), `${t.origin}/books`);
    },
  },
  {
    number: "79a",
    name: "better-auth's client verifies a link, and gets the user and the session",
    profile: "magicLink",
    run: async (t) => {
      const ann = await t.member();
      const token = tokenOf(await link(t, ann.email));
      const page = t.visitor();
      const data = accepted(await page.client.magicLink.verify({ query: { token } }));
      assert.equal(data.user.email, ann.email);
      assert.equal((await page.session()).session.token, data.token);
      // Of an account whose address was never verified nothing stays: not its password, not its
      // sessions.
      assert.equal(await ann.session(), null);
      const { client } = t.visitor();
      const old = await client.signIn.email({ email: ann.email, password: PASSWORD });
      refused(old, 401, "INVALID_EMAIL_OR_PASSWORD");
    },
  },
  {
    number: "79b",
    name: "a link without pages ends at the first page, and in a browser",
    profile: "magicLink",
    run: async (t) => {
      const email = t.email("ann");
      redirected(await open(t, await link(t, email)), `${t.origin}/`);
      redirected(await open(t, await link(t, email, { callbackURL: "/books" })), `${t.origin}/books`);
      const opened = await t.ask("GET", await link(t, email, { callbackURL: "/books" }), {
        headers: { accept: "text/html", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" },
        note: "in a browser",
      });
      redirected(opened, `${t.origin}/books`);
    },
  },
  {
    number: "79c",
    name: "wrong fields and pages of others are refused",
    profile: "magicLink",
    run: async (t) => {
      const nobody = t.visitor();
      const bodies = [
        {},
        { email: "ann" },
        { email: 5 },
        { email: t.email("ann"), name: 5 },
        { email: t.email("ann"), metadata: "x" },
        { email: t.email("ann"), callbackURL: 5 },
      ];
      for (const json of bodies) {
        const answer = await nobody.ask("POST", "sign-in/magic-link", { json, note: JSON.stringify(json) });
        assert.equal(answer.status, 400, answer.text);
      }
      for (const name of ["callbackURL", "newUserCallbackURL", "errorCallbackURL"]) {
        const evil = await send(t.visitor(), t.email("ann"), { [name]: "https://evil.example" });
        assert.equal(evil.error.status, 403);
        const path = `magic-link/verify?token=x&${name}=https%3A%2F%2Fevil.example`;
        assert.equal((await nobody.ask("GET", path, { headers: {} })).status, 403);
      }
      assert.equal((await nobody.ask("GET", "magic-link/verify", { headers: {} })).status, 400);
      accepted(await send(t.visitor(), t.email("ann"), { metadata: { from: "a page" } }));
      await t.mail(t.email("ann"), "magic-link");
      const headers = { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", origin: "https://evil.example" };
      const json = { email: t.email("ann") };
      const crossed = await t.ask("POST", "sign-in/magic-link", { json, headers, note: "cross-site" });
      assert.equal(crossed.status, 403);
    },
  },
  {
    number: 80,
    name: "a link signs in once, and for five minutes",
    profile: "magicLink",
    run: async (t) => {
      const email = t.email("ann");
      const urls = { callbackURL: "/books", errorCallbackURL: "/sorry?x=1" };
      const used = await link(t, email, urls);
      redirected(await open(t, used), `${t.origin}/books`);
      redirected(await open(t, used), `${t.origin}/sorry?x=1&error=INVALID_TOKEN`);
      const late = await link(t, email, urls);
      await t.advance(360);
      redirected(await open(t, late), `${t.origin}/sorry?x=1&error=INVALID_TOKEN`);
      const bad = "magic-link/verify?token=abc&callbackURL=%2Fbooks";
      redirected(await open(t, bad), `${t.origin}/books?error=INVALID_TOKEN`);
      // Two links are both good.
      const [one, two] = [await link(t, email, urls), await link(t, email, urls)];
      redirected(await open(t, one), `${t.origin}/books`);
      redirected(await open(t, two), `${t.origin}/books`);
    },
  },
  {
    number: "80a",
    name: "of fifty parallel openings of a link one signs in",
    profile: "magicLink",
    run: async (t) => {
      const email = t.email("ann");
      const path = await link(t, email, { callbackURL: "/books", errorCallbackURL: "/sorry" });
      const openings = Array.from({ length: 50 }, () => t.unrecorded("GET", path));
      const answers = await Promise.all(openings);
      t.keep("who got in", answers.filter((answer) => answer.cookie("session_token")).length);
    },
  },
  {
    number: "80b",
    name: "hashed, shorter, and for members alone",
    profile: "magicLinkOptions",
    run: async (t) => {
      const urls = { callbackURL: "/books", errorCallbackURL: "/sorry" };
      const ann = await t.member();
      redirected(await open(t, await link(t, ann.email, urls)), `${t.origin}/books`);
      const late = await link(t, ann.email, urls);
      await t.advance(180);
      redirected(await open(t, late), `${t.origin}/sorry?error=INVALID_TOKEN`);
      const nobody = t.email("nobody");
      accepted(await send(t.visitor(), nobody, urls));
      t.keep("links to a stranger", await t.countMails(nobody));
    },
  },
];
