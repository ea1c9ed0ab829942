import assert from "node:assert/strict";
import { accepted, refused } from "../expect.mjs";
import { PASSWORD } from "../stage.mjs";

/** Origins that resemble the server's own. */
const foreign = (origin) => [
  "https://evil.example",
  `${origin}.evil.example`,
  `${origin}@evil.example`,
  `https://evil.example/${origin}`,
  origin.replace("//", "//evil."),
  origin.replace(/:\d+$/, ":1"),
  origin.replace("http:", "https:"),
  origin.slice(0, -1),
  "nonsense",
];

/** Signs in with exactly these headers. */
const signIn = (t, email, headers) =>
  t.ask("POST", "sign-in/email", {
    json: { email, password: PASSWORD },
    headers,
    note: JSON.stringify(headers),
  });

export default [
  {
    number: 42,
    name: "a page of another origin may not use the cookie",
    run: async (t) => {
      const ann = await t.member();
      for (const [at, origin] of foreign(t.origin).entries()) {
        const options = { headers: { origin }, json: { name: "Mallory" }, note: `foreign ${at}` };
        refused(await ann.ask("POST", "update-user", options), 403, "INVALID_ORIGIN");
      }
      const evil = { headers: { origin: "https://evil.example" }, json: {} };
      for (const path of [
        "sign-out",
        "revoke-sessions",
        "change-email",
        "delete-user",
        "sign-in/email",
      ]) {
        refused(await ann.ask("POST", path, evil), 403, "INVALID_ORIGIN");
      }
      refused(
        await signIn(t, ann.email, { origin: "https://evil.example" }),
        403,
        "INVALID_ORIGIN",
      );
      accepted(await ann.ask("GET", "get-session", { headers: evil.headers }));
      assert.equal((await ann.session()).user.name, "ann");
    },
  },
  {
    number: 43,
    name: "who has a cookie must say where they come from",
    run: async (t) => {
      const ann = await t.member();
      for (const headers of [{}, { origin: "null" }, { origin: "" }]) {
        const options = { headers, json: {}, note: JSON.stringify(headers) };
        refused(await ann.ask("POST", "sign-out", options), 403, "MISSING_OR_NULL_ORIGIN");
      }
      // Any cookie indicates a browser.
      const cookie = "theme=dark";
      const json = { email: ann.email, password: PASSWORD };
      refused(
        await t.ask("POST", "sign-in/email", { json, cookie }),
        403,
        "MISSING_OR_NULL_ORIGIN",
      );
      accepted(await ann.ask("GET", "get-session", { headers: {} }));
      assert.ok(await ann.session());
    },
  },
  {
    number: 44,
    name: "the referrer says it too",
    run: async (t) => {
      const ann = await t.member();
      const update = (headers) =>
        ann.ask("POST", "update-user", {
          headers,
          json: { name: "Anna" },
          note: JSON.stringify(headers),
        });
      accepted(await update({ referer: `${t.origin}/settings?x=1` }));
      refused(await update({ referer: "https://evil.example/page" }), 403, "INVALID_ORIGIN");
      refused(
        await update({ referer: `https://evil.example/?${t.origin}` }),
        403,
        "INVALID_ORIGIN",
      );
      refused(
        await update({ referer: t.origin, origin: "https://evil.example" }),
        403,
        "INVALID_ORIGIN",
      );
      refused(await update({ referer: t.origin, origin: "null" }), 403, "MISSING_OR_NULL_ORIGIN");
    },
  },
  {
    number: 45,
    name: "a link of another site signs nobody in",
    run: async (t) => {
      const { email } = await t.member();
      const navigation = {
        "sec-fetch-site": "cross-site",
        "sec-fetch-mode": "navigate",
        "sec-fetch-dest": "document",
      };
      const code = "CROSS_SITE_NAVIGATION_LOGIN_BLOCKED";
      refused(await signIn(t, email, navigation), 403, code);
      refused(await signIn(t, email, { ...navigation, origin: t.origin }), 403, code);
      const json = { name: "Eve", email: t.email("eve"), password: PASSWORD };
      refused(await t.ask("POST", "sign-up/email", { json, headers: navigation }), 403, code);
      const same = { ...navigation, "sec-fetch-site": "same-origin" };
      accepted(await signIn(t, email, { ...same, origin: t.origin }));
      accepted(await signIn(t, email, { ...same, origin: "null" }));
    },
  },
  {
    number: 46,
    name: "a program that is no browser signs in without an origin",
    run: async (t) => {
      const { email } = await t.member();
      accepted(await signIn(t, email, {}));
      accepted(await signIn(t, email, { origin: t.origin }));
      for (const name of ["sec-fetch-site", "sec-fetch-mode", "sec-fetch-dest"]) {
        refused(await signIn(t, email, { [name]: "none" }), 403, "MISSING_OR_NULL_ORIGIN");
      }
      refused(
        await signIn(t, email, { "sec-fetch-mode": "cors", origin: "null" }),
        403,
        "MISSING_OR_NULL_ORIGIN",
      );
      accepted(
        await signIn(t, email, { "sec-fetch-mode": "cors", referer: `${t.origin}/sign-in` }),
      );
    },
  },
];
