//! Failed starts: one message with the cause and its remedy.

use std::{
    fs,
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    process::Command,
    thread,
};

use crate::it::support::{Backend, Process, TestDatabase, bookplate_command, run_bookplate};

/// Starts a server that refuses every client with a PostgreSQL error.
fn start_refusing_server(code: &'static str, message: &'static str) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    // The thread ends with the test's process.
    thread::spawn(move || {
        for client in listener.incoming() {
            // Errors of disconnected clients are ignored.
            _ = refuse(client.unwrap(), code, message);
        }
    });
    port
}

/// Sends a PostgreSQL error to a client.
fn refuse(mut client: TcpStream, code: &str, message: &str) -> std::io::Result<()> {
    let mut length = [0; 4];
    client.read_exact(&mut length)?;
    let mut start = vec![0; u32::from_be_bytes(length) as usize - 4];
    client.read_exact(&mut start)?;
    let fields = format!("SFATAL\0VFATAL\0C{code}\0M{message}\0Fauth.c\0L948\0Rauth\0\0");
    let mut response = vec![b'E'];
    response.extend(u32::try_from(fields.len() + 4).unwrap().to_be_bytes());
    response.extend(fields.as_bytes());
    client.write_all(&response)
}

/// Returns the error message of `serve` with this database.
async fn startup_error(url: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let settings = [("DATABASE_URL", url), ("PORT", "0")];
    run_bookplate(folder.path(), &["serve"], &settings).await.expect_failure()
}

#[tokio::test]
async fn a_failed_connection_to_postgresql_is_explained_once() {
    let unused_port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let password =
        start_refusing_server("28P01", "password authentication failed for user \"ann\"");
    let missing = start_refusing_server("3D000", "database \"books\" does not exist");
    let busy = start_refusing_server("53300", "sorry, too many clients already");
    let starting = start_refusing_server("57P03", "the database system is starting up");
    for (host, expected) in [
        (
            format!("127.0.0.1:{unused_port}"),
            "does not answer: nothing listens there: Connection refused (os error 111)",
        ),
        // The label is too long for any host name, so no name server is queried.
        (format!("{}.invalid", "x".repeat(64)), "does not answer: its host is unknown: "),
        (
            format!("127.0.0.1:{password}"),
            "refuses: password authentication failed for user \"ann\" (code 28P01)",
        ),
        (format!("127.0.0.1:{missing}"), "refuses: database \"books\" does not exist (code 3D000)"),
        (format!("127.0.0.1:{busy}"), "refuses: sorry, too many clients already (code 53300)"),
        (
            format!("127.0.0.1:{starting}"),
            "refuses: the database system is starting up (code 57P03)",
        ),
    ] {
        let url = format!("postgres://ann:hunter2@{host}/books?sslmode=disable");

        let message = startup_error(&url).await;

        let start = format!("bookplate: DATABASE_URL (postgres {host}/books) ");
        let cause = message.strip_prefix(&start).unwrap_or_else(|| panic!("{message}"));
        assert!(cause.starts_with(expected), "{expected}: {message}");
        assert_eq!(message.matches(cause).count(), 1, "{message}");
        assert_eq!(message.lines().count(), 1, "{message}");
        for useless in ["pool", "Connection Error", "error returned", "at line", "hunter2"] {
            assert!(!message.contains(useless), "{useless}: {message}");
        }
    }
}

#[tokio::test]
async fn an_unwritable_secret_is_reported_before_the_database_is_opened() {
    let database = TestDatabase::create().await;
    // A file in place of the folder stops even root.
    fs::write(database.folder().join("data"), "").unwrap();

    let message = database.bookplate_with(&["serve"], &[("PORT", "0")]).await.expect_failure();

    for words in ["BETTER_AUTH_SECRET is not set", "data/secret", "`bookplate secret`"] {
        assert!(message.contains(words), "{words}: {message}");
    }
    if Backend::current() == Backend::Sqlite {
        assert!(!database.folder().join("bookplate.db").exists());
    } else {
        let tables =
            "select table_name from information_schema.tables where table_schema = 'public'";
        assert_eq!(database.first_column(tables).await, [""; 0]);
    }
}

/// Limits the files of a command to blocks of 512 bytes. The signal is ignored, so writes fail as
/// on a full disk.
fn on_a_small_disk(command: &Command, blocks: u32) -> Command {
    let words = [command.get_program()].into_iter().chain(command.get_args());
    let words: Vec<_> = words.map(|word| word.to_str().unwrap()).collect();
    let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec {}", words.join(" "));
    let mut small = Command::new("/bin/sh");
    small.args(["-c", &script]).env_clear();
    small.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    small.current_dir(command.get_current_dir().unwrap());
    small
}

#[tokio::test]
async fn a_full_disk_is_reported_without_advice_about_tables() {
    if Backend::current() == Backend::Postgres {
        return; // Its disk is another machine's.
    }
    let mut schema_failed = false;
    for blocks in [8, 64, 128] {
        let database = TestDatabase::create().await;
        let settings = [("DATABASE_URL", database.url()), ("PORT", "0")];
        let command = bookplate_command(&database.folder(), &["serve"], &settings);

        let message =
            Process::spawn(on_a_small_disk(&command, blocks)).wait().await.expect_failure();

        let startup_error = message.lines().find(|line| line.starts_with("bookplate: ")).unwrap();
        assert!(
            startup_error.contains("disk") || startup_error.contains("full"),
            "{blocks}: {message}"
        );
        for wrong in ["Add what is missing", "import better-auth", "There are already"] {
            assert!(!message.contains(wrong), "{wrong}: {message}");
        }
        schema_failed |= startup_error.contains("the schema cannot be changed");
    }
    assert!(schema_failed, "no migration failed by the full disk");
}
