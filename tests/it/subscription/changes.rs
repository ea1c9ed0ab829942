//! Delivered changes: each change, once, to every matching subscription.

use serde_json::json;

use super::{BOOKS, ServedApp};

const RENAME: &str =
    "mutation($id: ID!) { updateBook(id: $id, input: { title: \"Emma II\" }) { id } }";
const DELETE: &str = "mutation($id: ID!) { deleteBook(id: $id) { id } }";

#[tokio::test]
async fn changes_of_books_are_delivered_with_their_actor() {
    let served = ServedApp::open().await;
    let ann = served.app.signed_in("ann").await;
    let admin = served.app.with_role("root", "admin_rw").await;
    let mut socket = served.anonymous_socket().await;
    socket.subscribe("1", BOOKS).await;

    let id = ann.create_book("Emma").await;
    admin.graphql(RENAME, json!({ "id": id })).await.data();
    ann.graphql(DELETE, json!({ "id": id })).await.data();

    for (kind, title, actor) in
        [("CREATED", "Emma", "ann"), ("UPDATED", "Emma II", "root"), ("DELETED", "Emma II", "ann")]
    {
        let change = json!({
            "kind": kind, "book": { "id": id, "title": title }, "actor": { "name": actor }
        });
        assert_eq!(socket.next("1").await, json!({ "bookChanged": change }));
    }
    socket.assert_no_message().await;
}

#[tokio::test]
async fn changes_of_authors_are_delivered() {
    let served = ServedApp::open().await;
    let ann = served.app.signed_in("ann").await;
    let mut socket = served.anonymous_socket().await;
    socket.subscribe("1", "subscription { authorChanged { kind author { name } } }").await;

    let id = ann.create_author("Jane").await;
    ann.create_book("Emma").await;
    ann.graphql("mutation($id: ID!) { deleteAuthor(id: $id) { id } }", json!({ "id": id })).await;

    for kind in ["CREATED", "DELETED"] {
        let change = json!({ "kind": kind, "author": { "name": "Jane" } });
        assert_eq!(socket.next("1").await, json!({ "authorChanged": change }));
    }
    socket.assert_no_message().await;
}

#[tokio::test]
async fn rolled_back_changes_are_not_delivered() {
    let served = ServedApp::open().await;
    let (ann, bob) = (served.app.signed_in("ann").await, served.app.signed_in("bob").await);
    let id = ann.create_book("Emma").await;
    let mut socket = served.anonymous_socket().await;
    socket.subscribe("1", BOOKS).await;

    assert_eq!(bob.graphql(DELETE, json!({ "id": id })).await.error_code(), "FORBIDDEN");
    let long = json!({ "title": "x".repeat(301), "authorIds": [] });
    let create = "mutation($input: CreateBookInput!) { createBook(input: $input) { id } }";
    assert_eq!(ann.graphql(create, json!({ "input": long })).await.error_code(), "BAD_USER_INPUT");

    socket.assert_no_message().await;
}

#[tokio::test]
async fn all_conditions_of_a_subscription_must_match() {
    let served = ServedApp::open().await;
    let (ann, bob) = (served.app.signed_in("ann").await, served.app.signed_in("bob").await);
    let jane = ann.create_author("Jane").await;
    let write = "mutation($title: String!, $authors: [ID!]!) {
        createBook(input: { title: $title, authorIds: $authors }) { id } }";
    let emma = json!({ "title": "Emma", "authors": [jane] });
    let emma = ann.graphql(write, emma).await.data()["createBook"]["id"].clone();
    let mut socket = served.anonymous_socket().await;
    let (owner, other) = (ann.user_id().await, bob.user_id().await);
    for (id, conditions) in [
        ("book", format!("ids: [{emma}]")),
        ("author", format!("authorId: \"{jane}\"")),
        ("owner", format!("ownerId: \"{owner}\"")),
        ("all", format!("ids: [{emma}], authorId: \"{jane}\", ownerId: \"{owner}\"")),
        ("no", format!("ids: [{emma}], ownerId: \"{other}\"")),
        ("none", "ids: []".to_owned()),
    ] {
        let query = format!("subscription {{ bookChanged({conditions}) {{ book {{ title }} }} }}");
        socket.subscribe(id, &query).await;
    }

    // The book has no longer Jane as author, and subscriptions by Jane receive that.
    let free = "mutation($id: ID!) { updateBook(id: $id, input: { authorIds: [] }) { id } }";
    ann.graphql(free, json!({ "id": emma })).await.data();
    let mut received = Vec::new();
    for _ in 0..4 {
        received.push(socket.receive().await["id"].as_str().unwrap().to_owned());
    }
    received.sort();
    assert_eq!(received, ["all", "author", "book", "owner"]);

    bob.graphql(write, json!({ "title": "Sanditon", "authors": [jane] })).await.data();
    let data = socket.next("author").await;
    assert_eq!(data["bookChanged"]["book"]["title"], "Sanditon");
    socket.assert_no_message().await;
}

#[tokio::test]
async fn all_books_of_a_bulk_mutation_are_delivered() {
    let served = ServedApp::open().await;
    let ann = served.app.signed_in("ann").await;
    let mut socket = served.anonymous_socket().await;
    socket.subscribe("1", BOOKS).await;

    let titles = ["Emma", "Persuasion", "Sanditon"];
    let inputs = titles.map(|title| json!({ "title": title, "authorIds": [] }));
    let create = "mutation($inputs: [CreateBookInput!]!) { createBooks(inputs: $inputs) { id } }";
    ann.graphql(create, json!({ "inputs": inputs })).await.data();

    for title in titles {
        assert_eq!(socket.next("1").await["bookChanged"]["book"]["title"], title);
    }
}

#[tokio::test]
async fn a_delivered_row_has_its_current_values() {
    let served = ServedApp::open().await;
    let ann = served.app.signed_in("ann").await;
    let jane = ann.create_author("Jane").await;
    let mut socket = served.anonymous_socket().await;
    let query = "subscription { bookChanged { book { authors { name } owner { name } } } }";
    socket.subscribe("1", query).await;
    let write = "mutation($authors: [ID!]!) {
        createBook(input: { title: \"Emma\", authorIds: $authors }) { id } }";

    for name in ["Jane", "Jane Austen"] {
        let rename = "mutation($id: ID!, $name: String!) {
            updateAuthor(id: $id, input: { name: $name }) { id } }";
        ann.graphql(rename, json!({ "id": jane, "name": name })).await.data();
        ann.graphql(write, json!({ "authors": [jane] })).await.data();
        let book = &socket.next("1").await["bookChanged"]["book"];
        assert_eq!(*book, json!({ "authors": [{ "name": name }], "owner": { "name": "ann" } }));
    }
}

#[tokio::test]
async fn a_deleted_book_is_delivered_with_its_former_authors() {
    let served = ServedApp::open().await;
    let ann = served.app.signed_in("ann").await;
    let names = ["Ilf", "Petrov", "Bulgakov"];
    let mut authors = Vec::new();
    for name in names {
        authors.push(ann.create_author(name).await);
    }
    let write = "mutation($authors: [ID!]!) {
        createBook(input: { title: \"The Twelve Chairs\", authorIds: $authors }) { id } }";
    let book = ann.graphql(write, json!({ "authors": authors })).await.data();
    let book = book["createBook"]["id"].clone();
    let selected = "authors { id name } owner { name } viewerCan { delete }
        first: authorsConnection(first: 2) {
            totalCount nodes { name } pageInfo { hasNextPage hasPreviousPage } }
        last: authorsConnection(last: 1) {
            nodes { name } pageInfo { hasNextPage hasPreviousPage } }";
    let mut socket = served.anonymous_socket().await;
    let query = format!("subscription {{ bookChanged {{ kind book {{ {selected} }} }} }}");
    socket.subscribe("1", &query).await;

    // The authors are deleted right after the book, before the subscription reads them.
    let delete = format!(
        "mutation($book: ID!, $one: ID!, $two: ID!, $three: ID!) {{
            deleteBook(id: $book) {{ {selected} }}
            one: deleteAuthor(id: $one) {{ id }}
            two: deleteAuthor(id: $two) {{ id }}
            three: deleteAuthor(id: $three) {{ id }} }}"
    );
    let ids = json!({ "book": book, "one": authors[0], "two": authors[1], "three": authors[2] });
    let returned = ann.graphql(&delete, ids).await.data()["deleteBook"].clone();

    let mut expected = json!({
        "authors": authors.iter().zip(names).map(|(id, name)| json!({ "id": id, "name": name })).collect::<Vec<_>>(),
        "owner": { "name": "ann" },
        "viewerCan": { "delete": true },
        "first": {
            "totalCount": 3,
            "nodes": [{ "name": "Ilf" }, { "name": "Petrov" }],
            "pageInfo": { "hasNextPage": true, "hasPreviousPage": false },
        },
        "last": {
            "nodes": [{ "name": "Bulgakov" }],
            "pageInfo": { "hasNextPage": false, "hasPreviousPage": true },
        },
    });
    assert_eq!(returned, expected);
    expected["viewerCan"]["delete"] = json!(false);
    let delivered = socket.next("1").await["bookChanged"].clone();
    assert_eq!(delivered, json!({ "kind": "DELETED", "book": expected }));
}

#[tokio::test]
async fn long_biographies_of_a_deleted_books_authors_are_omitted() {
    let served = ServedApp::open().await;
    let ann = served.app.signed_in("ann").await;
    let create = "mutation($name: String!, $bio: String!) {
        createAuthor(input: { name: $name, bio: $bio }) { id } }";
    let mut authors = Vec::new();
    for name in ["Ilf", "Petrov"] {
        let author = json!({ "name": name, "bio": "é".repeat(9_000) });
        authors.push(ann.graphql(create, author).await.data()["createAuthor"]["id"].clone());
    }
    let mut socket = served.anonymous_socket().await;
    let query = "subscription { bookChanged { kind book { authors { name bio } } } }";
    socket.subscribe("1", query).await;
    let write = "mutation($authors: [ID!]!) {
        createBook(input: { title: \"The Twelve Chairs\", authorIds: $authors }) { id } }";
    let book = ann.graphql(write, json!({ "authors": authors })).await.data();
    let book = book["createBook"]["id"].clone();
    let delete = "mutation($id: ID!) { deleteBook(id: $id) { authors { bio } } }";

    let returned = ann.graphql(delete, json!({ "id": book })).await.data();
    let bio = returned["deleteBook"]["authors"][1]["bio"].as_str().unwrap();
    assert_eq!(bio.chars().count(), 9_000);
    socket.next("1").await;
    let delivered = socket.next("1").await["bookChanged"].clone();
    let authors = json!([{ "name": "Ilf", "bio": null }, { "name": "Petrov", "bio": null }]);
    assert_eq!(delivered, json!({ "kind": "DELETED", "book": { "authors": authors } }));
}

/// One response serves all equal subscriptions, unless it depends on the viewer.
#[tokio::test]
async fn fields_visible_to_one_viewer_are_not_delivered_to_others() {
    let served = ServedApp::open().await;
    let (ann, bob) = (served.app.signed_in("ann").await, served.app.signed_in("bob").await);
    let query = "subscription { bookChanged { actor { name email } } }";
    let mut sockets = vec![
        (served.socket_of(&ann).await, json!("ann@example.com")),
        (served.socket_of(&bob).await, json!(null)),
        (served.anonymous_socket().await, json!(null)),
        (served.socket_of(&ann).await, json!("ann@example.com")),
    ];
    for (socket, _) in &mut sockets {
        socket.subscribe("1", query).await;
    }

    for _ in 0..3 {
        ann.create_book("Emma").await;
        for (socket, email) in &mut sockets {
            let actor = json!({ "name": "ann", "email": email });
            assert_eq!(socket.next("1").await["bookChanged"]["actor"], actor);
        }
        sockets.reverse();
    }
}
