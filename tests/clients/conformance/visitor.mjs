// A page in a browser, which stores cookies and sends its origin. `client` is better-auth's own, of
// the package in BETTER_AUTH_CLIENT; `ask` sends requests that the client cannot.
import { clientPlugins } from "./client-plugins.mjs";
import { Answer } from "./exchange.mjs";
import { Jar } from "./jar.mjs";

const { BETTER_AUTH_CLIENT = "better-auth" } = process.env;
const { createAuthClient } = await import(`${BETTER_AUTH_CLIENT}/client`);

export class Visitor {
  jar = new Jar();
  #stage;

  constructor(stage, agent) {
    this.#stage = stage;
    const { server, baseURL } = stage;
    this.client = createAuthClient({
      baseURL,
      basePath: server.basePath,
      plugins: clientPlugins(server.settings.plugins),
      fetchOptions: { customFetchImpl: (url, init) => this.#fetch(new URL(url), init, agent) },
    });
  }

  async #fetch(url, init = {}, agent) {
    const { server, origin } = this.#stage;
    const headers = new Headers(init.headers);
    headers.set("origin", origin);
    headers.set("user-agent", agent);
    if (this.jar.header) headers.set("cookie", this.jar.header);
    // TLS ends at a proxy before the server.
    const address = server.address + url.pathname + url.search;
    const response = await fetch(address, { ...init, headers, redirect: "manual" });
    const answer = new Answer(response.status, response.headers, await response.text());
    this.jar.take(answer.cookies);
    const below = url.pathname.replace(`${server.basePath}/`, "");
    this.#stage.keepAnswer(`${init.method ?? "GET"} ${below}${url.search}`, answer);
    return new Response(answer.text, { status: answer.status, headers: answer.headers });
  }

  /** Sends a request with this page's cookies, and with its origin unless `headers` override it. */
  async ask(method, path, { headers = { origin: this.#stage.origin }, ...options } = {}) {
    const answer = await this.#stage.ask(method, path, {
      ...options,
      headers,
      cookie: this.jar.header,
    });
    this.jar.take(answer.cookies);
    return answer;
  }

  /**
   * Signs in at the provider of an authorization URL as its current account, and returns to the
   * server. Returns the last response of the server.
   */
  async visitProvider(url) {
    const { path, form, origin } = await this.#stage.visitProvider(url);
    if (!form) return this.ask("GET", path);
    // A form of another site comes without cookies; a page of this site follows.
    const posted = await this.#stage.ask("POST", path, { form, headers: { origin } });
    const location = posted.header("location");
    if (!location) return posted;
    const { pathname, search } = new URL(location, this.#stage.baseURL);
    return this.ask("GET", pathname + search);
  }

  /** Another page with a copy of the cookies. */
  copy() {
    const copy = this.#stage.visitor();
    copy.jar = this.jar.copy();
    return copy;
  }

  /** `{ session, user }` of the server, or null. */
  async session(query) {
    const { data } = await this.client.getSession({ query });
    return data;
  }
}
