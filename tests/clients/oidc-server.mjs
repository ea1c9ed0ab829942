// An OpenID provider on loopback, by the certified package oidc-provider: `node oidc-server.mjs
// [port]` prints its issuer. It has a page to sign in and a page to allow or refuse, requires PKCE,
// rotates refresh tokens, and sends `iss` with its answers. Redirect URIs are the callbacks of any
// server on this machine.
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";
import { exportJWK, generateKeyPair } from "jose";
import { Provider } from "oidc-provider";
import { ACCOUNTS, PASSWORD } from "./oidc-accounts.mjs";

const client = (client_id, more) => ({
  client_id,
  client_secret: `${client_id}-secret`,
  // The method of `isCallback` decides; the package requires one.
  redirect_uris: ["http://localhost/callback"],
  response_types: ["code"],
  grant_types: ["authorization_code", "refresh_token"],
  ...more,
});

/** A client for each way to authenticate at the token endpoint, and for each kind of key. */
export const CLIENTS = {
  post: client("bookplate-post", { token_endpoint_auth_method: "client_secret_post" }),
  basic: client("bookplate-basic", {
    token_endpoint_auth_method: "client_secret_basic",
    id_token_signed_response_alg: "ES256",
  }),
  public: client("bookplate-public", {
    client_secret: undefined,
    token_endpoint_auth_method: "none",
  }),
};

const isCallback = (uri) => /^http:\/\/(localhost|127\.0\.0\.1):\d+\/api\/auth\/callback\/[\w-]+$/.test(uri);

async function privateJwk(alg) {
  const { privateKey } = await generateKeyPair(alg, { extractable: true });
  return { ...(await exportJWK(privateKey)), alg, use: "sig" };
}

async function configuration() {
  return {
    clients: Object.values(CLIENTS),
    jwks: { keys: [await privateJwk("RS256"), await privateJwk("ES256")] },
    cookies: { keys: ["a key of tests"] },
    claims: {
      openid: ["sub"],
      email: ["email", "email_verified"],
      profile: ["name", "picture"],
    },
    features: { devInteractions: { enabled: false }, claimsParameter: { enabled: true } },
    pkce: { required: () => true },
    rotateRefreshToken: true,
    issueRefreshToken: (_context, client) => client.grantTypeAllowed("refresh_token"),
    interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
    ttl: { AccessToken: 600, AuthorizationCode: 60, IdToken: 600, Interaction: 600, Grant: 3600, Session: 3600, RefreshToken: 3600 },
    findAccount: (_context, sub) =>
      ACCOUNTS[sub] && { accountId: sub, claims: () => ({ ...ACCOUNTS[sub] }) },
    renderError: (context, { error, error_description }) => {
      context.type = "html";
      context.body = page("Something is wrong", `<p role="alert">${error}: ${error_description}</p>`);
    },
  };
}

const page = (title, content) => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${title} · Example ID</title>
<style>
  body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: #eef1f7; color: #1d2433; font: 16px/1.5 system-ui, "Liberation Sans", sans-serif }
  main { width: 22rem; padding: 2rem; background: #fff; border: 1px solid #d4dbe8; border-radius: 12px }
  h1 { margin: 0 0 1rem; font-size: 1.4rem }
  form { display: grid; gap: .75rem }
  label { display: grid; gap: .25rem; font-size: .85rem; color: #56607a }
  input { padding: .6rem; border: 1px solid #b9c3d8; border-radius: 6px; font: inherit }
  button { padding: .65rem; border: 1px solid #2b4bb5; border-radius: 6px; background: #2b4bb5; color: #fff; font: inherit; cursor: pointer }
  button.quiet { background: none; color: #2b4bb5 }
  [role=alert] { margin: 0; color: #a3261b }
</style>
<main><h1>${title}</h1>${content}</main>
</html>`;

const refuse = '<button class="quiet" name="answer" value="refuse" formnovalidate>Cancel</button>';

const loginPage = (error) =>
  page(
    "Sign in to Example ID",
    `<form method="post">${error ? `<p role="alert">${error}</p>` : ""}
<label>User name<input name="name" required autofocus autocomplete="username"></label>
<label>Password<input name="password" type="password" required autocomplete="current-password"></label>
<button name="answer" value="continue">Sign in</button>${refuse}</form>`,
  );

const consentPage = (scopes) =>
  page(
    "Allow Bookplate?",
    `<form method="post"><p>Bookplate asks for: ${scopes.join(", ")}.</p>
<button name="answer" value="continue">Allow</button>${refuse}</form>`,
  );

async function form(request) {
  let text = "";
  for await (const piece of request) text += piece;
  return Object.fromEntries(new URLSearchParams(text));
}

/** Grants everything that the request asks for. */
async function grant(provider, { params, session, grantId, prompt }) {
  const granted = grantId
    ? await provider.Grant.find(grantId)
    : new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
  const { missingOIDCScope, missingOIDCClaims } = prompt.details;
  if (missingOIDCScope) granted.addOIDCScope(missingOIDCScope.join(" "));
  if (missingOIDCClaims) granted.addOIDCClaims(missingOIDCClaims);
  return { consent: { grantId: await granted.save() } };
}

/** Shows or answers the pages of a running authorization request. */
async function interact(provider, request, response) {
  const details = await provider.interactionDetails(request, response);
  const show = (html) => response.writeHead(200, { "content-type": "text/html" }).end(html);
  const isLogin = details.prompt.name === "login";
  if (request.method !== "POST") {
    return show(isLogin ? loginPage() : consentPage(details.params.scope.split(" ")));
  }
  const { answer, name, password } = await form(request);
  const finish = (result) =>
    provider.interactionFinished(request, response, result, { mergeWithLastSubmission: !isLogin });
  if (answer === "refuse") {
    return finish({ error: "access_denied", error_description: "The user canceled" });
  }
  if (!isLogin) return finish(await grant(provider, details));
  if (password !== PASSWORD || !Object.hasOwn(ACCOUNTS, name)) {
    return show(loginPage("Unknown user name or password."));
  }
  return finish({ login: { accountId: name } });
}

/** Starts the provider; `stop` ends it. */
export async function startOidc(port = 0) {
  const server = createServer();
  await new Promise((done, failed) => server.once("error", failed).listen(port, "127.0.0.1", done));
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, await configuration());
  provider.Client.prototype.redirectUriAllowed = isCallback;
  provider.on("server_error", (_context, error) => console.error(error));
  const handle = provider.callback();
  server.on("request", (request, response) => {
    if (!request.url.startsWith("/interaction/")) return handle(request, response);
    return interact(provider, request, response).catch((error) => {
      response.writeHead(400, { "content-type": "text/html" });
      response.end(page("Something is wrong", `<p role="alert">${error.message}</p>`));
    });
  });
  return { issuer, stop: () => server.close().closeAllConnections() };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { issuer } = await startOidc(Number(process.argv[2] ?? 0));
  console.log(issuer);
}
