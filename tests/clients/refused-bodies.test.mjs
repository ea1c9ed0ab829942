// Refused bodies longer than the server reads, and what clients with keep-alive connections get:
// the response, and no broken connection.
import assert from "node:assert/strict";
import http from "node:http";
import { test } from "node:test";

const { BASE_URL = "http://localhost:3000" } = process.env;
const TIMES = 10;

const LONG = JSON.stringify({ query: "{ __typename }", variables: { long: "x".repeat(10_000_000) } });
const ALLOWED = { "content-type": "application/json" };

/** The refused requests: path, headers, status. */
const refused = [
  ["/graphql", ALLOWED, 413],
  ["/graphql", { "content-type": "text/plain" }, 415],
  ["/graphql", { ...ALLOWED, cookie: "a=b", origin: "https://evil.example" }, 403],
  ["/api/auth/sign-in/email", ALLOWED, 413],
  ["/api/auth/nowhere", ALLOWED, 404],
  ["/api/protected/me", ALLOWED, 401],
  ["/nowhere", ALLOWED, 404],
];

/** Sends a request by Node's own client with an agent that keeps connections. */
const ask = (agent, base, path, { method = "GET", headers = {}, body } = {}) =>
  new Promise((resolve, reject) => {
    const request = http.request(`${base}${path}`, { agent, method, headers }, (answer) => {
      answer.resume();
      answer.on("end", () => resolve(answer));
      answer.on("error", reject);
    });
    request.on("error", reject);
    request.end(body);
  });

/** A reverse proxy that buffers bodies and keeps connections. */
async function proxied(run) {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  const proxy = http.createServer(async (asked, answer) => {
    const { method, url, headers } = asked;
    const chunks = [];
    for await (const chunk of asked) chunks.push(chunk);
    const failed = () => answer.headersSent || answer.writeHead(502).end();
    const request = http.request(`${BASE_URL}${url}`, { agent, method, headers }, (got) => {
      const { connection, "keep-alive": _, ...rest } = got.headers;
      answer.writeHead(got.statusCode, rest);
      got.pipe(answer);
      got.on("error", failed);
    });
    request.on("error", failed);
    request.end(Buffer.concat(chunks));
  });
  await new Promise((listening) => proxy.listen(0, "127.0.0.1", listening));
  try {
    await run(`http://127.0.0.1:${proxy.address().port}`);
  } finally {
    agent.destroy();
    proxy.closeAllConnections();
    await new Promise((closed) => proxy.close(closed));
  }
}

test("fetch gets the response to a refused body, and can send further requests", async () => {
  for (const [path, headers, status] of refused.filter(([, headers]) => !headers.cookie)) {
    for (let n = 0; n < TIMES; n += 1) {
      const answer = await fetch(`${BASE_URL}${path}`, { method: "POST", headers, body: LONG });
      assert.equal(answer.status, status, path);
      await answer.arrayBuffer();
      assert.equal((await fetch(`${BASE_URL}/healthz`)).status, 200);
    }
  }
});

test("an agent with keep-alive gets the response, and can send further requests", async () => {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  for (const [path, headers, status] of refused) {
    for (let n = 0; n < TIMES; n += 1) {
      const answer = await ask(agent, BASE_URL, path, { method: "POST", headers, body: LONG });
      assert.equal(answer.statusCode, status, path);
      assert.equal(answer.headers.connection, "close", path);
      assert.equal((await ask(agent, BASE_URL, "/healthz")).statusCode, 200);
    }
  }
  agent.destroy();
});

test("a refused short body does not close the connection", async () => {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  for (const [path, headers, status] of refused.filter(([, , status]) => status !== 413)) {
    const answer = await ask(agent, BASE_URL, path, { method: "POST", headers, body: "{}" });
    assert.equal(answer.statusCode, status, path);
    assert.notEqual(answer.headers.connection, "close", path);
    const again = await new Promise((resolve) => {
      const request = http.get(`${BASE_URL}/healthz`, { agent }, (answer) => {
        answer.resume();
        answer.on("end", () => resolve(request.reusedSocket));
      });
    });
    assert.ok(again, path);
  }
  agent.destroy();
});

test("a reverse proxy with keep-alive returns no 502", async () => {
  await proxied(async (base) => {
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    for (const [path, headers, status] of refused) {
      for (let n = 0; n < TIMES; n += 1) {
        const answer = await ask(agent, base, path, { method: "POST", headers, body: LONG });
        assert.equal(answer.statusCode, status, path);
        assert.equal((await ask(agent, base, "/healthz")).statusCode, 200);
      }
    }
    agent.destroy();
  });
});
