// A browser window with its own profile, and records of its console and requests.
import { EventEmitter, once } from "node:events";
import { chromium } from "playwright-core";

export function launch() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      "--disable-quic",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--no-first-run",
    ],
  });
}

/** Runs in the page before its scripts: its sockets can be closed. */
function severable() {
  const open = [];
  window.sever = () => open.splice(0).forEach((socket) => socket.close(4499));
  window.WebSocket = class extends WebSocket {
    constructor(...where) {
      super(...where);
      open.push(this);
    }
  };
}

/** Runs in the page before its scripts: requests can be held back. */
function holdable() {
  const ask = window.fetch;
  let gate = Promise.resolve();
  window.hold = () => {
    gate = new Promise((open) => (window.release = open));
  };
  window.fetch = async (...request) => {
    await gate;
    return ask(...request);
  };
}

export class Window {
  /** Errors and warnings of the console, except failed requests, and exceptions. */
  complaints = [];
  /** The error codes of responses with an error status, as promises. */
  refusals = [];
  requests = [];
  sockets = [];
  #news = new EventEmitter();

  static async open(browser, url, api) {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    const window = new Window();
    window.api = api;
    window.origin = new URL(url).origin;
    window.page = await context.newPage();
    window.page.setDefaultTimeout(30_000);
    window.#listen();
    await window.page.addInitScript(holdable);
    await window.page.addInitScript(severable);
    await window.page.goto(url);
    return window;
  }

  #listen() {
    const { page } = this;
    page.on("console", (message) => {
      const isComplaint = ["error", "warning"].includes(message.type());
      const isRefusal = message.text().startsWith("Failed to load resource: the server responded");
      if (isComplaint && !isRefusal) this.complaints.push(message.text());
    });
    page.on("pageerror", (error) => this.complaints.push(String(error)));
    page.on("request", (request) => this.requests.push(request));
    page.on("response", (response) => {
      if (response.status() >= 400) this.#note(codes(response));
      if (this.operations("BookChanged").includes(response.request())) this.#news.emit("live");
    });
    page.on("websocket", (socket) => {
      this.sockets.push(socket.url());
      // Clients subscribe after the server accepted the connection.
      socket.on("framesent", ({ payload }) => {
        if (JSON.parse(payload).type === "subscribe") this.#news.emit("live");
      });
    });
  }

  /** A closed window takes the bodies of its responses along. */
  #note(refusal) {
    refusal.catch(() => undefined);
    this.refusals.push(refusal);
  }

  /** Runs `work`, after which the page subscribes to changes again. */
  async subscribesAfter(work) {
    const live = once(this.#news, "live", { signal: AbortSignal.timeout(30_000) });
    await Promise.all([live, work()]);
  }

  close() {
    return this.page.context().close();
  }

  /** GraphQL requests by HTTP, with their operation names. */
  operations(name) {
    const asked = this.requests.filter((request) => request.url().startsWith(`${this.api}/graphql`));
    const named = asked.map((request) => ({ request, name: operation(request).operationName }));
    return named.filter((one) => name === undefined || one.name === name).map(({ request }) => request);
  }

  /** Runs `work` while requests are held back until `meanwhile` is done. */
  async before(work, meanwhile) {
    await this.page.evaluate("hold()");
    await work();
    await meanwhile();
    await this.page.evaluate("release()");
  }

  // Reading the page.

  get books() {
    return this.page.getByRole("list", { name: "Books" }).getByRole("listitem");
  }

  book(title) {
    return this.page.getByRole("listitem", { name: title, exact: true });
  }

  button(name, within = this.page) {
    return within.getByRole("button", { name, exact: true });
  }

  async sees(...locators) {
    for (const locator of locators) await locator.waitFor();
  }

  async loses(...locators) {
    for (const locator of locators) await locator.waitFor({ state: "detached" });
  }

  async counts(number) {
    await this.sees(this.page.getByRole("status").filter({ hasText: `${number} books` }));
  }

  async isTold(text) {
    await this.sees(this.page.getByRole("alert").filter({ hasText: text }));
  }

  // Operating the page.

  async signUp(name, email, password) {
    await this.button("I am new here").click();
    const form = this.page.getByRole("form", { name: "Sign up" });
    await form.getByLabel("Name", { exact: true }).fill(name);
    await this.#enter(form, email, password);
  }

  async signIn(email, password) {
    await this.#enter(this.page.getByRole("form", { name: "Sign in" }), email, password);
  }

  async #enter(form, email, password) {
    await form.getByLabel("Email").fill(email);
    await form.getByLabel("Password").fill(password);
    await form.locator("button[type=submit]").click();
  }

  /** Fills in the provider's form to sign in. */
  async enterAtProvider(name, password) {
    // The apps have fields of these names, too.
    await this.page.waitForURL((url) => url.origin !== this.origin);
    await this.page.getByLabel("User name").fill(name);
    await this.page.getByLabel("Password").fill(password);
    await this.button("Sign in").click();
  }

  /** Signs in at the provider, and allows the request. */
  async signInAtProvider(name, password) {
    await this.enterAtProvider(name, password);
    await this.button("Allow").click();
  }

  isSignedIn(name) {
    return this.sees(this.page.getByRole("group", { name: "Account" }).getByText(name, { exact: true }));
  }

  async signOut() {
    await this.button("Sign out").click();
    await this.sees(this.page.getByRole("form", { name: "Sign in" }));
  }

  async create(book) {
    await this.describe(book);
    await this.add();
  }

  async describe({ title, author, year }) {
    const form = this.page.getByRole("form", { name: "New book" });
    await form.getByLabel("Title").fill(title);
    if (author) {
      await form.getByLabel("Author").fill(author);
      await form.locator(`option[value="${author}"]`).waitFor({ state: "attached" });
    }
    await form.getByLabel("Year").fill(String(year));
  }

  /** The value of a field of the form for new books. */
  written(label) {
    return this.page.getByRole("form", { name: "New book" }).getByLabel(label).inputValue();
  }

  add() {
    return this.button("Add to the library").click();
  }

  async rename(title, to) {
    await this.edit(title);
    await this.save(title, to);
  }

  edit(title) {
    return this.button("Edit", this.book(title)).click();
  }

  /** The form of the book that is edited under this title. */
  async save(title, to) {
    const form = this.page.getByRole("form", { name: `Edit ${title}`, exact: true });
    await form.getByLabel("Title").fill(to);
    await this.button("Save", form).click();
  }

  async scrollToTheEnd() {
    const end = this.page.getByText("You have seen every book.");
    while (!(await end.isVisible())) {
      const number = await this.books.count();
      await this.books.last().scrollIntoViewIfNeeded();
      await Promise.race([end.waitFor(), this.books.nth(number).waitFor()]);
    }
  }
}

/** The error codes of a response, of GraphQL or of the authentication routes. */
async function codes(response) {
  const { code, errors } = await response.json();
  return errors ? errors.map(({ extensions }) => extensions.code) : [code];
}

/** The parameters of a GraphQL request, in its URL or its body. */
export function operation(request) {
  if (request.method() === "POST") return request.postDataJSON();
  const said = Object.fromEntries(new URL(request.url()).searchParams);
  return { ...said, extensions: JSON.parse(said.extensions ?? "{}") };
}
