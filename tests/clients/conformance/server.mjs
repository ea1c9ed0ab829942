// A running server of either kind.
import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { FakeChecks } from "./fake-checks.mjs";
import { FakeProviders } from "./fake-provider.mjs";
import { BETTER_AUTH_SERVER } from "./node-package.mjs";
import { hasChecks } from "./plugin-settings.mjs";
import { Child, folder, freePort } from "./process.mjs";
import { providersFile } from "./providers.mjs";
import { environment } from "./settings.mjs";

export const SECRET = "one secret of the conformance suite, for both servers";
const NODE_SERVER = fileURLToPath(new URL("node-server.mjs", import.meta.url));
const { PATH, HOME } = process.env;

/** Kinds of mail that better-auth does not send. */
const OWN_MAILS = new Set([
  "welcome",
  "password-changed",
  "account-exists",
  "email-change-requested",
  "email-change-confirmed",
  "email-changed",
]);

class Server {
  /** The path of the database if it is an SQLite file. */
  file;
  /** Its providers, if its settings have some. */
  fake;
  /** The services that check captchas and passwords, if its settings have some. */
  checks;
  /** The offset of its clock in milliseconds. */
  ahead = 0;

  constructor(port, settings) {
    this.port = port;
    this.settings = settings;
    this.address = `http://127.0.0.1:${port}`;
    this.baseURL = settings.baseURL ?? this.address;
    this.basePath = settings.basePath ?? "/api/auth";
  }

  get now() {
    return Date.now() + this.ahead;
  }

  async post(path, body) {
    const headers = { "content-type": "application/json" };
    const answer = await fetch(this.address + path, {
      method: "POST",
      headers,
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${this.name}: POST ${path} answers ${answer.status}`);
  }

  async get(path) {
    const answer = await fetch(this.address + path, { headers: { accept: "application/json" } });
    if (!answer.ok) throw new Error(`${this.name}: GET ${path} answers ${answer.status}`);
    return answer.json();
  }

  async advance(seconds) {
    await this.post(this.clock, { advance: seconds });
    this.ahead += seconds * 1000;
    if (this.fake) this.fake.ahead = this.ahead;
  }

  /** Starts its providers, or uses those of another server. */
  async startFake(fake) {
    if (this.settings.providers) this.fake = fake ?? (await FakeProviders.start());
    if (hasChecks(this.settings)) this.checks = await FakeChecks.start();
  }

  stop() {
    this.fake?.stop();
    this.checks?.stop();
    return this.child.stop();
  }
}

/** better-auth on Node. */
export class NodeServer extends Server {
  name = "node";
  clock = "/__clock";

  /** Starts on an SQLite file, a postgres:// URL, or a temporary file. */
  static async start(settings, { database = join(folder(), "node.db"), roles = true, ...given } = {}) {
    const server = new NodeServer(await freePort(), settings);
    server.file = database;
    await server.startFake(given.fake);
    const fake = server.fake?.url;
    const { port, baseURL } = server;
    const checks = server.checks?.url;
    const options = { port, baseURL, secret: SECRET, database, roles, settings, fake, checks };
    // In development, a client without a proxy has the address 127.0.0.1, as here.
    const NODE_ENV = settings.nodeEnvironment ?? "development";
    const env = { PATH, HOME, NODE_ENV, BETTER_AUTH_SERVER };
    server.child = new Child(process.execPath, [NODE_SERVER, JSON.stringify(options)], { env });
    await server.child.ready(`${server.address}/__ready`);
    return server;
  }

  /** All mails, newest first. */
  mails() {
    return this.get("/__mail");
  }
}

export class Bookplate extends Server {
  name = "bookplate";
  clock = "/dev/clock";

  static async start(binary, settings, { database = "bookplate.db", ...given } = {}) {
    const cwd = folder();
    const server = new Bookplate(await freePort(), settings);
    await server.startFake(given.fake);
    const fake = server.fake?.url;
    const { port, baseURL } = server;
    server.file = resolve(cwd, database);
    const databaseUrl = database.includes(":") ? database : `sqlite://${server.file}`;
    const checks = server.checks?.url;
    const all = { port, baseURL, secret: SECRET, databaseUrl, settings, fake, checks };
    const env = environment(all);
    const providers = providersFile(settings.providers, fake);
    if (providers) {
      writeFileSync(join(cwd, "providers.toml"), providers);
      env.AUTH_PROVIDERS_FILE = "providers.toml";
    }
    server.child = new Child(binary, ["serve"], { cwd, env: { PATH, HOME, ...env } });
    await server.child.ready(`${server.address}/healthz`);
    return server;
  }

  /** The latest mails of kinds that better-auth sends, newest first. */
  async mails() {
    const mails = (await this.get("/dev/mail")).filter(({ kind }) => !OWN_MAILS.has(kind));
    return mails.map(({ id, to, kind, link, text }) => {
      // A mail with a code has no link, and no other number of so many digits.
      const code = link ? undefined : /(?<![\d+:.])\d{6,10}(?!\d)/.exec(text)?.[0];
      return { id, to, kind, url: link, code };
    });
  }
}
