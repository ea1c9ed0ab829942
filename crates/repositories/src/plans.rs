//! Tests of query plans: both databases find any page by an index, without sorting.

mod library;

use std::{borrow::Cow, collections::BTreeSet};

use database::{
    JsonContent,
    user::{entity::Entity, with_address},
};
use domain::{
    Author, AuthorId, AuthorOrder, Book, BookFilter, BookOrder, Cursor, CursorValues, FieldType,
    Id, PageRequest, Paging, Projection, Search, SortOrder, SortTerm, SortValue, UserId,
};
use sea_orm::{Condition, ConnectionTrait, EntityTrait, QueryTrait};

use self::library::Library;
use crate::{
    json_query::JsonQuery,
    parent_keys::ParentKeys,
    rows::RowFormat,
    select::ListSelect,
    size::JsonSize,
    statement::Sql,
    table::{ChildOf, ListedEntity},
};

/// A cursor in the middle.
fn middle(order: &SortOrder) -> Cursor {
    let value = |SortTerm { key, .. }: &SortTerm| match key.ty() {
        FieldType::Text { .. } => SortValue::Text("x3".to_owned()),
        FieldType::Id => SortValue::Text("b13".to_owned()),
        FieldType::Int | FieldType::Boolean => SortValue::Int(1000),
        FieldType::Instant => SortValue::Text("1970-01-01T00:00:00+00:00".to_owned()),
    };
    Cursor::At(CursorValues(order.terms().iter().map(value).collect()))
}

/// Pages from both ends, after and before a cursor.
fn pages(order: &SortOrder) -> Vec<(bool, Paging)> {
    let absent = || Cursor::Absent;
    let requests = [
        (false, PageRequest::new(Some(50), None, absent(), absent())),
        (false, PageRequest::new(None, Some(50), absent(), absent())),
        (true, PageRequest::new(Some(50), None, middle(order), absent())),
        (true, PageRequest::new(None, Some(50), absent(), middle(order))),
        (true, PageRequest::new(Some(50), None, absent(), middle(order))),
        (true, PageRequest::new(None, Some(50), middle(order), absent())),
    ];
    requests.map(|(seeks, request)| (seeks, Paging::Keyset(request.unwrap()))).into()
}

/// The rows that match a filter, in an order.
fn matching<'q, E: ListedEntity>(
    library: &Library,
    filter: &'q E::Filter,
    order: &'q SortOrder,
) -> ListSelect<'q, E> {
    let backend = library.db.reader().get_database_backend();
    ListSelect::matching(backend, filter, Cow::Borrowed(order), Condition::all())
}

/// What is wrong with how a page in this order is found.
async fn faults<E: ListedEntity>(
    library: &Library,
    order: impl IntoIterator<Item = E::Order>,
    index: &str,
) -> BTreeSet<String> {
    let order = SortOrder::new(order.into_iter().map(Into::into));
    let filter = E::Filter::default();
    let mut faults = BTreeSet::new();
    for (seeks, paging) in pages(&order) {
        let page = matching::<E>(library, &filter, &order).whole_page(&paging);
        let plan = library.plan(&page).await;
        let (sorts, seek) =
            if library.is_postgres() { ("Sort", "Index Cond") } else { ("TEMP B-TREE", "SEARCH") };
        if plan.contains(sorts) || !plan.contains(index) || plan.contains(seek) != seeks {
            faults.insert(plan);
        }
    }
    faults
}

async fn assert_pages_are_found_by_index(library: Library) {
    let primary = if library.is_postgres() { "book_pkey" } else { "sqlite_autoindex_book_1" };
    let books = [
        (None, primary),
        (Some(BookOrder::TitleAsc), "book_titleFolded_idx"),
        (Some(BookOrder::TitleDesc), "book_titleFolded_idx"),
        (Some(BookOrder::ReleaseYearAsc), "book_releaseYearOrLast_idx"),
        (Some(BookOrder::ReleaseYearDesc), "book_releaseYearOrFirst_idx"),
        (Some(BookOrder::CreatedAtAsc), "book_createdAt_idx"),
        (Some(BookOrder::CreatedAtDesc), "book_createdAt_idx"),
    ];
    let mut found = BTreeSet::new();
    for (order, index) in books {
        found.extend(faults::<Book>(&library, order, index).await);
    }
    for (order, index) in [
        (AuthorOrder::NameAsc, "author_nameFolded_idx"),
        (AuthorOrder::NameDesc, "author_nameFolded_idx"),
        (AuthorOrder::BirthYearAsc, "author_birthYearOrLast_idx"),
        (AuthorOrder::BirthYearDesc, "author_birthYearOrFirst_idx"),
        (AuthorOrder::CreatedAtAsc, "author_createdAt_idx"),
        (AuthorOrder::CreatedAtDesc, "author_createdAt_idx"),
    ] {
        found.extend(faults::<Author>(&library, [order], index).await);
    }
    library.remove().await.unwrap();
    assert!(found.is_empty(), "{}", Vec::from_iter(found).join("\n\n"));
}

#[tokio::test]
async fn sqlite_finds_pages_by_index() {
    assert_pages_are_found_by_index(Library::sqlite().await).await;
}

#[tokio::test]
async fn postgres_finds_pages_by_index() {
    if let Some(library) = Library::postgres().await {
        assert_pages_are_found_by_index(library).await;
    }
}

/// The plan of a page of many parents' children.
async fn children_of<P: Id>(library: &Library, parents: &[P]) -> String
where
    Book: ChildOf<P>,
{
    let parents = ParentKeys::new(parents);
    let backend = library.db.reader().get_database_backend();
    let list = ListSelect::<Book>::children(backend, Book::RELATION, &parents, Condition::all());
    let page = PageRequest::new(Some(5), None, middle(&list.order), Cursor::Absent).unwrap();
    let paging = Paging::Keyset(page);
    let projection = Projection { long_texts: true, nested_long_texts: None };
    let format = RowFormat { projection, has_parent: true, cursor_len: 1 };
    let columns = format.columns::<Book>();
    let write_rows = |sql: &mut Sql| list.write(&columns, &paging, true, sql);
    let write_json = |sql: &mut Sql| format.write::<Book>(Some(&Condition::all()), sql);
    let query = JsonQuery {
        content: JsonContent::Rows,
        size: JsonSize::default(),
        max_rows: 1,
        materialized: true,
    };
    let statement = query.statement(backend, None, write_rows, write_json);
    library.plan_of(statement).await
}

/// The plans of pages of many parents' children.
async fn children(library: &Library) -> [String; 2] {
    let authors: Vec<_> = (1..21).map(|n| AuthorId(format!("a{n}"))).collect();
    [children_of(library, &authors).await, children_of(library, &[UserId::from("u")]).await]
}

#[tokio::test]
async fn sqlite_finds_the_children_of_many_parents_by_index() {
    let library = Library::sqlite().await;
    let [written, owned] = children(&library).await;
    library.remove().await.unwrap();
    assert!(written.contains("(authorId=? AND bookId>?)"), "{written}");
    assert!(owned.contains("(userId=? AND id>?)"), "{owned}");
    for plan in [written, owned] {
        assert!(!plan.contains("SCAN l") && !plan.contains("SCAN t"), "{plan}");
    }
}

#[tokio::test]
async fn postgres_finds_the_children_of_many_parents_by_index() {
    let Some(library) = Library::postgres().await else { return };
    let plans = children(&library).await;
    library.remove().await.unwrap();
    for (plan, index) in plans.into_iter().zip(["bookAuthor_authorId_idx", "book_userId_idx"]) {
        assert!(plan.contains(index) && !plan.contains("Seq Scan"), "{plan}");
    }
}

/// The plans of searches for a word, and for a run that its terms do not tell.
async fn searches(library: &Library) -> Vec<String> {
    [found(library, "x123").await, found(library, "百年孤独").await].concat()
}

/// The plans of the first page and of a later one of what a search finds.
async fn found(library: &Library, text: &str) -> [String; 2] {
    let search = Some(Search::new(text).unwrap());
    let order = SortOrder::for_search([], search.as_ref());
    let filter = BookFilter { search, ..BookFilter::default() };
    let plan = async |after| {
        let page = PageRequest::new(Some(50), None, after, Cursor::Absent).unwrap();
        let list = matching::<Book>(library, &filter, &order);
        library.plan(&list.whole_page(&Paging::Keyset(page))).await
    };
    [plan(Cursor::Absent).await, plan(middle(&order)).await]
}

#[tokio::test]
async fn sqlite_finds_words_in_the_index_and_each_row_by_its_id() {
    let library = Library::sqlite().await;
    let plans = searches(&library).await;
    library.remove().await.unwrap();
    for plan in plans {
        assert!(plan.starts_with("SCAN bookSearchIndex VIRTUAL TABLE"), "{plan}");
        assert!(plan.contains("SEARCH t USING INDEX sqlite_autoindex_book_1 (id=?)"), "{plan}");
        assert_eq!(plan.matches("SCAN").count(), plan.matches("VIRTUAL TABLE").count(), "{plan}");
    }
}

#[tokio::test]
async fn postgres_finds_words_in_the_index_and_each_row_by_its_id() {
    let Some(library) = Library::postgres().await else { return };
    let plans = searches(&library).await;
    library.remove().await.unwrap();
    for plan in plans {
        assert!(plan.contains("bookSearch_words_idx") && plan.contains("book_pkey"), "{plan}");
        assert!(!plan.contains("Seq Scan") && !plan.contains("Hash Join"), "{plan}");
    }
}

/// The plan by which a user of an address is found, whatever its case.
async fn user(library: &Library) -> String {
    let numbers = if library.is_postgres() {
        "generate_series(1, 5000) as c(n)"
    } else {
        "(with recursive c(n) as (select 1 union all select n + 1 from c where n < 5000) select n from c)"
    };
    let users = format!(
        r#"insert into "user" ("id", "name", "email", "emailVerified", "createdAt", "updatedAt")
        select 'u' || n, 'U', 'U' || n || '@example.com', "emailVerified", "createdAt", "updatedAt"
        from "user", {numbers}; analyze"#
    );
    library.db.writer().execute_unprepared(&users).await.unwrap();
    let backend = library.db.reader().get_database_backend();
    let found = with_address(Entity::find(), backend, "u1@example.com");
    library.plan(&QueryTrait::into_query(found)).await
}

#[tokio::test]
async fn both_databases_find_users_by_their_address_by_index() {
    let libraries = [Some(Library::sqlite().await), Library::postgres().await];
    for library in libraries.into_iter().flatten() {
        let plan = user(&library).await;
        library.remove().await.unwrap();
        assert!(plan.contains("user_email_lower_idx"), "{plan}");
    }
}
