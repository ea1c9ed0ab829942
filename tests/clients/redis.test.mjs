// better-auth on Node with secondaryStorage beside Bookplate, on one PostgreSQL and one Redis:
// BASE_URL is Bookplate's; DATABASE_URL, REDIS_PORT and SECRET are shared.
import assert from "node:assert/strict";
import { connect } from "node:net";
import { after, test } from "node:test";
import { betterAuth } from "better-auth";
import { bearer } from "better-auth/plugins/bearer";
import pg from "pg";

const { BASE_URL, DATABASE_URL, REDIS_PORT, SECRET } = process.env;
const PASSWORD = "correct horse battery";

/** A Redis client that sends one command after another. */
function redis(port) {
  const socket = connect(Number(port), "127.0.0.1");
  const waiting = [];
  let received = "";
  socket.setEncoding("latin1");
  socket.on("data", (text) => {
    received += text;
    for (let answer; (answer = take()) !== undefined; ) waiting.shift()(answer.value);
  });
  // A line, followed by as many bytes as it announces for a string.
  function take() {
    const end = received.indexOf("\r\n");
    if (end < 0) return undefined;
    const [kind, line] = [received[0], received.slice(1, end)];
    if (kind !== "$" || line === "-1") {
      received = received.slice(end + 2);
      assert.notEqual(kind, "-", line);
      return { value: kind === "$" ? null : kind === ":" ? Number(line) : line };
    }
    const length = Number(line);
    if (received.length < end + 2 + length + 2) return undefined;
    const bytes = received.slice(end + 2, end + 2 + length);
    received = received.slice(end + 2 + length + 2);
    return { value: Buffer.from(bytes, "latin1").toString() };
  }
  const ask = (...words) =>
    new Promise((resolve) => {
      waiting.push(resolve);
      const parts = words.map((word) => `$${Buffer.byteLength(`${word}`)}\r\n${word}\r\n`);
      socket.write(`*${words.length}\r\n${parts.join("")}`);
    });
  return { ask, end: () => socket.end() };
}

const { ask, end } = redis(REDIS_PORT);
const database = new pg.Pool({ connectionString: DATABASE_URL });
after(async () => {
  end();
  await database.end();
});

// Keys and commands as in @better-auth/redis-storage.
const key = (name) => `better-auth:${name}`;
const secondaryStorage = {
  get: (name) => ask("GET", key(name)),
  set: (name, value, ttl) =>
    ttl > 0 ? ask("SETEX", key(name), ttl, value) : ask("SET", key(name), value),
  delete: (name) => ask("DEL", key(name)),
  getAndDelete: (name) => ask("GETDEL", key(name)),
  increment: (name) => ask("INCR", key(name)),
};

const links = [];
const auth = betterAuth({
  baseURL: BASE_URL,
  secret: SECRET,
  database,
  secondaryStorage,
  logger: { disabled: true },
  telemetry: { enabled: false },
  plugins: [bearer()],
  emailAndPassword: {
    enabled: true,
    revokeSessionsOnPasswordReset: true,
    sendResetPassword: async ({ token }) => links.push(token),
  },
  user: {
    additionalFields: { role: { type: "string", required: false, input: false } },
    deleteUser: { enabled: true },
  },
});

/** Signed tokens by their stored tokens. */
const signed = new Map();

/** A server, called by path; returns `{ status, body, cookie }`. */
const server = (send) => async (path, { body, token, cookie } = {}) => {
  const headers = { origin: BASE_URL };
  if (body) headers["content-type"] = "application/json";
  if (token) headers.authorization = `Bearer ${signed.get(token)}`;
  if (cookie) headers.cookie = cookie;
  const init = { method: body ? "POST" : "GET", headers, body: body && JSON.stringify(body) };
  const response = await send(`${BASE_URL}/api/auth${path}`, init);
  const given = response.headers.get("set-auth-token");
  if (given) signed.set(given.split(".")[0], given);
  const text = await response.text();
  const set = response.headers.getSetCookie().map((line) => line.split(";")[0]);
  return { status: response.status, body: text && JSON.parse(text), cookie: set.join("; ") };
};
const node = server((url, init) => auth.handler(new Request(url, init)));
const bookplate = server((url, init) => fetch(url, init));
const both = { node, bookplate };
const pairs = [
  ["node", "bookplate"],
  ["bookplate", "node"],
];

async function signUp(at, name) {
  const body = { name, email: `${name}@example.com`, password: PASSWORD };
  const answer = await both[at]("/sign-up/email", { body });
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  return answer;
}

async function signIn(at, name, password = PASSWORD) {
  const body = { email: `${name}@example.com`, password };
  const answer = await both[at]("/sign-in/email", { body });
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  return answer.body.token;
}

const session = async (at, token) => (await both[at]("/get-session", { token })).body;
const tokens = async (at, token) =>
  (await both[at]("/list-sessions", { token })).body.map((session) => session.token).sort();

for (const [one, other] of pairs) {
  test(`a session of ${one} is one of ${other}, with the same key order`, async () => {
    const { cookie, body } = await signUp(one, `same-${one}`);
    const here = await both[one]("/get-session", { cookie });
    const there = await both[other]("/get-session", { cookie });
    assert.equal(there.body?.session.token, body.token);
    assert.deepEqual(there.body.session, here.body.session);
    assert.equal(there.body.user.email, here.body.user.email);
  });

  test(`sessions of ${one} are listed and revoked by ${other}`, async () => {
    const name = `list-${one}`;
    const first = (await signUp(one, name)).body.token;
    const more = [];
    for (const at of [other, one, other]) more.push(await signIn(at, name));
    const all = [first, ...more].sort();
    assert.deepEqual(await tokens(one, first), all);
    assert.deepEqual(await tokens(other, first), all);

    await both[other]("/revoke-session", { token: first, body: { token: more[1] } });
    assert.equal(await session(one, more[1]), null);
    assert.deepEqual(await tokens(one, first), all.filter((token) => token !== more[1]));

    await both[other]("/revoke-other-sessions", { token: first, body: {} });
    assert.equal(await session(one, more[0]), null);
    assert.deepEqual(await tokens(one, first), [first]);

    await signIn(one, name);
    await both[other]("/revoke-sessions", { token: first, body: {} });
    assert.equal(await session(one, first), null);
  });

  test(`sessions revoked by ${one} are invalid at ${other}, listed or not`, async () => {
    const name = `unlisted-${one}`;
    const { token, user } = (await signUp(other, name)).body;
    await ask("DEL", key(`active-sessions-${user.id}`));
    const listed = await signIn(one, name);
    assert.notEqual(await session(other, token), null);
    await both[one]("/revoke-sessions", { token: listed, body: {} });
    assert.notEqual(await ask("GET", key(token)), null);
    for (const at of [other, one]) assert.equal(await session(at, token), null);
    assert.notEqual(await session(other, await signIn(one, name)), null);
  });

  test(`signing out at ${one} signs out at ${other}`, async () => {
    const { token } = (await signUp(one, `out-${one}`)).body;
    assert.notEqual(await session(other, token), null);
    await both[one]("/sign-out", { token, body: {} });
    assert.equal(await session(other, token), null);
  });

  test(`${other} returns changes of a user by ${one}`, async () => {
    const { token } = (await signUp(other, `name-${one}`)).body;
    await both[one]("/update-user", { token, body: { name: "Zoë" } });
    assert.equal((await session(other, token)).user.name, "Zoë");
    assert.equal((await session(one, token)).user.name, "Zoë");
  });

  test(`a link of ${one} resets the password at ${other}, once`, async () => {
    const name = `reset-${one}`;
    const { token } = (await signUp(one, name)).body;
    const body = { email: `${name}@example.com` };
    assert.equal((await both[one]("/request-password-reset", { body })).status, 200);
    const link = one === "node" ? links.pop() : await mailed();
    const reset = { token: link, newPassword: "another password" };
    assert.equal((await both[other]("/reset-password", { body: reset })).status, 200);
    assert.equal((await both[one]("/reset-password", { body: reset })).status, 400);
    assert.equal(await session(one, token), null);
    await signIn(one, name, "another password");
  });

  test(`a user deleted at ${one} is unknown at ${other}`, async () => {
    const name = `gone-${one}`;
    const { token } = (await signUp(one, name)).body;
    const there = await signIn(other, name);
    const answer = await both[one]("/delete-user", { token, body: { password: PASSWORD } });
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    assert.equal(await session(other, there), null);
    assert.equal(await session(one, there), null);
  });
}

/** The only link in Redis. */
async function mailed() {
  const scan = "return redis.call('KEYS', 'better-auth:verification:reset-password:*')[1]";
  return (await ask("EVAL", scan, 0)).split(":").pop();
}
