//! A mail server of sorts: takes mails on this machine, in a manner that tests choose.

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

/// How the server treats who comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    /// Takes every mail.
    Takes,
    /// Closes each connection without a word.
    IsOut,
    /// Answers each recipient so.
    Answers(&'static str),
    /// Lets those wait who want to say what is in a mail, until the manner changes.
    Holds,
}

/// A mail that was taken.
#[derive(Clone, Debug)]
pub(crate) struct Taken {
    /// As in `MAIL FROM:<…>`
    pub(crate) from: String,
    /// As in `RCPT TO:<…>`
    pub(crate) to: String,
    /// Headers and body.
    pub(crate) text: String,
}

impl Taken {
    /// The value of a header; empty when it is missing.
    pub(crate) fn header(&self, name: &str) -> String {
        let (headers, _) = self.text.split_once("\n\n").unwrap();
        let value = headers.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        value.unwrap_or_default().to_owned()
    }
}

/// It ends with the test.
pub(crate) struct Smtp {
    pub(crate) port: u16,
    shared: Arc<Shared>,
}

struct Shared {
    manner: watch::Sender<Manner>,
    taken: Mutex<Vec<Taken>>,
    /// Every line that clients said, but not what stands in mails.
    said: Mutex<Vec<String>>,
}

impl Smtp {
    /// On a free port of this machine. It does not offer STARTTLS.
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (manner, _) = watch::channel(Manner::Takes);
        let shared = Shared { manner, taken: Mutex::default(), said: Mutex::default() };
        let shared = Arc::new(shared);
        let server = Arc::clone(&shared);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(Conversation::new(stream, Arc::clone(&server)).run());
            }
        });
        Self { port, shared }
    }

    /// From now on; who is held is answered.
    pub(crate) fn is(&self, manner: Manner) {
        self.shared.manner.send_replace(manner);
    }

    pub(crate) fn taken(&self) -> MutexGuard<'_, Vec<Taken>> {
        self.shared.taken.lock().unwrap()
    }

    pub(crate) fn said(&self) -> MutexGuard<'_, Vec<String>> {
        self.shared.said.lock().unwrap()
    }

    /// Waits until this many mails were taken.
    pub(crate) async fn has_taken(&self, count: usize) {
        eventually("mails", async || (self.taken().len() >= count).then_some(())).await;
    }

    /// Waits until somebody has said this line.
    pub(crate) async fn has_heard(&self, line: &str) {
        let heard = async || self.said().iter().any(|said| said == line).then_some(());
        eventually("a line", heard).await;
    }
}

struct Conversation {
    lines: Lines<BufReader<OwnedReadHalf>>,
    answers: OwnedWriteHalf,
    shared: Arc<Shared>,
    from: String,
    to: String,
}

impl Conversation {
    fn new(stream: TcpStream, shared: Arc<Shared>) -> Self {
        let (read, answers) = stream.into_split();
        let lines = BufReader::new(read).lines();
        Self { lines, answers, shared, from: String::new(), to: String::new() }
    }

    /// Until the client goes.
    async fn run(mut self) {
        if self.manner() == Manner::IsOut {
            return;
        }
        self.answer("220 test ESMTP").await;
        while let Ok(Some(line)) = self.lines.next_line().await {
            self.shared.said.lock().unwrap().push(line.clone());
            let (verb, rest) = line.split_at(line.len().min(4));
            match verb {
                "EHLO" => self.answer("250-test\r\n250-8BITMIME\r\n250 AUTH PLAIN").await,
                "AUTH" => self.answer("235 welcome").await,
                "MAIL" => {
                    self.from = path(rest);
                    self.answer("250 ok").await;
                }
                "RCPT" => {
                    self.to = path(rest);
                    let manner = self.manner();
                    let answer =
                        if let Manner::Answers(answer) = manner { answer } else { "250 ok" };
                    self.answer(answer).await;
                }
                "DATA" => self.take().await,
                "QUIT" => return self.answer("221 bye").await,
                _ => self.answer("250 ok").await,
            }
        }
    }

    async fn take(&mut self) {
        let mut manner = self.shared.manner.subscribe();
        manner.wait_for(|manner| *manner != Manner::Holds).await.unwrap();
        self.answer("354 go on").await;
        let mut text = String::new();
        while let Ok(Some(line)) = self.lines.next_line().await {
            if line == "." {
                let taken = Taken { from: self.from.clone(), to: self.to.clone(), text };
                self.shared.taken.lock().unwrap().push(taken);
                return self.answer("250 taken").await;
            }
            text += line.strip_prefix('.').unwrap_or(&line);
            text.push('\n');
        }
    }

    fn manner(&self) -> Manner {
        *self.shared.manner.borrow()
    }

    async fn answer(&mut self, answer: &str) {
        // The client may have gone.
        _ = self.answers.write_all(format!("{answer}\r\n").as_bytes()).await;
    }
}

/// The address between the angle brackets.
fn path(rest: &str) -> String {
    let (_, rest) = rest.split_once('<').unwrap();
    rest.split_once('>').unwrap().0.to_owned()
}
