// A better-auth server on Node, the reference of comparisons: `node node-server.mjs '{"port",
// "baseURL", "secret", "database", "roles", "settings", "fake", "checks"}'`, with `database` an SQLite file or a
// postgres:// URL and `fake` and `checks` the URLs of the fake providers and checks, of the package in
// BETTER_AUTH_SERVER. In addition to better-auth's routes it has GET /__mail (all mails, newest first), POST /__clock {"advance": seconds} and GET /__ready.
import { advance } from "./clock.mjs";
import { redirectFetch } from "./fake-fetch.mjs";
import { createServer } from "node:http";
import { open } from "./node-database.mjs";
import { options } from "./node-options.mjs";
import { BETTER_AUTH_SERVER } from "./node-package.mjs";
import { pluginsOf } from "./node-plugins.mjs";

const given = JSON.parse(process.argv[2]);
if (given.fake || given.checks) redirectFetch(given.fake, given.checks);
const { betterAuth } = await import(BETTER_AUTH_SERVER);
const { getMigrations } = await import(`${BETTER_AUTH_SERVER}/db/migration`);
const { toNodeHandler } = await import(`${BETTER_AUTH_SERVER}/node`);
const mails = [];
const send = (to, kind, url, code) => mails.unshift({ id: mails.length, to, kind, url, code });

const configured = options(given.settings, {
  ...given,
  more: await pluginsOf(given.settings, { ...given, send }),
  database: await open(given.database),
  send,
});
await (await getMigrations(configured)).runMigrations();
const handle = toNodeHandler(betterAuth(configured));

const json = (response, body) =>
  response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(body));

async function text(request) {
  let body = "";
  for await (const chunk of request) body += chunk;
  return body;
}

createServer(async (request, response) => {
  switch (request.url) {
    case "/__ready":
      return json(response, true);
    case "/__mail":
      return json(response, mails);
    case "/__clock":
      advance(JSON.parse(await text(request)).advance);
      return json(response, true);
    default:
      return handle(request, response);
  }
}).listen(given.port, "127.0.0.1");
