// The operations of a scenario on a server. `entries` records every response and mail as parts of
// normalized text, which are compared with those of the other server.
import assert from "node:assert/strict";
import { exchange } from "./exchange.mjs";
import { fakePath } from "./fake-shapes.mjs";
import { open } from "./node-database.mjs";
import { Normal } from "./normal.mjs";
import { Visitor } from "./visitor.mjs";

export const PASSWORD = "correct horse battery";
const AGENT = "conformance";
/** Headers that are not compared literally. */
const OTHERWISE = new Set([
  // The time, and the connection's framing: whether it stays open, and how the body ends. Node
  // sends chunks where Bookplate knows the length.
  "date",
  "connection",
  "keep-alive",
  "transfer-encoding",
  "content-length",
  // An id per request, which Node does not send.
  "x-request-id",
  // These are compared by meaning, as separate parts.
  "set-cookie",
  "set-auth-token",
  "set-ott",
  "access-control-expose-headers",
]);
// Bookplate sends mails after the response.
const PATIENCE = 5000;
const SILENCE = 300;

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** The body and its type, from `json`, `form` or `text` with a `type`. */
function content({ json, form, text, type }) {
  if (json !== undefined) return [JSON.stringify(json), type ?? "application/json"];
  if (form) return [String(new URLSearchParams(form)), type ?? "application/x-www-form-urlencoded"];
  return [text, type];
}

const unescape = (text) => text.replace(/&#(\d+);/g, (_, code) => String.fromCharCode(code));

/** The fields of a provider's form, or undefined. */
function fields(page) {
  const inputs = [...page.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g)];
  if (inputs.length === 0) return undefined;
  return Object.fromEntries(inputs.map(([, name, value]) => [name, unescape(value)]));
}

export class Stage {
  entries = [];
  #seen = new Set();

  constructor(server, number) {
    this.server = server;
    this.number = number;
    this.baseURL = server.baseURL;
    this.origin = new URL(server.baseURL).origin;
    this.normal = new Normal(server);
  }

  /** An address that no other scenario uses. */
  email(name) {
    return `${name}.${String(this.number).toLowerCase()}@example.com`;
  }

  /** A step is named by its request, without tokens, which differ. */
  #keep(what, parts) {
    this.entries.push({ what: this.normal.text(what.replace(/token=[^&]+/, "token=…")), parts });
  }

  keepAnswer(what, answer) {
    const { normal } = this;
    const parts = { status: String(answer.status) };
    for (const [name, value] of answer.headers) {
      if (!OTHERWISE.has(name)) parts[name] = normal.text(value);
    }
    const token = answer.header("set-auth-token");
    const exposed = answer.header("access-control-expose-headers") ?? "";
    const isRead = exposed.toLowerCase().split(/[ ,]+/).includes("set-auth-token");
    // better-auth tells the session that it ends for a challenge.
    const isEnded = token && /^\{"twoFactorRedirect":true/.test(answer.text);
    if (isEnded) parts["set-auth-token"] = "<ended>";
    else parts["set-auth-token"] = token ? normal.signed(token) + (isRead ? "" : ", not exposed") : "";
    const handed = answer.header("set-ott");
    if (handed) parts["set-ott"] = normal.secret(handed);
    parts.cookies = normal.cookies(answer.cookies);
    parts["cookies again"] = normal.repeated(answer.cookies);
    // Pages have a different appearance on each server.
    parts.body = /^text\/html/.test(parts["content-type"]) ? "<html>" : normal.text(answer.text);
    this.#keep(what, parts);
  }

  /** Records another value that must be equal on both servers. */
  keep(what, value) {
    this.#keep(what, { value: this.normal.text(String(value)) });
  }

  /**
   * Sends a request with exactly the given headers. A path without a leading slash is below the
   * base path. Options: `{ json | form | text, type, headers, cookie }`.
   */
  async ask(method, path, options = {}) {
    const answer = await this.unrecorded(method, path, options);
    this.keepAnswer(`${method} ${path}${options.note ? ` (${options.note})` : ""}`, answer);
    return answer;
  }

  /** Sends requests concurrently; their responses have no order. */
  unrecorded(method, path, options = {}) {
    const [body, type] = content(options);
    const headers = { "user-agent": AGENT, ...options.headers };
    if (type) headers["content-type"] = type;
    if (options.cookie) headers.cookie = options.cookie;
    const full = path.startsWith("/") ? path : `${this.server.basePath}/${path}`;
    return exchange(this.server, { method, path: full, headers, body });
  }

  visitor() {
    return new Visitor(this, AGENT);
  }

  /** Signs up a user, who is signed in if the settings allow it. */
  async member(name = "ann", more = {}) {
    const visitor = this.visitor();
    visitor.email = this.email(name);
    const fields = { name, email: visitor.email, password: PASSWORD, ...more };
    const { data, error } = await visitor.client.signUp.email(fields);
    assert.equal(error, null, `${name} cannot sign up: ${JSON.stringify(error)}`);
    return Object.assign(visitor, data);
  }

  /** Creates another session of an existing user. */
  async signIn(email, password = PASSWORD, more = {}) {
    const visitor = this.visitor();
    const { data, error } = await visitor.client.signIn.email({ email, password, ...more });
    assert.equal(error, null, `${email} cannot sign in: ${JSON.stringify(error)}`);
    return Object.assign(visitor, { email }, data);
  }

  /** A fake provider of the server, whose `account`, `tokens` and `faults` a scenario sets. */
  provider(id) {
    return this.server.fake.provider(id);
  }

  /** `{ path, form, origin }` of a provider's answer to a browser at this URL. */
  async visitProvider(url) {
    const { fake } = this.server;
    const path = fakePath(url);
    const response = await fetch(path ? fake.url + path : url, { redirect: "manual" });
    const origin = new URL(url).origin;
    const page = await response.text();
    const location = response.headers.get("location") ?? /action="([^"]+)"/.exec(page)?.[1];
    const { pathname, search } = new URL(location);
    return { path: pathname + search, form: fields(page), origin };
  }

  /**
   * Records the requests that the server sent to its providers since the last call, except for
   * discovery, which happens at any time, and Microsoft's photo, which Bookplate requests for
   * account-info alone. Their order is not compared, and `Accept` only where providers choose the
   * format by it.
   */
  keepProviderRequests() {
    const left = ["authorize", ".well-known/openid-configuration", "me/photos/48x48/$value"];
    const isKept = ({ endpoint }) => !left.includes(endpoint);
    const requests = this.server.fake.log.splice(0).filter(isKept);
    const order = ({ provider, endpoint }) => `${provider} ${endpoint}`;
    requests.sort((one, other) => (order(one) < order(other) ? -1 : 1));
    for (const { provider, endpoint, method, accept, ...request } of requests) {
      const kept = endpoint === "token" ? { ...request, accept } : request;
      this.keep(`${provider}: ${method} ${endpoint}`, JSON.stringify(kept));
    }
  }

  async #newMail(to, kind) {
    const mails = await this.server.mails();
    const mail = mails.find(
      (mail) => mail.to === to && (!kind || mail.kind === kind) && !this.#seen.has(mail.id),
    );
    if (mail) this.#seen.add(mail.id);
    return mail;
  }

  /** The path and query of the link in a new mail. */
  async mail(to, kind) {
    for (const last = Date.now() + PATIENCE; Date.now() < last; await pause(20)) {
      const mail = await this.#newMail(to, kind);
      if (!mail) continue;
      this.#keep(`mail ${kind}`, { to, url: this.normal.text(mail.url) });
      const { pathname, search } = new URL(mail.url);
      return pathname + search;
    }
    throw new assert.AssertionError({ message: `no mail ${kind} to ${to} came` });
  }

  /** The code in a new mail or SMS. */
  async code(to, kind) {
    for (const last = Date.now() + PATIENCE; Date.now() < last; await pause(20)) {
      const mail = await this.#newMail(to, kind);
      if (!mail) continue;
      this.#keep(`mail ${kind}`, { to, digits: String(mail.code?.length) });
      return mail.code;
    }
    throw new assert.AssertionError({ message: `no mail ${kind} to ${to} came` });
  }

  /** The number of unread mails to this address. */
  async countMails(to) {
    await pause(SILENCE);
    let count = 0;
    while (await this.#newMail(to)) count++;
    return count;
  }

  /** Asserts that there is no unread mail to this address. */
  async noMail(to) {
    await pause(SILENCE);
    const mail = await this.#newMail(to);
    assert.equal(mail, undefined, `a mail to ${to} came`);
  }

  /** Writes to the server's database as another program does. */
  async store(statement, ...values) {
    const database = await open(this.server.file);
    database.prepare(statement).run(...values);
    database.close();
  }

  /** All rows of a query of the server's database. */
  async all(query, ...values) {
    const database = await open(this.server.file);
    const rows = database.prepare(query).all(...values);
    database.close();
    return rows;
  }

  /** The first row of a query of the server's database. */
  async find(query, ...values) {
    return (await this.all(query, ...values))[0];
  }

  advance(seconds) {
    return this.server.advance(seconds);
  }
}
