// Databases that two servers share: `{ database, drop }`.
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { folder } from "../process.mjs";

async function sqlite() {
  return { database: join(folder(), "shared.db"), drop: async () => {} };
}

/** A new database on the server of this URL. */
async function postgres(url) {
  const { default: pg } = await import("pg");
  const name = `takeover_${randomBytes(6).toString("hex")}`;
  const ask = async (statement) => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await client.query(statement).finally(() => client.end());
  };
  await ask(`CREATE DATABASE ${name}`);
  const database = new URL(url);
  database.pathname = `/${name}`;
  return { database: String(database), drop: () => ask(`DROP DATABASE ${name} WITH (FORCE)`) };
}

export const databases = { sqlite, postgres };
