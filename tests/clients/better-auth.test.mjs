// better-auth's own client, of the package in BETTER_AUTH_CLIENT, against the server at BASE_URL
// without a rate limit (AUTH_RATE_LIMIT=false). Each client is a page in a browser, which stores
// cookies and sends its origin.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";

const { BASE_URL = "http://localhost:3000", BETTER_AUTH_CLIENT = "better-auth" } = process.env;
const { createAuthClient } = await import(`${BETTER_AUTH_CLIENT}/client`);
const { origin } = new URL(BASE_URL);
const password = "correct horse battery staple";
const DAY = 24 * 60 * 60 * 1000;

/** Cookies by name, as a browser stores them; `lines` are all `Set-Cookie` headers. */
class Jar {
  cookies = new Map();
  lines = [];

  take(response) {
    for (const line of response.headers.getSetCookie()) {
      this.lines.push(line);
      const [, name, value] = line.match(/^([^=]+)=([^;]*)/);
      if (/; Max-Age=0(;|$)/.test(line)) this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
  }

  get header() {
    return [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
  }

  /** The full name of a stored cookie, whose prefix depends on https. */
  name(suffix) {
    return [...this.cookies.keys()].find((name) => name.endsWith(`better-auth.${suffix}`));
  }

  /** The last `Set-Cookie` header of a cookie. */
  line(suffix) {
    return this.lines.findLast((line) => line.split("=")[0].endsWith(`better-auth.${suffix}`));
  }
}

function visitor() {
  const jar = new Jar();
  const client = createAuthClient({
    baseURL: origin,
    fetchOptions: {
      customFetchImpl: async (url, init = {}) => {
        const headers = new Headers(init.headers);
        headers.set("origin", origin);
        if (jar.header) headers.set("cookie", jar.header);
        const response = await fetch(url, { ...init, headers });
        jar.take(response);
        return response;
      },
    },
  });
  return { client, jar };
}

const newEmail = () => `${randomUUID()}@example.com`;

async function member(name = "Ann", email = newEmail()) {
  const { client, jar } = visitor();
  const { data, error } = await client.signUp.email({ name, email, password });
  assert.equal(error, null);
  return { client, jar, email, ...data };
}

function refused({ data, error }, status, code) {
  assert.equal(data, null);
  assert.deepEqual([error.status, error.code], [status, code]);
}

test("signing up returns the user and signs in", async () => {
  const email = newEmail();
  const { client, token, user } = await member("Ann", email.toUpperCase());
  assert.deepEqual(Object.keys(user), [
    "name", "email", "emailVerified", "image", "createdAt", "updatedAt", "twoFactorEnabled",
    "username", "displayUsername", "phoneNumber", "phoneNumberVerified", "isAnonymous", "role", "id",
  ]);
  assert.deepEqual(
    [user.name, user.email, user.emailVerified, user.image, user.role],
    ["Ann", email, false, null, "user"],
  );
  assert.match(user.id, /^[A-Za-z0-9]{32}$/);
  assert.match(token, /^[A-Za-z0-9]{32}$/);
  assert.ok(user.createdAt instanceof Date && user.updatedAt instanceof Date);

  const { data } = await client.getSession();
  assert.deepEqual(data.user, user);
  assert.equal(data.session.token, token);
  assert.equal(data.session.userId, user.id);
  assert.ok(Math.abs(data.session.expiresAt - data.session.createdAt - 7 * DAY) < 1000);
});

test("signing out ends the session, also for copies of the cookie", async () => {
  const { client, jar } = await member();
  const kept = new Map(jar.cookies);
  assert.deepEqual((await client.signOut()).data, { success: true });
  assert.equal(jar.name("session_token"), undefined);
  assert.equal((await client.getSession()).data, null);

  jar.cookies = kept;
  assert.equal((await client.getSession()).data, null);
});

test("signing in creates a persistent session", async () => {
  const { email, user } = await member();
  const { client, jar } = visitor();
  const { data } = await client.signIn.email({ email, password });
  assert.equal(data.redirect, false);
  assert.deepEqual(data.user, user);
  assert.match(jar.line("session_token"), /; Max-Age=604800; Path=\/; HttpOnly;( Secure;)? SameSite=Lax$/);
  assert.equal(jar.name("dont_remember"), undefined);
  assert.equal((await client.getSession()).data.session.token, data.token);
});

test("a session that is not remembered ends with the browser or after a day", async () => {
  const { email } = await member();
  const { client, jar } = visitor();
  await client.signIn.email({ email, password, rememberMe: false });
  assert.doesNotMatch(jar.line("session_token"), /Max-Age/);
  assert.ok(jar.name("dont_remember"));
  const { session } = (await client.getSession()).data;
  assert.ok(Math.abs(session.expiresAt - session.createdAt - DAY) < 1000);
});

test("a wrong password and an unknown address are refused alike", async () => {
  const { email } = await member();
  const { client, jar } = visitor();
  const wrong = await client.signIn.email({ email, password: "wrong horse battery" });
  const unknown = await client.signIn.email({ email: newEmail(), password });
  refused(wrong, 401, "INVALID_EMAIL_OR_PASSWORD");
  assert.deepEqual(unknown.error, wrong.error);
  assert.equal(jar.cookies.size, 0);
});

test("an address has one user", async () => {
  const { email } = await member();
  const again = visitor().client.signUp.email({ name: "Bob", email, password });
  refused(await again, 422, "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL");

  const contested = newEmail();
  const rivals = Array.from({ length: 5 }, () =>
    visitor().client.signUp.email({ name: "Eve", email: contested, password }),
  );
  const outcomes = (await Promise.all(rivals)).map(({ error }) => error?.status ?? 200);
  assert.deepEqual(outcomes.sort(), [200, 422, 422, 422, 422]);
});

test("invalid fields of a user are named", async () => {
  const { client } = visitor();
  const signUp = (fields) => client.signUp.email({ name: "Ann", email: newEmail(), password, ...fields });
  refused(await signUp({ email: "nonsense" }), 400, "VALIDATION_ERROR");
  refused(await signUp({ password: "short" }), 400, "PASSWORD_TOO_SHORT");
  refused(await signUp({ password: "x".repeat(129) }), 400, "PASSWORD_TOO_LONG");
  refused(await signUp({ role: "admin" }), 400, "FIELD_NOT_ALLOWED");
  refused(await signUp({ callbackURL: "https://evil.example" }), 403, "INVALID_CALLBACK_URL");
});

test("a tampered cookie has no session", async () => {
  const { client, jar } = await member();
  const name = jar.name("session_token");
  const good = jar.cookies.get(name);
  const flipped = good.replace(/^./, (first) => (first === "a" ? "b" : "a"));
  const unsigned = good.split(".")[0];
  for (const bad of [flipped, unsigned, `${unsigned}.`, good.slice(0, -4), `${good}%3D`, ""]) {
    jar.cookies.set(name, bad);
    assert.equal((await client.getSession()).data, null, bad);
  }
  jar.cookies.set(name, good);
  assert.notEqual((await client.getSession()).data, null);
});

test("the first of several cookies that has a session is used", async () => {
  const [ann, bob] = [await member(), await member()];
  const name = ann.jar.name("session_token");
  const [hers, his] = [ann, bob].map(({ jar }) => `${name}=${jar.cookies.get(name)}`);
  const forged = `${name}=planted`;
  const ask = async (...cookies) => {
    const headers = { cookie: cookies.join("; ") };
    const session = await (await fetch(`${origin}/api/auth/get-session`, { headers })).json();
    return session?.user.id ?? null;
  };
  assert.equal(await ask(hers, forged), ann.user.id);
  assert.equal(await ask(forged, hers), ann.user.id);
  assert.equal(await ask(hers, his), ann.user.id);
  assert.equal(await ask(his, hers), bob.user.id);
  assert.equal(await ask(forged), null);
});

test("the signed token signs in without cookies", async () => {
  const { jar, token, user } = await member();
  const signed = jar.cookies.get(jar.name("session_token"));
  for (const bearer of [signed, decodeURIComponent(signed)]) {
    const options = { auth: { type: "Bearer", token: bearer } };
    const { data } = await visitor().client.getSession({ fetchOptions: options });
    assert.equal(data?.user.id, user.id, bearer);
  }
  for (const bearer of [token, `${token}.forged`, "nonsense"]) {
    const options = { auth: { type: "Bearer", token: bearer } };
    assert.equal((await visitor().client.getSession({ fetchOptions: options })).data, null, bearer);
  }
});

test("a page of another origin cannot use the cookie", async () => {
  const { client, jar } = await member();
  const signOut = (headers) =>
    fetch(`${origin}/api/auth/sign-out`, { method: "POST", headers: { cookie: jar.header, ...headers } });
  for (const [headers, code] of [
    [{ origin: "https://evil.example" }, "INVALID_ORIGIN"],
    [{ origin: `${origin}.evil.example` }, "INVALID_ORIGIN"],
    [{ origin: "null" }, "MISSING_OR_NULL_ORIGIN"],
    [{}, "MISSING_OR_NULL_ORIGIN"],
  ]) {
    const response = await signOut(headers);
    assert.deepEqual([response.status, (await response.json()).code], [403, code]);
  }
  assert.notEqual((await client.getSession()).data, null);
});

test("passwords are compared in Unicode normal form", async () => {
  const { client } = visitor();
  const email = newEmail();
  await client.signUp.email({ name: "Åsa", email, password: "ﬁn blåbär 1" });
  const decomposed = "fin blåbär 1".normalize("NFD");
  const { data, error } = await client.signIn.email({ email, password: decomposed });
  assert.equal(error, null);
  assert.equal(data.user.name, "Åsa");
});
