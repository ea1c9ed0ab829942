// Compares the schema files of tests/better-auth-schema with better-auth's migrations: `node
// conformance/schema.mjs --database sqlite`, or `--database postgres --postgres URL`, a server on
// which a temporary database is created. Plugins in separate packages are excluded. The exit code
// is 1 if a statement is missing or differs.
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { open } from "./node-database.mjs";
import { BETTER_AUTH_SERVER } from "./node-package.mjs";
import { databases } from "./takeover/databases.mjs";

const { getMigrations } = await import(`${BETTER_AUTH_SERVER}/db/migration`);
const plugins = await import(`${BETTER_AUTH_SERVER}/plugins`);
const { admin, anonymous, jwt, organization, twoFactor, username } = plugins;

const { values: given } = parseArgs({
  options: { database: { type: "string" }, postgres: { type: "string" } },
});

const statements = (text) =>
  text.split("\n").filter((line) => line !== "" && !line.startsWith("--"));

const { database: url, drop } = await databases[given.database](given.postgres);
const database = await open(url);
const { compileMigrations } = await getMigrations({
  database,
  emailAndPassword: { enabled: true },
  plugins: [
    twoFactor(),
    organization({ teams: { enabled: true }, dynamicAccessControl: { enabled: true } }),
    jwt(),
    username(),
    admin(),
    anonymous(),
  ],
});
const made = statements(await compileMigrations());
await (database.end ?? database.close).call(database);
await drop();

const file = new URL(`../../better-auth-schema/${given.database}.sql`, import.meta.url);
const kept = new Set(statements(readFileSync(file, "utf8")));
const missing = made.filter((statement) => !kept.has(statement));
missing.forEach((statement) => console.log(`not in the file: ${statement}`));
console.log(`${made.length - missing.length} of ${made.length} statements are in the file`);
process.exit(made.length > 10 && missing.length === 0 ? 0 : 1);
