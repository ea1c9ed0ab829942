// The pagination helpers of Apollo Client and Graphcache from npm, which merge the pages of a
// connection, against the server at BASE_URL, which has demo data.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { ApolloClient, HttpLink, InMemoryCache, gql } from "@apollo/client";
import { relayStylePagination } from "@apollo/client/utilities";
import { Client, fetchExchange } from "@urql/core";
import { cacheExchange } from "@urql/exchange-graphcache";
import { relayPagination } from "@urql/exchange-graphcache/extras";

const { BASE_URL = "http://localhost:3000" } = process.env;
const url = `${BASE_URL}/graphql`;
const PAGE = `
  edges { cursor node { id title } }
  pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
`;
const ARGUMENTS = "first: $first, after: $after, last: $last, before: $before";
const VARIABLES = "$first: Int, $after: String, $last: Int, $before: String";
const BY_TITLE = gql`query ByTitle(${VARIABLES}) {
  booksConnection(orderBy: [TITLE_ASC], ${ARGUMENTS}) { ${PAGE} }
}`;
const BY_YEAR = gql`query ByYear(${VARIABLES}) {
  booksConnection(orderBy: [RELEASE_YEAR_DESC], ${ARGUMENTS}) { ${PAGE} }
}`;
const FOUND = gql`query Found(${VARIABLES}) {
  booksConnection(search: "the", ${ARGUMENTS}) { ${PAGE} }
}`;
const OF_AUTHOR = gql`query OfAuthor($id: ID!, ${VARIABLES}) {
  author(id: $id) { id booksConnection(${ARGUMENTS}) { ${PAGE} } }
}`;
const OF_USER = gql`query OfUser($id: ID!, ${VARIABLES}) {
  user(id: $id) { id booksConnection(${ARGUMENTS}) { ${PAGE} } }
}`;

let cookie;
/** An author of several books, and the user with the most books. */
let author, user;

async function ask(query, variables = {}) {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", origin: new URL(BASE_URL).origin, cookie },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = await response.json();
  assert.equal(errors, undefined, JSON.stringify(errors));
  return data;
}

const create = async (title) =>
  (await ask("mutation($title: String!) { createBook(input: { title: $title, authorIds: [] }) { id } }", { title }))
    .createBook.id;

before(async () => {
  const response = await fetch(`${BASE_URL}/api/auth/sign-in/email`, {
    method: "POST",
    headers: { "content-type": "application/json", origin: new URL(BASE_URL).origin },
    body: JSON.stringify({ email: "alice@example.com", password: "correct horse battery" }),
  });
  cookie = response.headers.getSetCookie().map((cookie) => cookie.split(";")[0]).join("; ");
  const { authors, me } = await ask("{ authors(limit: 100) { id books(limit: 20) { id } } me { id } }");
  author = authors.toSorted((one, other) => other.books.length - one.books.length)[0].id;
  user = me.id;
});

/** The ids of a whole list, read by offset. */
async function whole(list) {
  const ids = [];
  for (let page; page?.length !== 0; ids.push(...page)) {
    const data = await ask(`query { ${list.replace("@page", `limit: 100, offset: ${ids.length}`)} }`);
    page = (data.books ?? (data.author ?? data.user).books).map(({ id }) => id);
  }
  return ids;
}

const LISTS = [
  ["by title", BY_TITLE, () => ({}), () => "books(orderBy: [TITLE_ASC], @page) { id }", 40],
  ["by year", BY_YEAR, () => ({}), () => "books(orderBy: [RELEASE_YEAR_DESC], @page) { id }", 40],
  ["of a search", FOUND, () => ({}), () => 'books(search: "the", @page) { id }', 40],
  ["of an author", OF_AUTHOR, () => ({ id: author }), () => `author(id: "${author}") { books(@page) { id } }`, 2],
  ["of a user", OF_USER, () => ({ id: user }), () => `user(id: "${user}") { books(@page) { id } }`, 40],
];

/** Apollo's cache: `page` reads a page, `list` is the cached, merged list. */
function apollo() {
  const books = { booksConnection: relayStylePagination() };
  const cache = new InMemoryCache({
    typePolicies: {
      Query: { fields: { booksConnection: relayStylePagination(["filter", "orderBy", "search"]) } },
      Author: { fields: books },
      User: { fields: books },
    },
  });
  const client = new ApolloClient({ cache, link: new HttpLink({ uri: url }) });
  let first, watched;
  return {
    async page(query, variables) {
      if (watched) return void (await watched.fetchMore({ variables }));
      first = { query, variables };
      await client.query(first);
      watched = client.watchQuery(first);
      watched.subscribe(() => {});
    },
    list: async () => first && connection(client.readQuery(first)),
  };
}

/** Graphcache, likewise; previous pages are appended at the end unless `outwards` is set. */
function graphcache(mergeMode = "inwards") {
  const books = { booksConnection: relayPagination({ mergeMode }) };
  const cache = cacheExchange({ resolvers: { Query: books, Author: books, User: books } });
  const client = new Client({ url, exchanges: [cache, fetchExchange] });
  let first;
  return {
    async page(query, variables) {
      first ??= [query, variables];
      const { error } = await client.query(query, variables, { requestPolicy: "network-only" });
      assert.equal(error, undefined);
    },
    async list() {
      if (!first) return undefined;
      const { data } = await client.query(...first, { requestPolicy: "cache-only" });
      return connection(data);
    },
  };
}

const connection = (data) => (data.author ?? data.user ?? data).booksConnection;
const ids = ({ edges }) => edges.map(({ node }) => node.id);

async function forwards(client, query, variables, size, until = Infinity) {
  let { pageInfo } = (await client.list()) ?? {};
  for (let pages = 0; pages < until && (!pageInfo || pageInfo.hasNextPage); pages += 1) {
    await client.page(query, { ...variables, first: size, ...(pageInfo && { after: pageInfo.endCursor }) });
    ({ pageInfo } = await client.list());
  }
}

async function backwards(client, query, variables, size) {
  let { pageInfo } = (await client.list()) ?? {};
  while (!pageInfo || pageInfo.hasPreviousPage) {
    await client.page(query, { ...variables, last: size, ...(pageInfo && { before: pageInfo.startCursor }) });
    ({ pageInfo } = await client.list());
  }
}

for (const [name, connect] of [["relayStylePagination()", apollo], ["relayPagination()", graphcache]]) {
  for (const [which, query, variables, list, size] of LISTS) {
    test(`${name} makes one list of pages ${which}, forwards and backwards`, async () => {
      const all = await whole(list());
      assert.ok(all.length > 2 * size, `${all.length} books`);
      for (const walk of [forwards, backwards]) {
        const client = connect();
        await walk(client, query, variables(), size);
        const merged = await client.list();
        assert.deepEqual(ids(merged), all);
      }
    });
  }

  test(`${name} neither repeats nor leaves out a book when others come meanwhile`, async () => {
    const client = connect();
    const before = await whole("books(orderBy: [TITLE_ASC], @page) { id }");
    await forwards(client, BY_TITLE, {}, 40, 2);
    assert.deepEqual(ids(await client.list()), before.slice(0, 80));
    // One book sorts before the pages read, one within and one after them.
    const added = [await create("0"), await create("Emma"), await create("zzz")];
    await forwards(client, BY_TITLE, {}, 40);
    const merged = ids(await client.list());
    assert.deepEqual(merged, [...before, added[2]]);

    // A new query returns all of them.
    const again = connect();
    await backwards(again, BY_TITLE, {}, 40);
    const all = await whole("books(orderBy: [TITLE_ASC], @page) { id }");
    assert.equal(all.length, before.length + 3);
    assert.deepEqual(ids(await again.list()), all);
  });

  test(`${name} puts in front what came before the first page`, async () => {
    const client = connect("outwards");
    await client.page(BY_TITLE, { first: 40 });
    const { pageInfo } = await client.list();
    const added = [await create("!"), await create("!!")];
    const { startCursor: before, endCursor: after } = pageInfo;
    // fetchMore() adds to the first page's variables, so one of them is unset.
    await client.page(BY_TITLE, { first: undefined, last: 40, before });
    await client.page(BY_TITLE, { first: 40, after });
    const all = await whole("books(orderBy: [TITLE_ASC], @page) { id }");
    assert.deepEqual(ids(await client.list()), all.slice(0, 82));
    for (const id of added) await ask("mutation($id: ID!) { deleteBook(id: $id) { id } }", { id });
  });
}
