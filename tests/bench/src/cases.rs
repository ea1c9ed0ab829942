//! What is asked of the servers, and the check that they answer it well.

use std::io;

use serde_json::{Value, json};

use crate::{
    http::{Answer, Request, send},
    load::NUMBER,
    process::Server,
};

const BOOKS: &str = "{ books(limit: 20) { id title authors { id name } } }";
const BOOK: &str = "query($id: ID!) { book(id: $id) { id title } }";
const CREATE: &str =
    "mutation($t: String!) { createBook(input: {title: $t, authorIds: []}) { id } }";

/// Who is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Bookplate,
    Handwritten,
    /// better-auth's own server on Node.
    Node,
}

/// The servers, of which all but ours may be idle or absent.
pub(crate) struct Servers {
    pub(crate) bookplate: Server,
    pub(crate) handwritten: Server,
    /// Absent where its packages are not installed.
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

/// One kind of request.
#[derive(Debug)]
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) side: Side,
    pub(crate) request: Request,
    /// What the `NestJS` peer did, and how: requests per CPU-second.
    pub(crate) peers: &'static [(&'static str, f64)],
    /// One good answer's size: with its headers, and without.
    pub(crate) size: (usize, usize),
}

impl Case {
    /// Cases that make the database grow come after the others.
    pub(crate) fn writes(&self) -> bool {
        self.request.body.as_ref().is_some_and(|body| body.contains(NUMBER))
    }
}

/// A GraphQL request.
pub(crate) fn graphql(query: &str, variables: &Value) -> Request {
    let body = json!({ "query": query, "variables": variables });
    Request::post("/graphql", body.to_string())
}

/// All cases, each of which was answered well once.
pub(crate) fn prepare(servers: &Servers) -> io::Result<Vec<Case>> {
    let Servers { bookplate, handwritten, node } = servers;
    let cookie = sign_up(bookplate)?;
    let books = ask(bookplate, &graphql(BOOKS, &json!({})))?;
    let by_hand = ask(handwritten, &Request::post("/books", json!({ "limit": 20 }).to_string()))?;
    same(&books.body, &by_hand.body)?;
    let books: Value = serde_json::from_str(&books.body)?;
    let id = books.pointer("/data/books/19/id").cloned().unwrap_or_default();
    let mut cases = list(&origin(bookplate), &cookie, &id);
    if let Some(node) = node {
        cases.push(Case {
            name: "`get-session`, better-auth on Node",
            side: Side::Node,
            request: session(&sign_up(node)?),
            peers: &[],
            size: Default::default(),
        });
    }
    for case in &mut cases {
        let answer = ask(servers.of(case.side)?, &case.request)?;
        case.size = (answer.size, answer.body.len());
    }
    Ok(cases)
}

/// Fails at the first byte in which two answers differ.
fn same(ours: &str, theirs: &str) -> io::Result<()> {
    let place = ours.bytes().zip(theirs.bytes()).position(|(our, their)| our != their);
    let Some(place) = place.or((ours.len() != theirs.len()).then_some(0)) else { return Ok(()) };
    let from = |text: &str| {
        String::from_utf8_lossy(text.as_bytes().get(place..).unwrap_or(&[])).into_owned()
    };
    let (ours, theirs) = (from(ours), from(theirs));
    Err(io::Error::other(format!(
        "two answers to one query, from byte {place}:\n{ours:.99}\n{theirs:.99}"
    )))
}

fn list(origin: &str, cookie: &str, id: &Value) -> Vec<Case> {
    let ours = |name, request, peers| Case {
        name,
        side: Side::Bookplate,
        request,
        peers,
        size: Default::default(),
    };
    let by_hand = |name, request| Case { side: Side::Handwritten, ..ours(name, request, &[]) };
    let create = graphql(CREATE, &json!({ "t": format!("Emma {NUMBER}") }))
        .with("origin", origin)
        .with("cookie", cookie);
    vec![
        ours("`{ __typename }`", graphql("{ __typename }", &json!({})), &[("", 2_900.0)]),
        by_hand("hello, by hand", Request::get("/hello")),
        ours(
            "20 books with authors",
            graphql(BOOKS, &json!({})),
            &[("Prisma include", 361.0), ("hand-written join", 645.0)],
        ),
        by_hand(
            "20 books with authors, by hand",
            Request::post("/books", json!({ "limit": 20 }).to_string()),
        ),
        ours("one book by id", graphql(BOOK, &json!({ "id": id })), &[("", 1_605.0)]),
        ours("`createBook` with a session", create, &[("", 312.0)]),
        ours("`get-session` with a cookie", session(cookie), &[("", 630.0)]),
    ]
}

fn session(cookie: &str) -> Request {
    Request::get("/api/auth/get-session").with("cookie", cookie)
}

fn origin(server: &Server) -> String {
    format!("http://127.0.0.1:{}", server.port)
}

fn sign_up(server: &Server) -> io::Result<String> {
    let user = json!({
        "name": "Bench",
        "email": "bench@example.com",
        "password": "correct horse battery staple",
    });
    let request = Request::post("/api/auth/sign-up/email", user.to_string());
    let cookies = ask(server, &request.with("origin", &origin(server)))?.cookies;
    if cookies.is_empty() {
        return Err(io::Error::other("signing up set no cookie"));
    }
    Ok(cookies)
}

/// Fails unless the answer is 200 and has content without errors.
fn ask(server: &Server, request: &Request) -> io::Result<Answer> {
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
    fn two_answers_must_be_the_same_to_the_byte() {
        assert!(same("[1,2]", "[1,2]").is_ok());
        let error = same("[1,2]", "[1,3]").unwrap_err().to_string();
        assert_eq!(error, "two answers to one query, from byte 3:\n2]\n3]");
        assert!(same("[1,2]", "[1,2] ").is_err());
    }
}
