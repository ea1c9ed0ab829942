//! An SMTP server on this machine whose behavior a test chooses.

use std::sync::{Arc, Mutex, MutexGuard};

use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::watch,
};

use super::eventually;

/// The server's behavior towards clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SmtpBehavior {
    /// Accepts every mail.
    Accept,
    /// Closes each connection without a reply.
    Disconnect,
    /// Sends this reply to each `RCPT TO`.
    ReplyToRecipient(&'static str),
    /// Sends no reply to `DATA` until the behavior changes.
    HoldData,
}

/// A mail that the server accepted.
#[derive(Clone, Debug)]
pub(crate) struct ReceivedMail {
    /// As in `MAIL FROM:<…>`
    pub(crate) from: String,
    /// As in `RCPT TO:<…>`
    pub(crate) to: String,
    /// Headers and body.
    pub(crate) text: String,
}

impl ReceivedMail {
    /// Returns the value of a header, or an empty string.
    pub(crate) fn header(&self, name: &str) -> String {
        let (headers, _) = self.text.split_once("\n\n").unwrap();
        let value = headers.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        value.unwrap_or_default().to_owned()
    }
}

/// A running SMTP server, which ends with the test.
pub(crate) struct SmtpServer {
    pub(crate) port: u16,
    shared: Arc<Shared>,
}

/// The state that the server's connections share.
struct Shared {
    behavior: watch::Sender<SmtpBehavior>,
    mails: Mutex<Vec<ReceivedMail>>,
    /// Every command line of clients, without the content of mails.
    commands: Mutex<Vec<String>>,
}

impl SmtpServer {
    /// Starts a server without STARTTLS on a free port.
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (behavior, _) = watch::channel(SmtpBehavior::Accept);
        let shared = Shared { behavior, mails: Mutex::default(), commands: Mutex::default() };
        let shared = Arc::new(shared);
        let server = Arc::clone(&shared);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(SmtpConnection::new(stream, Arc::clone(&server)).run());
            }
        });
        Self { port, shared }
    }

    /// Changes the behavior, also towards clients that wait for a reply.
    pub(crate) fn set_behavior(&self, behavior: SmtpBehavior) {
        self.shared.behavior.send_replace(behavior);
    }

    /// Returns the mails received so far.
    pub(crate) fn mails(&self) -> MutexGuard<'_, Vec<ReceivedMail>> {
        self.shared.mails.lock().unwrap()
    }

    /// Returns the command lines received so far.
    pub(crate) fn commands(&self) -> MutexGuard<'_, Vec<String>> {
        self.shared.commands.lock().unwrap()
    }

    /// Waits until at least `count` mails were received.
    pub(crate) async fn wait_for_mails(&self, count: usize) {
        eventually("mails", async || (self.mails().len() >= count).then_some(())).await;
    }

    /// Waits until a client sent this command line.
    pub(crate) async fn wait_for_command(&self, line: &str) {
        let poll = async || self.commands().iter().any(|command| command == line).then_some(());
        eventually("an SMTP command", poll).await;
    }
}

/// A connection of a client, with the envelope of the current mail.
struct SmtpConnection {
    lines: Lines<BufReader<OwnedReadHalf>>,
    writer: OwnedWriteHalf,
    shared: Arc<Shared>,
    from: String,
    to: String,
}

impl SmtpConnection {
    fn new(stream: TcpStream, shared: Arc<Shared>) -> Self {
        let (read, writer) = stream.into_split();
        let lines = BufReader::new(read).lines();
        Self { lines, writer, shared, from: String::new(), to: String::new() }
    }

    /// Serves the client until it quits or disconnects.
    async fn run(mut self) {
        if self.behavior() == SmtpBehavior::Disconnect {
            return;
        }
        self.reply("220 test ESMTP").await;
        while let Ok(Some(line)) = self.lines.next_line().await {
            self.shared.commands.lock().unwrap().push(line.clone());
            let (verb, rest) = line.split_at(line.len().min(4));
            match verb {
                "EHLO" => self.reply("250-test\r\n250-8BITMIME\r\n250 AUTH PLAIN").await,
                "AUTH" => self.reply("235 welcome").await,
                "MAIL" => {
                    self.from = address(rest);
                    self.reply("250 ok").await;
                }
                "RCPT" => {
                    self.to = address(rest);
                    let behavior = self.behavior();
                    let reply = if let SmtpBehavior::ReplyToRecipient(reply) = behavior {
                        reply
                    } else {
                        "250 ok"
                    };
                    self.reply(reply).await;
                }
                "DATA" => self.receive_mail().await,
                "QUIT" => return self.reply("221 bye").await,
                _ => self.reply("250 ok").await,
            }
        }
    }

    /// Receives the content of a mail after `DATA`.
    async fn receive_mail(&mut self) {
        let mut behavior = self.shared.behavior.subscribe();
        behavior.wait_for(|behavior| *behavior != SmtpBehavior::HoldData).await.unwrap();
        self.reply("354 go on").await;
        let mut text = String::new();
        while let Ok(Some(line)) = self.lines.next_line().await {
            if line == "." {
                let mail = ReceivedMail { from: self.from.clone(), to: self.to.clone(), text };
                self.shared.mails.lock().unwrap().push(mail);
                return self.reply("250 taken").await;
            }
            text += line.strip_prefix('.').unwrap_or(&line);
            text.push('\n');
        }
    }

    /// Returns the current behavior.
    fn behavior(&self) -> SmtpBehavior {
        *self.shared.behavior.borrow()
    }

    /// Sends a reply.
    async fn reply(&mut self, reply: &str) {
        // The client may have disconnected.
        _ = self.writer.write_all(format!("{reply}\r\n").as_bytes()).await;
    }
}

/// Returns the address between angle brackets.
fn address(rest: &str) -> String {
    let (_, rest) = rest.split_once('<').unwrap();
    rest.split_once('>').unwrap().0.to_owned()
}
