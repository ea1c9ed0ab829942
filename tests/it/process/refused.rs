//! Starts that fail: the cause, in plain words, once, and what can be done about it.

use std::{
    fs,
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    process::Command,
    thread,
};

use crate::it::support::{Backend, Process, TestDatabase, bookplate_command, run_bookplate};

/// A server that refuses everybody as PostgreSQL does, with this code and message.
fn refusing(code: &'static str, message: &'static str) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    // Ends with the test's process.
    thread::spawn(move || {
        for client in listener.incoming() {
            // A client that has gone is none.
            _ = refuse(client.unwrap(), code, message);
        }
    });
    port
}

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

/// What `serve` complains of with this database.
async fn complaint(url: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let settings = [("DATABASE_URL", url), ("PORT", "0")];
    run_bookplate(folder.path(), &["serve"], &settings).await.expect_failure()
}

#[tokio::test]
async fn why_postgresql_is_not_reached_is_said_once_and_plainly() {
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let password = refusing("28P01", "password authentication failed for user \"ann\"");
    let missing = refusing("3D000", "database \"books\" does not exist");
    let busy = refusing("53300", "sorry, too many clients already");
    let starting = refusing("57P03", "the database system is starting up");
    for (host, cause) in [
        (
            format!("127.0.0.1:{nobody}"),
            "does not answer: nothing listens there: Connection refused (os error 111)",
        ),
        // Too long a label for any name, which no name server has to be asked for.
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

        let said = complaint(&url).await;

        let start = format!("bookplate: DATABASE_URL (postgres {host}/books) ");
        let told = said.strip_prefix(&start).unwrap_or_else(|| panic!("{said}"));
        assert!(told.starts_with(cause), "{cause}: {said}");
        assert_eq!(said.matches(cause).count(), 1, "{said}");
        assert_eq!(said.lines().count(), 1, "{said}");
        for useless in ["pool", "Connection Error", "error returned", "at line", "hunter2"] {
            assert!(!said.contains(useless), "{useless}: {said}");
        }
    }
}

#[tokio::test]
async fn a_secret_that_cannot_be_kept_is_named_before_the_database_is_touched() {
    let database = TestDatabase::create().await;
    // Where a folder would be made stands a file, which stops even root.
    fs::write(database.folder().join("data"), "").unwrap();

    let said = database.bookplate_with(&["serve"], &[("PORT", "0")]).await.expect_failure();

    for words in ["BETTER_AUTH_SECRET is not set", "data/secret", "`bookplate secret`"] {
        assert!(said.contains(words), "{words}: {said}");
    }
    if Backend::current() == Backend::Sqlite {
        assert!(!database.folder().join("bookplate.db").exists());
    } else {
        let tables =
            "select table_name from information_schema.tables where table_schema = 'public'";
        assert_eq!(database.first_column(tables).await, [""; 0]);
    }
}

/// The same command, whose files may have so many blocks of 512 bytes; the signal that says
/// so is ignored, so that writing fails as it does on a full disk.
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
async fn of_a_full_disk_the_cause_is_told_and_no_advice_about_tables() {
    if Backend::current() == Backend::Postgres {
        return; // Its disk is another machine's.
    }
    let mut schema_failed = false;
    for blocks in [8, 64, 128] {
        let database = TestDatabase::create().await;
        let settings = [("DATABASE_URL", database.url()), ("PORT", "0")];
        let command = bookplate_command(&database.folder(), &["serve"], &settings);

        let said = Process::spawn(on_a_small_disk(&command, blocks)).wait().await.expect_failure();

        let complaint = said.lines().find(|line| line.starts_with("bookplate: ")).unwrap();
        assert!(complaint.contains("disk") || complaint.contains("full"), "{blocks}: {said}");
        for wrong in ["Add what is missing", "import better-auth", "There are already"] {
            assert!(!said.contains(wrong), "{wrong}: {said}");
        }
        schema_failed |= complaint.contains("the schema cannot be changed");
    }
    assert!(schema_failed, "the disk was never full while the schema was changed");
}
