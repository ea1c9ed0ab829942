import assert from "node:assert/strict";
import { accepted } from "../expect.mjs";
import { PASSWORD } from "../stage.mjs";

export default [
  {
    number: "E7",
    name: "what is no endpoint is not found, with an empty body",
    run: async (t) => {
      const nowhere = {
        GET: [
          "",
          "/",
          "none",
          "sign-out",
          "sign-in/email",
          "get-session/",
          "ok/",
          "/get-session",
          "get-session/x",
          "set-password",
        ],
        POST: [
          "none",
          "ok",
          "sign-out/",
          "/sign-out",
          "sign-in",
          "sign-in/",
          "sign-in/oauth2",
          "set-password",
        ],
        PUT: ["update-user", "get-session"],
        PATCH: ["update-user"],
        DELETE: ["delete-user", "get-session"],
        HEAD: ["get-session", "ok"],
      };
      for (const [method, paths] of Object.entries(nowhere)) {
        for (const path of paths) {
          const answer = await t.ask(method, `${t.server.basePath}/${path}`);
          assert.deepEqual([answer.status, answer.text], [404, ""], `${method} ${path}`);
        }
      }
      assert.equal((await t.ask("OPTIONS", "get-session")).text, "");
    },
  },
  {
    number: "E8",
    name: "the server says that it is there, and what went wrong",
    run: async (t) => {
      assert.equal(accepted(await t.ask("GET", "ok")).ok, true);
      for (const [error, shown] of [
        ["INVALID_TOKEN", "INVALID_TOKEN"],
        ["<script>alert(1)</script>", "UNKNOWN"],
        ["", "UNKNOWN"],
      ]) {
        const query = new URLSearchParams({ error, error_description: "<b>bold</b>" });
        const answer = await t.ask("GET", `error?${query}`);
        assert.equal(answer.status, 200);
        assert.match(answer.text, new RegExp(`\\b${shown}\\b`));
        assert.doesNotMatch(answer.text, /<script>alert|<b>bold/);
      }
      assert.equal((await t.ask("GET", "error")).status, 200);
    },
  },
  {
    number: "E9",
    name: "behind https, cookies are for https alone",
    profile: "https",
    run: async (t) => {
      const ann = await t.member();
      assert.ok(ann.jar.name("session_token").startsWith("__Secure-better-auth."));
      const forgetful = await t.signIn(ann.email, PASSWORD, { rememberMe: false });
      assert.ok(await forgetful.session());
      const plain = `better-auth.session_token=${ann.jar.get("session_token")}`;
      assert.equal((await t.ask("GET", "get-session", { cookie: plain })).text, "null");
      accepted(await ann.client.requestPasswordReset({ email: ann.email, redirectTo: "/reset" }));
      const token = (await t.mail(ann.email, "reset")).match(/reset-password\/(\w+)/)[1];
      const answer = await t.ask("GET", `reset-password/${token}?callbackURL=%2Freset`);
      assert.equal(answer.header("location"), `https://books.localhost/reset?token=${token}`);
      accepted(await ann.client.signOut());
      assert.ok(ann.jar.holdsNoSession);
    },
  },
  {
    number: "E10",
    name: "cookies and paths are as the settings say",
    profile: "cookies",
    run: async (t) => {
      const ann = await t.member();
      assert.equal(ann.jar.name("session_token"), "__Secure-books.session_token");
      assert.ok(await ann.session());
      const forgetful = await t.signIn(ann.email, PASSWORD, { rememberMe: false });
      const { cookies } = await forgetful.ask("POST", "sign-out", { json: {} });
      const own = cookies.filter((line) => line.includes("; Domain=books.example; "));
      assert.equal(own.length, 3);
      for (const line of cookies) assert.match(line, /; Path=\/; HttpOnly; Secure; SameSite=Strict$/);
      assert.equal((await t.ask("GET", "/api/auth/get-session")).status, 404);
    },
  },
];
