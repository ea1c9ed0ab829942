//! The measured requests on many books.

use std::io;

use serde_json::{Map, Value, json};

use crate::{
    cases::{ask, graphql, origin},
    http::Request,
    load::NUMBER,
    process::Server,
};

/// The length of a page.
const LENGTH: usize = 50;
const FAR: usize = 1_000;
/// The maximum page length, which reaches the distant page with the fewest requests.
const STEP: usize = 100;
const ORDERS: [Option<&str>; 7] = [
    None,
    Some("TITLE_ASC"),
    Some("TITLE_DESC"),
    Some("RELEASE_YEAR_ASC"),
    Some("RELEASE_YEAR_DESC"),
    Some("CREATED_AT_ASC"),
    Some("CREATED_AT_DESC"),
];
const PAGE: &str = "query(
    $filter: BookFilter, $orderBy: [BookOrder!], $search: String,
    $first: Int, $after: String, $last: Int
) {
    booksConnection(
        filter: $filter, orderBy: $orderBy, search: $search,
        first: $first, after: $after, last: $last
    ) {
        edges { cursor node { id title } }
        pageInfo { startCursor endCursor hasNextPage hasPreviousPage }
    }
}";
const COUNT: &str = "query($filter: BookFilter, $search: String) {
    booksConnection(filter: $filter, search: $search, first: 1) { totalCount }
}";
const BY_AUTHOR: &str = "query($id: ID!, $first: Int, $after: String) {
    author(id: $id) { booksConnection(first: $first, after: $after) {
        edges { cursor node { id title } } pageInfo { endCursor hasNextPage }
    } }
}";
const CREATE: &str = "mutation($title: String!, $description: String) {
    createBook(input: { title: $title, description: $description, authorIds: [] }) { id }
}";
/// A description of typical length.
const DESCRIPTION: &str = "A young woman of an old family comes back to the house at the \
    lake where she was born, and finds in its library the letters that her grandmother \
    wrote, but never sent, to a man of whom nobody had ever told her. What begins with a \
    few faded names becomes a journey through half of Europe, to people who had all but \
    forgotten, and to a truth that the village would rather have kept under its snow.";

/// A request with its name.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) request: Request,
}

/// Values that requests use.
#[derive(Clone, Debug)]
pub(crate) struct Library {
    /// An author of generated books, and a user who owns them.
    author: Value,
    owner: Value,
    /// A word of exactly one title.
    rare: String,
}

impl Library {
    pub(crate) fn look(server: &Server) -> io::Result<Self> {
        let query =
            "{ books(limit: 1, orderBy: CREATED_AT_DESC) { title ownerId authors { id } } }";
        let body = value(server, &graphql(query, &json!({})))?;
        let part = |place| body.pointer(place).cloned().ok_or_else(|| missing(place));
        let title = part("/data/books/0/title")?;
        let rare = title.as_str().and_then(|title| title.split(' ').next_back());
        Ok(Self {
            author: part("/data/books/0/authors/0/id")?,
            owner: part("/data/books/0/ownerId")?,
            rare: rare.unwrap_or_default().to_owned(),
        })
    }
}

fn missing(what: &str) -> io::Error {
    io::Error::other(format!("the library has no {what}"))
}

fn value(server: &Server, request: &Request) -> io::Result<Value> {
    Ok(serde_json::from_str(&ask(server, request)?.body)?)
}

/// A list of books: order, filter or search, as variables.
#[derive(Clone, Debug, Default)]
struct List(Map<String, Value>);

impl List {
    fn with(mut self, name: &str, value: Value) -> Self {
        self.0.insert(name.to_owned(), value);
        self
    }

    fn sorted(order: Option<&str>) -> Self {
        order.map_or_else(Self::default, |order| Self::default().with("orderBy", json!([order])))
    }

    fn page(&self, first: usize, after: &Value) -> Request {
        let list = self.clone().with("first", json!(first)).with("after", after.clone());
        graphql(PAGE, &Value::Object(list.0))
    }

    fn last(&self) -> Request {
        graphql(PAGE, &Value::Object(self.clone().with("last", json!(LENGTH)).0))
    }

    fn count(&self) -> Request {
        graphql(COUNT, &Value::Object(self.0.clone()))
    }

    /// Returns the request of the distant page after paging to it.
    fn far(&self, server: &Server) -> io::Result<Request> {
        let (mut after, mut seen) = (Value::Null, 0);
        let wanted = (FAR - 1) * LENGTH;
        while seen < wanted {
            let step = (wanted - seen).min(STEP);
            let page = value(server, &self.page(step, &after))?;
            let end = page.pointer("/data/booksConnection/pageInfo/endCursor");
            after = end
                .filter(|cursor| cursor.is_string())
                .cloned()
                .ok_or_else(|| io::Error::other(format!("a list has fewer than {wanted} books")))?;
            seen += step;
        }
        Ok(self.page(LENGTH, &after))
    }
}

/// Returns all requests that only read.
pub(crate) fn reads(server: &Server, library: &Library) -> io::Result<Vec<Case>> {
    let mut cases = Vec::new();
    for order in ORDERS {
        let list = List::sorted(order);
        let name = order.map_or_else(|| "by id".to_owned(), |order| format!("`{order}`"));
        eprintln!("{name}: walking to page {FAR}");
        cases.push(case(format!("{name}, page 1"), list.page(LENGTH, &Value::Null)));
        cases.push(case(format!("{name}, page 1,000"), list.far(server)?));
        cases.push(case(format!("{name}, the last page"), list.last()));
    }
    cases.extend(filters(library));
    cases.extend(searches(library));
    Ok(cases)
}

fn filters(library: &Library) -> Vec<Case> {
    let by_author = json!({ "authorId": library.author });
    let years = json!({ "releaseYear": { "min": 1900, "max": 1910 } });
    let filtered = |filter: &Value| List::default().with("filter", filter.clone());
    let by_title = filtered(&years).with("orderBy", json!(["TITLE_ASC"]));
    let owned = filtered(&json!({ "ownerId": library.owner }));
    let page = |list: &List| list.page(LENGTH, &Value::Null);
    let nested = json!({ "id": library.author, "first": LENGTH });
    vec![
        case("filter `authorId`", page(&filtered(&by_author))),
        case("filter `ownerId`, a third of all", page(&owned)),
        case("filter `releaseYear`, 2 % of all, `TITLE_ASC`", page(&by_title)),
        case("`Author.booksConnection`", graphql(BY_AUTHOR, &nested)),
        case("`totalCount` of all", List::default().count()),
        case("`totalCount`, filter `authorId`", filtered(&by_author).count()),
        case("`totalCount`, filter `ownerId`", owned.count()),
    ]
}

/// Generated titles are "The Silent Garden 4711": all have the first word, a sixteenth each of the
/// next two words, and one the number.
fn searches(library: &Library) -> Vec<Case> {
    let search = |text: &str| List::default().with("search", json!(text));
    let page = |text: &str| search(text).page(LENGTH, &Value::Null);
    let rare = &library.rare;
    let beginning: String = rare.chars().take(3).collect();
    vec![
        case("search: a word of one title", page(rare)),
        case("search: the beginning of a number", page(&beginning)),
        case("search: a word of 6 %", page("garden")),
        case("search: the beginning of a word of 6 %", page("gar")),
        case("search: two words, 0.4 %", page("silent garden")),
        case("search: a word of all and the number", page(&format!("the {rare}"))),
        case("search: a word of all", page("the")),
        case("search: one letter, a word of all", page("t")),
        case("search: a word of 6 %, `TITLE_ASC`", {
            search("garden").with("orderBy", json!(["TITLE_ASC"])).page(LENGTH, &Value::Null)
        }),
        case("`totalCount`, a word of 6 %", search("garden").count()),
        case("`totalCount`, a word of all", search("the").count()),
    ]
}

fn case(name: impl Into<String>, request: Request) -> Case {
    Case { name: name.into(), request }
}

/// Creates a request that adds a book of typical length, a different one each time.
pub(crate) fn create(server: &Server, cookie: &str, name: &str) -> Case {
    let title = format!("The House at the Lake {NUMBER}");
    let request = graphql(CREATE, &json!({ "title": title, "description": DESCRIPTION }));
    case(name, request.with("origin", &origin(server)).with("cookie", cookie))
}
