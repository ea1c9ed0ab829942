// The database of a better-auth server on Node: an SQLite file, possibly shared with another
// process, or a postgres:// URL.

async function sqlite(file) {
  const { default: Database } = await import("better-sqlite3");
  try {
    return new Database(file, { timeout: 5000 });
  } catch (error) {
    if (!/bindings/.test(error.message)) throw error;
    throw new Error("better-sqlite3 is not built: npm rebuild better-sqlite3 --build-from-source");
  }
}

export async function open(database) {
  if (/^postgres(ql)?:/.test(database)) {
    const { default: pg } = await import("pg");
    return new pg.Pool({ connectionString: database });
  }
  const file = await sqlite(database);
  file.pragma("journal_mode = WAL");
  file.pragma("foreign_keys = ON");
  return file;
}
