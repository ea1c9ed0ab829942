// What a scenario may do with a server. Every answer and every mail is kept in
// `entries`, as parts of normalised text, to be compared with the other server's.
import assert from "node:assert/strict";
import { exchange } from "./exchange.mjs";
import { open } from "./node-database.mjs";
import { Normal } from "./normal.mjs";
import { Visitor } from "./visitor.mjs";

export const PASSWORD = "correct horse battery";
const AGENT = "conformance";
const HEADERS = [
  "content-type",
  "location",
  "x-retry-after",
  "retry-after",
  "cache-control",
  "pragma",
];
// Bookplate sends mail after it has answered.
const PATIENCE = 5000;
const SILENCE = 300;

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** A body and its type, from `json`, `form` or `text` with a `type`. */
function content({ json, form, text, type }) {
  if (json !== undefined) return [JSON.stringify(json), type ?? "application/json"];
  if (form) return [String(new URLSearchParams(form)), type ?? "application/x-www-form-urlencoded"];
  return [text, type];
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

  /** A step is named by what was asked, but not by a token, which may tell more. */
  #keep(what, parts) {
    this.entries.push({ what: this.normal.text(what.replace(/token=[^&]+/, "token=…")), parts });
  }

  keepAnswer(what, answer) {
    const { normal } = this;
    const parts = { status: String(answer.status) };
    for (const name of HEADERS) parts[name] = normal.text(answer.header(name) ?? "");
    const token = answer.header("set-auth-token");
    parts["set-auth-token"] = token ? normal.signed(token) : "";
    parts.cookies = normal.cookies(answer.cookies);
    // The error page looks as each server likes, and nothing is of no type.
    parts.body = /^text\/html/.test(parts["content-type"]) ? "<html>" : normal.text(answer.text);
    if (parts.body === "") parts["content-type"] = "";
    this.#keep(what, parts);
  }

  /** Something else that both servers must agree on. */
  keep(what, value) {
    this.#keep(what, { value: this.normal.text(String(value)) });
  }

  /**
   * Asks as a program that sends only the headers it is told to. A path without a
   * leading slash is below the base path. `{ json | form | text, type, headers, cookie }`
   */
  async ask(method, path, options = {}) {
    const answer = await this.unrecorded(method, path, options);
    this.keepAnswer(`${method} ${path}${options.note ? ` (${options.note})` : ""}`, answer);
    return answer;
  }

  /** The same for requests at once, whose answers come in no order. */
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

  /** Somebody who has signed up, and is signed in unless the settings hinder it. */
  async member(name = "ann", more = {}) {
    const visitor = this.visitor();
    visitor.email = this.email(name);
    const fields = { name, email: visitor.email, password: PASSWORD, ...more };
    const { data, error } = await visitor.client.signUp.email(fields);
    assert.equal(error, null, `${name} cannot sign up: ${JSON.stringify(error)}`);
    return Object.assign(visitor, data);
  }

  /** Another session of somebody who has an account. */
  async signIn(email, password = PASSWORD, more = {}) {
    const visitor = this.visitor();
    const { data, error } = await visitor.client.signIn.email({ email, password, ...more });
    assert.equal(error, null, `${email} cannot sign in: ${JSON.stringify(error)}`);
    return Object.assign(visitor, { email }, data);
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

  /** How many mails there are to this address that nobody has looked at. */
  async countMails(to) {
    await pause(SILENCE);
    let count = 0;
    while (await this.#newMail(to)) count++;
    return count;
  }

  /** Fails if there is a mail to this address that nobody has looked at. */
  async noMail(to) {
    await pause(SILENCE);
    const mail = await this.#newMail(to);
    assert.equal(mail, undefined, `a mail to ${to} came`);
  }

  /** Writes into the server's database, as another program would. */
  async store(statement, ...values) {
    const database = await open(this.server.file);
    database.prepare(statement).run(...values);
    database.close();
  }

  advance(seconds) {
    return this.server.advance(seconds);
  }
}
