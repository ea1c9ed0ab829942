// better-auth's own client against the application EMBED (crates/auth/examples/embed.rs) on
// DATABASE_URL. This file starts the application, and is its mail server.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { get } from "node:http";
import { createServer } from "node:net";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { createAuthClient } from "better-auth/client";

const { DATABASE_URL, EMBED } = process.env;
const password = "correct horse battery staple";
let application, baseURL;

/** The last mail; `arrived` resolves with the next one. */
let arrive, arrived = new Promise((resolve) => (arrive = resolve));

/** An SMTP server that accepts every mail. */
const smtp = createServer((socket) => {
  let text;
  socket.write("220 localhost\r\n");
  createInterface(socket).on("line", (line) => {
    if (text === undefined) {
      if (line === "DATA") text = "";
      socket.write({ DATA: "354 go on\r\n", QUIT: "221 bye\r\n" }[line] ?? "250 ok\r\n");
    } else if (line === ".") {
      arrive(text);
      text = undefined;
      socket.write("250 ok\r\n");
    } else text += `${line}\n`;
  });
  socket.on("error", () => {});
});

before(async () => {
  smtp.listen(0, "localhost");
  await once(smtp, "listening");
  application = spawn(EMBED, {
    env: {
      ADDRESS: "localhost:0",
      AUTH_SECRET: "0123456789abcdefghijklmnopqrstuv",
      DATABASE_URL,
      SMTP_PORT: smtp.address().port,
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  [baseURL] = await once(createInterface(application.stdout), "line");
});

after(async () => {
  application.kill("SIGINT");
  const [code] = await once(application, "exit");
  smtp.close();
  assert.equal(code, 0);
});

test("sign-up, a mailed link, own notes, and sign-out", async () => {
  const cookies = new Map();
  const request = async (url, init = {}) => {
    const headers = new Headers(init.headers);
    headers.set("origin", baseURL);
    headers.set("cookie", [...cookies].map((cookie) => cookie.join("=")).join("; "));
    const response = await fetch(url, { ...init, headers });
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = line.match(/^([^=]+)=([^;]*)/);
      if (/; Max-Age=0(;|$)/.test(line)) cookies.delete(name);
      else cookies.set(name, value);
    }
    return response;
  };
  const client = createAuthClient({ baseURL, fetchOptions: { customFetchImpl: request } });
  const notes = (init) => request(`${baseURL}/notes`, init);
  const email = `${randomUUID()}@example.com`;

  const signedUp = await client.signUp.email({ name: "Ann", email, password });
  assert.equal(signedUp.error, null);
  const early = await client.signIn.email({ email, password });
  assert.equal(early.error.code, "EMAIL_NOT_VERIFIED");
  assert.equal((await notes()).status, 401);

  const mail = (await arrived).replaceAll("=\n", "").replaceAll("=3D", "=");
  assert.match(mail, new RegExp(`^To: ${email}`, "m"));
  const [link] = mail.match(/http:\/\/localhost:\d+\/api\/auth\/verify-email\S+/);
  const verified = await client.verifyEmail({ query: { token: new URL(link).searchParams.get("token") } });
  assert.equal(verified.error, null);

  const { data } = await client.signIn.email({ email, password });
  assert.equal(data.user.email, email);
  assert.equal((await notes({ method: "POST", body: "Buy milk" })).status, 200);
  assert.deepEqual(await (await notes()).json(), ["Buy milk"]);
  const headers = {
    cookie: [...cookies].map((cookie) => cookie.join("=")).join("; "),
    origin: "https://evil.example.com",
  };
  const elsewhere = await fetch(`${baseURL}/notes`, { method: "POST", body: "Forged", headers });
  assert.equal(elsewhere.status, 403);
  const upgrade = { ...headers, connection: "Upgrade", upgrade: "websocket" };
  const [socket] = await once(get(`${baseURL}/notes`, { headers: upgrade, agent: false }), "response");
  socket.resume();
  assert.equal(socket.statusCode, 403);
  assert.equal((await client.getSession()).data.user.name, "Ann");

  assert.equal((await client.signOut()).error, null);
  assert.equal((await notes()).status, 401);
});
