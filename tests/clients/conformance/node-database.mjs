// The database of a better-auth server on Node: an SQLite file, which may be shared with
// another process, or a postgres:// URL.

export async function open(database) {
  if (/^postgres(ql)?:/.test(database)) {
    const { default: pg } = await import("pg");
    return new pg.Pool({ connectionString: database });
  }
  const { default: Database } = await import("better-sqlite3");
  const file = new Database(database, { timeout: 5000 });
  file.pragma("journal_mode = WAL");
  file.pragma("foreign_keys = ON");
  return file;
}
