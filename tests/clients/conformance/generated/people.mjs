// Users and sessions with equal rows in both databases.
import { randomBytes, scryptSync } from "node:crypto";
import { signed } from "../secrets.mjs";
import { open } from "../node-database.mjs";
import { PASSWORD } from "../stage.mjs";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const salt = randomBytes(16).toString("hex");
const HASH = `${salt}:${scryptSync(PASSWORD, salt, 64, { N: 16384, r: 16, p: 1, maxmem: 2 ** 26 }).toString("hex")}`;

/**
 * The age of a session since its beginning and its extension, and its expiry. An ended session has
 * only a cookie.
 */
const STATES = {
  fresh: { began: HOUR / 6, extended: HOUR / 6, ends: 7 * DAY - HOUR / 6 },
  stale: { began: 3 * DAY, extended: HOUR, ends: 7 * DAY - HOUR },
  due: { began: 2 * DAY, extended: 2 * DAY, ends: 5 * DAY },
  expired: { began: 8 * DAY, extended: 8 * DAY, ends: -DAY },
  fleeting: { began: HOUR, extended: HOUR, ends: 23 * HOUR },
  ended: undefined,
};

/** The older session, in another browser. */
const OTHER = { began: 5 * DAY, extended: HOUR, ends: 7 * DAY - HOUR };

/** A user with sessions, generated here and not by a server, so both servers have the same. */
export class Person {
  constructor(random, name, number, state) {
    this.id = random.letters(32);
    this.email = `${name}.${number.toLowerCase()}@example.com`;
    this.name = name;
    this.state = state;
    this.token = random.letters(32);
    this.otherToken = random.letters(32);
    this.accountId = random.letters(32);
    this.resetToken = random.letters(24);
    this.verified = random.chance(0.5);
  }

  /** Names of the values that belong to this user. */
  get names() {
    const { id, token, otherToken, accountId, resetToken, name } = this;
    const values = { id, token, otherToken, accountId, resetToken };
    return Object.entries(values).map(([what, value]) => [value, `<${name}'s ${what}>`]);
  }

  /** The cookies of the session as a browser stores them. */
  get cookies() {
    const jar = new Map();
    if (this.state === "anonymous") return jar;
    jar.set("better-auth.session_token", signed(this.token));
    if (this.state === "fleeting") jar.set("better-auth.dont_remember", signed("true"));
    return jar;
  }
}

const databases = new Map();

async function databaseOf(server) {
  if (!databases.has(server)) databases.set(server, await open(server.file));
  return databases.get(server);
}

function insert(database, table, row) {
  const columns = Object.keys(row);
  const names = columns.map((column) => `"${column}"`).join();
  const marks = columns.map(() => "?").join();
  database.prepare(`insert into "${table}" (${names}) values (${marks})`).run(Object.values(row));
}

/** Inserts a user with password, sessions and a reset link. */
export async function store(server, person) {
  const database = await databaseOf(server);
  const at = (ago) => new Date(server.now - ago).toISOString();
  const dates = { createdAt: at(10 * DAY), updatedAt: at(10 * DAY) };
  const { id, email, name, verified } = person;
  const session = (token, { began, extended, ends }) => ({
    id: token.split("").reverse().join(""),
    token,
    userId: id,
    expiresAt: at(-ends),
    createdAt: at(began),
    updatedAt: at(extended),
    ipAddress: "",
    userAgent: "",
  });
  database.transaction(() => {
    insert(database, "user", {
      id,
      name,
      email,
      emailVerified: Number(verified),
      image: null,
      role: "user",
      ...dates,
    });
    insert(database, "account", {
      id: person.accountId,
      accountId: id,
      providerId: "credential",
      userId: id,
      password: HASH,
      ...dates,
    });
    insert(database, "verification", {
      id: person.resetToken,
      identifier: `reset-password:${person.resetToken}`,
      value: id,
      expiresAt: at(-HOUR),
      ...dates,
    });
    insert(database, "session", session(person.otherToken, OTHER));
    const state = STATES[person.state];
    if (state) insert(database, "session", session(person.token, state));
  })();
}

const iso = (date) => new Date(date).toISOString();

/** Describes the user's rows as text. */
export async function look(server, { email, id }) {
  const database = await databaseOf(server);
  const living = server.name === "bookplate" ? `and "deletedAt" is null` : "";
  const ask = (statement, ...values) => database.prepare(statement).all(...values);
  const users = ask(
    `select "id", "name", "email", "emailVerified", "image", "updatedAt" from "user"
     where ("email" = ? or "id" = ?) ${living}`,
    email,
    id,
  );
  if (users.length === 0) return "nobody";
  const sessions = ask(
    `select "token", "expiresAt", "updatedAt" from "session" where "userId" = ?
     order by "createdAt", "expiresAt"`,
    users[0].id,
  );
  const accounts = ask(`select "password" from "account" where "userId" = ?`, users[0].id);
  const links = ask(`select "id" from "verification" where "value" = ?`, users[0].id);
  return JSON.stringify({
    users: users.map((user) => ({ ...user, updatedAt: iso(user.updatedAt) })),
    sessions: sessions.map(({ token, expiresAt, updatedAt }) => [
      token,
      iso(expiresAt),
      iso(updatedAt),
    ]),
    passwords: accounts.map(({ password }) => (password === HASH ? "same" : "another")),
    links: links.length,
  });
}
