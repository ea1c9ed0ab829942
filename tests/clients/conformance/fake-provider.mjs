// Fake identity providers on loopback: `node conformance/fake-provider.mjs [port]` prints the URL.
// Each provider of `fake-shapes.mjs` has endpoints below its id: authorize, token, keys,
// .well-known/openid-configuration, user, user/emails (GitHub), me and debug_token (Facebook), and
// the photo (Microsoft). The authorization endpoint shows no page: it redirects back at once with a
// code of the current account.
//
// POST /control `{ provider, account, tokens, faults }` replaces a provider's state; GET /log returns
// the requests since the last POST /reset; POST /clock {"advance": seconds} moves the clock. Clients
// are `<provider>-client` with the secret `<provider>-secret`.
import { createHash, randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";
import { FAULTS } from "./fake-faults.mjs";
import { SHAPES } from "./fake-shapes.mjs";
import { idToken, keySet } from "./fake-tokens.mjs";

export const clientId = (provider) => `${provider}-client`;
export const clientSecret = (provider) => `${provider}-secret`;

const ACCOUNT = {
  id: "1001",
  email: "ann@example.com",
  verified: true,
  name: "Ann Example",
  image: "https://images.example/ann.png",
};

const sha256 = (text) => createHash("sha256").update(text).digest("base64url");
const escape = (text) => text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);

async function body(request) {
  let text = "";
  for await (const piece of request) text += piece;
  return text;
}

/** `{ id, secret, method }` of the client that sends a token request. */
function client(request, form) {
  const [scheme, value = ""] = (request.headers.authorization ?? "").split(" ");
  if (scheme === "Basic") {
    const [id, secret] = Buffer.from(value, "base64").toString().split(":").map(decodeURIComponent);
    return { id, secret, method: "basic" };
  }
  const { client_id: id, client_secret: secret } = form;
  return { id, secret, method: secret === undefined ? "none" : "post" };
}

/** A page whose form posts `fields` to `action` at once. */
const formPage = (action, fields) => `<!doctype html><title>Signing in</title>
<form method="post" action="${escape(action)}">${Object.entries(fields)
  .map(([name, value]) => `<input type="hidden" name="${name}" value="${escape(value)}">`)
  .join("")}<button>Continue</button></form><script>document.forms[0].submit()</script>`;

/** A provider's endpoints and what they remember. */
class Provider {
  #codes = new Map();
  #grants = new Map();
  #refreshTokens = new Map();
  #issued = 0;

  constructor(fake, id) {
    this.fake = fake;
    this.id = id;
    this.shape = SHAPES[id];
    this.reset();
  }

  reset() {
    this.#issued = 0;
    this.account = { ...ACCOUNT };
    /** `expiresIn`, `refreshExpiresIn`, `refresh` (false: no refresh tokens), `rotates`, `scope`. */
    this.tokens = {};
    /**
     * Faults by endpoint (`fake-faults.mjs`), of `idToken` (`fake-tokens.mjs`), and of `answer`: how
     * the authorization endpoint answers, "denied", "issuer" or "no-issuer".
     */
    this.faults = {};
  }

  control({ account, tokens, faults }) {
    if (account) this.account = { ...ACCOUNT, ...account };
    if (tokens) this.tokens = tokens;
    if (faults) this.faults = faults;
  }

  get url() {
    return `${this.fake.url}/${this.id}`;
  }

  get issuer() {
    return this.shape.issuer?.(this.url);
  }

  claims(account, { audience, nonce }) {
    const iat = Math.floor(this.fake.now / 1000);
    const fixed = { iss: this.issuer, aud: audience, iat, exp: iat + 3600 };
    return { ...fixed, ...(nonce && { nonce }), ...this.shape.claims(account), ...account.profile };
  }

  /** An id token for native apps, or with the fault that is set. */
  idToken(account, { audience = clientId(this.id), nonce, fault = this.faults.idToken } = {}) {
    return idToken(this.claims(account, { audience, nonce }), fault);
  }

  /** The parameters of the answer to an authorization request. */
  async #authorized(query) {
    const { state } = query;
    const issuer = this.faults.answer === "issuer" ? "https://evil.example" : this.issuer;
    const iss = this.shape.sendsIssuer && this.faults.answer !== "no-issuer" ? { iss: issuer } : {};
    if (this.faults.answer === "denied") {
      return { error: "access_denied", error_description: "The user said no", state, ...iss };
    }
    const code = `code-${randomUUID()}`;
    const account = this.account;
    this.#codes.set(code, { query, account });
    const more = {};
    if (query.response_type?.includes("id_token")) {
      more.id_token = await this.idToken(account, { nonce: query.nonce });
    }
    if (this.shape.names && account.isFirst !== false) {
      more.user = JSON.stringify({ name: this.shape.names(account), email: account.email });
    }
    return { code, ...more, state, ...iss };
  }

  async authorize(request, response, query) {
    const fields = await this.#authorized(query);
    if (query.response_mode === "form_post") {
      response.writeHead(200, { "content-type": "text/html; charset=utf-8" });
      return response.end(formPage(query.redirect_uri, fields));
    }
    const url = new URL(query.redirect_uri);
    for (const [name, value] of Object.entries(fields)) url.searchParams.set(name, value ?? "");
    response.writeHead(302, { location: url.href }).end();
  }

  /** The error of a token request with this code, or undefined. */
  #refusal(code, form) {
    const known = this.#codes.get(code);
    if (!known) return "invalid_grant";
    this.#codes.delete(code);
    const { redirect_uri, code_challenge } = known.query;
    if (form.redirect_uri !== redirect_uri) return "invalid_grant";
    if (code_challenge && sha256(form.code_verifier ?? "") !== code_challenge) return "invalid_grant";
    return undefined;
  }

  /** The token answer of a grant, which the access token names. */
  async #tokenAnswer(grant, { first }) {
    const { shape, tokens } = this;
    const number = ++this.#issued;
    const access = `${this.id}-access-${number}`;
    this.#grants.set(access, grant);
    const granted = tokens.scope ?? grant.query.scope ?? "";
    const answer = { access_token: access, token_type: "Bearer" };
    answer.scope = shape.scope?.(granted) ?? granted;
    const expiresIn = tokens.expiresIn ?? shape.expiresIn;
    if (expiresIn) answer.expires_in = expiresIn;
    const mayRefresh = tokens.refresh ?? Boolean(shape.refresh?.(grant.query));
    if (mayRefresh && (first || (tokens.rotates ?? shape.rotates))) {
      answer.refresh_token = `${this.id}-refresh-${number}`;
      this.#refreshTokens.set(answer.refresh_token, grant);
      const { refreshExpiresIn } = tokens;
      if (refreshExpiresIn) answer.refresh_token_expires_in = refreshExpiresIn;
    }
    if (shape.claims && shape.codeHasIdToken !== false) {
      answer.id_token = await this.idToken(grant.account, { nonce: grant.query.nonce });
    }
    return answer;
  }

  /** `[status, body]` of a token request. */
  async #token(request, form) {
    const refuse = (error) => [this.shape.errorStatus ?? 400, { error, error_description: error }];
    const { id, secret } = client(request, form);
    if (id !== clientId(this.id) || !this.isSecret(secret)) return refuse("invalid_client");
    if (form.grant_type === "refresh_token") {
      const grant = this.#refreshTokens.get(form.refresh_token);
      if (!grant) return refuse("invalid_grant");
      const rotates = this.tokens.rotates ?? this.shape.rotates;
      if (rotates) this.#refreshTokens.delete(form.refresh_token);
      return [200, await this.#tokenAnswer(grant, { first: false })];
    }
    const grant = this.#codes.get(form.code);
    const refusal = this.#refusal(form.code, form);
    if (refusal) return refuse(refusal);
    return [200, await this.#tokenAnswer(grant, { first: true })];
  }

  /** Apple's secret is a signed token; public clients have none. */
  isSecret(secret) {
    if (this.tokens.isPublic) return secret === undefined;
    return secret === clientSecret(this.id) || (this.id === "apple" && secret?.split(".").length === 3);
  }

  /** The account of an access token. */
  #account(request, query) {
    const token = query.access_token ?? request.headers.authorization?.replace(/^Bearer /i, "");
    return this.#grants.get(token)?.account;
  }

  #document() {
    return {
      issuer: this.issuer,
      authorization_endpoint: `${this.url}/authorize`,
      token_endpoint: `${this.url}/token`,
      userinfo_endpoint: `${this.url}/user`,
      jwks_uri: `${this.url}/keys`,
      end_session_endpoint: `${this.url}/end-session`,
      response_types_supported: ["code"],
      subject_types_supported: ["public"],
      id_token_signing_alg_values_supported: ["RS256", "ES256"],
      code_challenge_methods_supported: ["S256"],
      authorization_response_iss_parameter_supported: true,
    };
  }

  #debug(query) {
    const account = this.#grants.get(query.input_token)?.account;
    if (query.access_token !== `${clientId(this.id)}|${clientSecret(this.id)}`) return [400, {}];
    const app_id = this.faults.audience === "another-app" ? "another-app" : clientId(this.id);
    return [200, { data: { is_valid: Boolean(account), app_id, user_id: account?.id } }];
  }

  /** `[status, body]` of an endpoint, or undefined if the provider has none of this name. */
  async answer(endpoint, request, query, form) {
    const { shape } = this;
    if (endpoint === "token") return this.#token(request, form);
    if (endpoint === "keys") return [200, await keySet(this.faults.idToken === "rotated")];
    if (endpoint === ".well-known/openid-configuration") return [200, this.#document()];
    if (endpoint === "debug_token") return this.#debug(query);
    const account = this.#account(request, query);
    if (!account) return [401, { error: "invalid_token" }];
    if (endpoint === "user/emails") return [200, account.emails ?? shape.emails(account)];
    if (endpoint.startsWith("me/photos/")) return [account.photo ? 200 : 404, account.photo ?? ""];
    if (endpoint === "user" || endpoint === "me") {
      return [200, { ...shape.user(account), ...account.profile }];
    }
    return undefined;
  }
}

export class FakeProviders {
  #server;
  /** The requests since the start or the last reset. */
  log = [];
  /** How far the clock is ahead, in milliseconds. */
  ahead = 0;

  static async start(port = 0) {
    const fake = new FakeProviders();
    fake.#server = createServer((request, response) =>
      fake.#handle(request, response).catch((error) => response.destroy(error)),
    );
    await new Promise((done, failed) => fake.#server.once("error", failed).listen(port, "127.0.0.1", done));
    fake.url = `http://127.0.0.1:${fake.#server.address().port}`;
    const ids = Object.keys(SHAPES);
    fake.providers = Object.fromEntries(ids.map((id) => [id, new Provider(fake, id)]));
    return fake;
  }

  get now() {
    return Date.now() + this.ahead;
  }

  provider(id) {
    const provider = this.providers[id];
    if (!provider) throw new Error(`the fake has no provider ${id}`);
    return provider;
  }

  reset() {
    this.log = [];
    for (const provider of Object.values(this.providers)) provider.reset();
  }

  stop() {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #control(path, request) {
    const given = request.method === "POST" ? JSON.parse((await body(request)) || "{}") : {};
    if (path === "/log") return this.log;
    if (path === "/reset") this.reset();
    else if (path === "/clock") this.ahead += given.advance * 1000;
    else if (path === "/control") this.provider(given.provider).control(given);
    else return undefined;
    return true;
  }

  async #handle(request, response) {
    const url = new URL(request.url, this.url);
    const send = (status, value) => {
      response.writeHead(status, { "content-type": "application/json" });
      response.end(typeof value === "string" ? value : JSON.stringify(value));
    };
    const [, id, endpoint] = /^\/([^/]+)\/(.+)$/.exec(url.pathname) ?? [];
    if (!id) {
      const answer = await this.#control(url.pathname, request);
      return answer === undefined ? send(404, {}) : send(200, answer);
    }
    const provider = this.providers[id];
    if (!provider) return send(404, {});
    const query = Object.fromEntries(url.searchParams);
    const form = Object.fromEntries(new URLSearchParams(await body(request)));
    const { authorization, accept, "content-type": type } = request.headers;
    const { method } = request;
    this.log.push({ provider: id, endpoint, method, query, form, authorization, accept, type });
    const fault = FAULTS[provider.faults[endpoint]];
    if (fault) return fault(response);
    if (endpoint === "authorize") return provider.authorize(request, response, { ...query, ...form });
    const answer = await provider.answer(endpoint, request, query, form);
    return answer ? send(...answer) : send(404, {});
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const fake = await FakeProviders.start(Number(process.argv[2] ?? 0));
  console.log(fake.url);
}
