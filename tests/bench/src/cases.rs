//! The measured requests, and a check of their responses.

use std::io;

use serde_json::{Value, json};

use crate::{
    http::{Answer, Request, send},
    load::NUMBER,
    process::Server,
};

const TYPENAME: &str = "{ __typename }";
const BOOKS: &str = "{ books(limit: 20) { id title authors { id name } } }";
const BOOK: &str = "query($id: ID!) { book(id: $id) { id title } }";
const PAGE: &str = "query($after: String, $first: Int!) {
    booksConnection(first: $first, after: $after) {
        edges { cursor node { id title } } pageInfo { endCursor hasNextPage }
    }
}";
/// The length of a measured page, and the number of the distant page.
const PAGE_LENGTH: usize = 10;
const FAR_PAGE: usize = 1_000;
const CREATE: &str =
    "mutation($t: String!) { createBook(input: {title: $t, authorIds: []}) { id } }";

/// The server that gets a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Bookplate,
    Handwritten,
    /// better-auth's own server on Node.
    Node,
}

/// The servers; only Bookplate is always present.
pub(crate) struct Servers {
    pub(crate) bookplate: Server,
    pub(crate) handwritten: Server,
    /// `None` without its npm packages.
    pub(crate) node: Option<Server>,
}

impl Servers {
    pub(crate) fn of(&self, side: Side) -> io::Result<&Server> {
        match side {
            Side::Bookplate => Ok(&self.bookplate),
            Side::Handwritten => Ok(&self.handwritten),
            Side::Node => self.node.as_ref().ok_or_else(|| io::Error::other("no Node server")),
        }
    }
}

/// A measured kind of request.
#[derive(Debug)]
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) side: Side,
    /// The requests, sent in turn. Several requests are a mixed load.
    pub(crate) requests: Vec<Request>,
    /// The requests per CPU-second of a NestJS server, with a description.
    pub(crate) peers: &'static [(&'static str, f64)],
    /// The mean size of a correct response per request, with and without headers.
    pub(crate) size: (usize, usize),
}

impl Case {
    /// Returns whether the case adds rows; such cases run last.
    pub(crate) fn writes(&self) -> bool {
        self.requests.iter().any(Request::is_numbered)
    }
}

/// Creates a GraphQL request.
pub(crate) fn graphql(query: &str, variables: &Value) -> Request {
    let body = json!({ "query": query, "variables": variables });
    Request::post("/graphql", body.to_string())
}

/// Requests the handwritten response to [`TYPENAME`].
fn typename_by_hand() -> Request {
    Request::post("/typename", json!({ "query": TYPENAME, "variables": {} }).to_string())
}

/// Requests the handwritten response to [`BOOKS`].
fn books_by_hand() -> Request {
    Request::post("/books", json!({ "limit": 20 }).to_string())
}

/// Creates a request that adds a book with this title.
pub(crate) fn create(title: &Value) -> Request {
    graphql(CREATE, &json!({ "t": title }))
}

/// Returns all cases after checking one response of each.
pub(crate) fn prepare(servers: &Servers) -> io::Result<Vec<Case>> {
    let Servers { bookplate, handwritten, node } = servers;
    let cookie = sign_up(bookplate)?;
    let typename = send_checked(bookplate, &graphql(TYPENAME, &json!({})))?;
    same(&typename.body, &send_checked(handwritten, &typename_by_hand())?.body)?;
    let books = send_checked(bookplate, &graphql(BOOKS, &json!({})))?;
    same(&books.body, &send_checked(handwritten, &books_by_hand())?.body)?;
    let books: Value = serde_json::from_str(&books.body)?;
    let id = books.pointer("/data/books/19/id").cloned().unwrap_or_default();
    let far = cursor_before(bookplate, (FAR_PAGE - 1) * PAGE_LENGTH)?;
    let mut cases =
        list(&Subjects { origin: &origin(bookplate), cookie: &cookie, id: &id, far: &far });
    if let Some(node) = node {
        cases.push(Case {
            name: "`get-session`, better-auth on Node",
            side: Side::Node,
            requests: vec![session(&sign_up(node)?)],
            peers: &[],
            size: Default::default(),
        });
    }
    for case in &mut cases {
        for request in &case.requests {
            let answer = send_checked(servers.of(case.side)?, request)?;
            case.size.0 += answer.size / case.requests.len();
            case.size.1 += answer.body.len() / case.requests.len();
        }
    }
    Ok(cases)
}

/// Returns the cursor after this number of books by paging through the list.
fn cursor_before(server: &Server, books: usize) -> io::Result<Value> {
    let (mut after, mut seen) = (Value::Null, 0);
    while seen < books {
        let first = (books - seen).min(100);
        let page = graphql(PAGE, &json!({ "after": after, "first": first }));
        let page: Value = serde_json::from_str(&send_checked(server, &page)?.body)?;
        let cursor = page.pointer("/data/booksConnection/pageInfo/endCursor");
        after = cursor.filter(|cursor| cursor.is_string()).cloned().ok_or_else(|| {
            io::Error::other(format!("the thousandth page needs over {books} books"))
        })?;
        seen += first;
    }
    Ok(after)
}

/// Fails at the first byte in which two responses differ.
fn same(ours: &str, theirs: &str) -> io::Result<()> {
    let index = ours.bytes().zip(theirs.bytes()).position(|(our, their)| our != their);
    let Some(index) = index.or((ours.len() != theirs.len()).then_some(0)) else { return Ok(()) };
    let from = |text: &str| {
        String::from_utf8_lossy(text.as_bytes().get(index..).unwrap_or(&[])).into_owned()
    };
    let (ours, theirs) = (from(ours), from(theirs));
    Err(io::Error::other(format!(
        "two answers to one query, from byte {index}:\n{ours:.99}\n{theirs:.99}"
    )))
}

/// The ids and cursors that requests use.
struct Subjects<'a> {
    origin: &'a str,
    cookie: &'a str,
    /// The id of a book.
    id: &'a Value,
    /// The cursor before the distant page.
    far: &'a Value,
}

impl Subjects<'_> {
    fn page(&self, far: bool) -> Request {
        let after = if far { self.far } else { &Value::Null };
        graphql(PAGE, &json!({ "after": after, "first": PAGE_LENGTH }))
    }

    fn create(&self) -> Request {
        create(&json!(format!("Emma {NUMBER}")))
            .with("origin", self.origin)
            .with("cookie", self.cookie)
    }

    /// The requests of a typical application: one of twenty writes.
    fn mix(&self) -> Vec<Request> {
        let mut requests = vec![self.create(), session(self.cookie), session(self.cookie)];
        requests.extend((0..5).map(|_| graphql(BOOK, &json!({ "id": self.id }))));
        requests.extend((0..4).map(|n| self.page(n == 0)));
        requests.extend((0..8).map(|_| graphql(BOOKS, &json!({}))));
        requests
    }
}

fn list(subjects: &Subjects<'_>) -> Vec<Case> {
    let several = |name, requests, peers| Case {
        name,
        side: Side::Bookplate,
        requests,
        peers,
        size: Default::default(),
    };
    let ours = |name, request, peers| several(name, vec![request], peers);
    let by_hand = |name, request| Case { side: Side::Handwritten, ..ours(name, request, &[]) };
    vec![
        ours("`{ __typename }`", graphql(TYPENAME, &json!({})), &[("", 2_900.0)]),
        by_hand("the same request, by hand", typename_by_hand()),
        by_hand("hello, by hand", Request::get("/hello")),
        ours(
            "20 books with authors",
            graphql(BOOKS, &json!({})),
            &[("Prisma include", 361.0), ("hand-written join", 645.0)],
        ),
        by_hand("20 books with authors, by hand", books_by_hand()),
        ours("one book by id", graphql(BOOK, &json!({ "id": subjects.id })), &[("", 1_605.0)]),
        ours("10 books of a connection, page 1", subjects.page(false), &[]),
        ours("the same, page 1,000", subjects.page(true), &[]),
        ours("`createBook` with a session", subjects.create(), &[("", 312.0)]),
        ours("`get-session` with a cookie", session(subjects.cookie), &[("", 630.0)]),
        several("mixed: 19 reads, 1 write", subjects.mix(), &[]),
    ]
}

fn session(cookie: &str) -> Request {
    Request::get("/api/auth/get-session").with("cookie", cookie)
}

pub(crate) fn origin(server: &Server) -> String {
    format!("http://127.0.0.1:{}", server.port)
}

const EMAIL: &str = "bench@example.com";
const PASSWORD: &str = "correct horse battery staple";

/// Signs a new user up, and returns the session cookie.
pub(crate) fn sign_up(server: &Server) -> io::Result<String> {
    let user = json!({ "name": "Bench", "email": EMAIL, "password": PASSWORD });
    cookie(server, Request::post("/api/auth/sign-up/email", user.to_string()))
}

/// Signs the user in again, and returns the session cookie.
pub(crate) fn sign_in(server: &Server) -> io::Result<String> {
    let user = json!({ "email": EMAIL, "password": PASSWORD });
    cookie(server, Request::post("/api/auth/sign-in/email", user.to_string()))
}

fn cookie(server: &Server, request: Request) -> io::Result<String> {
    let cookies = send_checked(server, &request.with("origin", &origin(server)))?.cookies;
    if cookies.is_empty() {
        return Err(io::Error::other("signing in set no cookie"));
    }
    Ok(cookies)
}

/// Fails unless the response is 200 and its content has no errors.
pub(crate) fn send_checked(server: &Server, request: &Request) -> io::Result<Answer> {
    let answer = send(server.port, request)
        .map_err(|error| io::Error::other(format!("{}: {error}", request.path)))?;
    let good = answer.status == 200 && answer.body != "null" && !answer.body.contains("\"errors\"");
    if !good {
        let Answer { status, body, .. } = answer;
        return Err(io::Error::other(format!("{} answered {status}: {body}", request.path)));
    }
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn responses_that_differ_are_an_error() {
        assert!(same("[1,2]", "[1,2]").is_ok());
        let error = same("[1,2]", "[1,3]").unwrap_err().to_string();
        assert_eq!(error, "two answers to one query, from byte 3:\n2]\n3]");
        assert!(same("[1,2]", "[1,2] ").is_err());
    }
}
