// Bookplate on the database of a running better-auth server on Node: accounts and sessions of one
// server are valid on the other, and operations begun on one are completed on the other. `node
// conformance/takeover.mjs --bookplate PATH --database sqlite`, or `--database postgres --postgres
// postgres://USER@HOST:PORT/DATABASE`, a server on which a temporary database is created.
// `--node-only` uses a second Node server instead of Bookplate, `--plugins` runs the checks of
// plugins alone. The exit code is 1 unless all checks succeed.
import { parseArgs } from "node:util";
import { Bookplate, NodeServer } from "./server.mjs";
import { Stage } from "./stage.mjs";
import { cached } from "./takeover/cached.mjs";
import { databases } from "./takeover/databases.mjs";
import { found, later, shared } from "./takeover/checks.mjs";
import { plugins, pluginSettings } from "./takeover/plugins.mjs";
import { tokens } from "./takeover/tokens.mjs";

const { values: given } = parseArgs({
  options: {
    bookplate: { type: "string" },
    database: { type: "string", default: "sqlite" },
    postgres: { type: "string" },
    "node-only": { type: "boolean", default: false },
    plugins: { type: "boolean", default: false },
  },
});
const isComplete = given.bookplate || given["node-only"];
if (
  !isComplete ||
  !(given.database in databases) ||
  (given.database === "postgres" && !given.postgres)
) {
  console.error("usage: takeover.mjs --bookplate PATH --database sqlite | postgres --postgres URL");
  process.exit(2);
}

// Both servers have one public address, as if requests moved from one to the other.
const settings = { baseURL: "http://books.localhost", deleteUserVerification: true };

let failures = 0;
let count = 0;

async function check(name, work) {
  count++;
  const failure = await work().then(
    () => undefined,
    (error) => error,
  );
  if (failure) failures++;
  console.log(`${failure ? "FAILED" : "ok    "} ${name}`);
  if (failure) console.log(`       ${failure.stack.replaceAll("\n", "\n       ")}`);
}

const startNode = (settings, database, fake) =>
  NodeServer.start(settings, { database, roles: false, fake });
const startOther = (settings, database, fake) =>
  given["node-only"]
    ? startNode(settings, database, fake)
    : Bookplate.start(given.bookplate, settings, { database, fake });

/** Runs the checks in both directions. */
async function bothWays(checks, node, other) {
  for (const [from, to] of [
    [node, other],
    [other, node],
  ]) {
    for (const [name, work] of Object.entries(checks)) {
      await check(`${from.name} → ${to.name}: ${name}`, () =>
        work(new Stage(from, `${count}`), new Stage(to, `${count}`)),
      );
    }
  }
}

async function runPlugins(database) {
  const more = { ...settings, ...pluginSettings };
  const node = await startNode(more, database);
  const other = await startOther(more, database);
  await bothWays(plugins, node, other);
  await Promise.all([node.stop(), other.stop()]);
}

async function run(database) {
  let node = await startNode(settings, database);
  const before = await found.prepare(new Stage(node, "before"));
  let other = await startOther(settings, database);
  await check("what was there before is found", () =>
    found.verify(new Stage(other, "after"), before),
  );
  await bothWays(shared, node, other);
  await bothWays(later, node, other);

  for (const cookieCache of ["compact", "jwt", "jwe"]) {
    await Promise.all([node.stop(), other.stop()]);
    const more = { ...settings, cookieCache };
    node = await startNode(more, database);
    other = await startOther(more, database);
    await bothWays(cached(cookieCache), node, other);
  }
  await Promise.all([node.stop(), other.stop()]);
  const more = { ...settings, providers: { oidc: {} }, encryptTokens: true };
  node = await startNode(more, database);
  other = await startOther(more, database, node.fake);
  await bothWays(tokens, node, other);
  await Promise.all([node.stop(), other.stop()]);
  await runPlugins(database);
}

const { database, drop } = await databases[given.database](given.postgres);
await (given.plugins ? runPlugins(database) : run(database)).finally(drop);
console.log(`\n${count - failures} of ${count} checks hold on ${given.database}`);
process.exit(failures > 0 ? 1 : 0);
