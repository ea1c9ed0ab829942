// Apollo Client and urql from npm, with common links and exchanges, against the server at BASE_URL,
// which has demo data.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { before, test } from "node:test";
import { ApolloClient, CombinedGraphQLErrors, HttpLink, InMemoryCache, gql } from "@apollo/client";
import { BatchHttpLink } from "@apollo/client/link/batch-http";
import { PersistedQueryLink } from "@apollo/client/link/persisted-queries";
import { Client, fetchExchange } from "@urql/core";
import { persistedExchange } from "@urql/exchange-persisted";
import UploadHttpLink from "apollo-upload-client/UploadHttpLink.mjs";

const { BASE_URL = "http://localhost:3000" } = process.env;
const url = `${BASE_URL}/graphql`;
const TITLES = gql`query Titles { books(limit: 2, orderBy: TITLE_ASC) { title } }`;
const IMPORT = gql`mutation Import($file: Upload!) { importBooks(file: $file) { title isbn } }`;
const DEMO = ["Dream of the Red Chamber", "Emma"];
let cookie;

const sha256 = async (text) => createHash("sha256").update(text).digest("hex");

/** fetch with the session, which records method, URL, body and status of each request. */
function noting(headers = {}) {
  const seen = [];
  const noted = async (input, init = {}) => {
    const response = await fetch(input, { ...init, headers: { ...init.headers, ...headers, cookie } });
    seen.push({ method: init.method ?? "GET", url: String(input), body: init.body, status: response.status });
    return response;
  };
  return [noted, seen];
}

const apollo = (link) => new ApolloClient({ cache: new InMemoryCache(), link });
const sheet = (title) => new File([`title,isbn\n${title},\n`], "books.csv", { type: "text/csv" });

before(async () => {
  const response = await fetch(`${BASE_URL}/api/auth/sign-in/email`, {
    method: "POST",
    headers: { "content-type": "application/json", origin: new URL(BASE_URL).origin },
    body: JSON.stringify({ email: "alice@example.com", password: "correct horse battery" }),
  });
  cookie = response.headers.getSetCookie().map((cookie) => cookie.split(";")[0]).join("; ");
});

const titles = (data) => data.books.map((book) => book.title);

test("Apollo executes queries, and gets codes and fields of errors", async () => {
  const [fetch, seen] = noting();
  const client = apollo(new HttpLink({ uri: url, fetch }));
  const { data } = await client.query({ query: TITLES });
  assert.equal(data.books.length, 2);
  assert.equal(seen[0].method, "POST");

  const create = gql`mutation { createBook(input: { title: "", authorIds: [] }) { id } }`;
  await assert.rejects(client.mutate({ mutation: create }), (error) => {
    assert.ok(CombinedGraphQLErrors.is(error));
    assert.equal(error.errors[0].extensions.code, "BAD_USER_INPUT");
    assert.deepEqual(error.errors[0].extensions.fields, { title: ["must not be empty"] });
    return true;
  });
  // Request errors are visible with any status.
  await assert.rejects(client.query({ query: gql`{ unknown }` }), (error) => {
    assert.equal(error.errors[0].extensions.code, "GRAPHQL_VALIDATION_FAILED");
    return true;
  });
  assert.equal(seen.at(-1).status, 400);
});

test("Apollo executes queries by GET if configured", async () => {
  const [fetch, seen] = noting();
  const client = apollo(new HttpLink({ uri: url, fetch, useGETForQueries: true }));
  assert.equal((await client.query({ query: TITLES })).data.books.length, 2);
  assert.equal(seen[0].method, "GET");
});

test("Apollo's persisted queries send a text once", async () => {
  for (const useGETForHashedQueries of [false, true]) {
    const [fetch, seen] = noting();
    const link = () =>
      new PersistedQueryLink({ sha256, useGETForHashedQueries }).concat(new HttpLink({ uri: url, fetch }));
    const query = gql`query Persisted { a${Number(useGETForHashedQueries)}: books(limit: 1) { title } }`;
    await apollo(link()).query({ query });
    await apollo(link()).query({ query });
    assert.equal(seen.length, 3);
    const texts = seen.map(({ url, body }) => `${url}${body ?? ""}`.includes("Persisted {") || `${url}${body ?? ""}`.includes("Persisted%20%7B"));
    assert.deepEqual(texts, [false, true, false], JSON.stringify(seen));
    if (useGETForHashedQueries) assert.equal(seen[2].method, "GET");
  }
});

test("Apollo's batches are answered in their order", async () => {
  const [fetch, seen] = noting();
  const client = apollo(new BatchHttpLink({ uri: url, fetch, batchInterval: 20 }));
  const asked = [TITLES, gql`{ me { name } }`, gql`{ unknown }`].map((query) => client.query({ query, errorPolicy: "all" }));
  const [first, second, third] = await Promise.all(asked);
  assert.equal(first.data.books.length, 2);
  assert.equal(second.data.me.name, "Alice");
  assert.equal(third.error.errors[0].extensions.code, "GRAPHQL_VALIDATION_FAILED");
  assert.equal(seen.length, 1);
});

test("Apollo's uploads arrive", async () => {
  const [fetch] = noting({ "Apollo-Require-Preflight": "true" });
  const client = apollo(new UploadHttpLink({ uri: url, fetch }));
  const { data } = await client.mutate({ mutation: IMPORT, variables: { file: sheet("By Apollo") } });
  assert.equal(data.importBooks[0].title, "By Apollo");
  // Without the header, a page of another site could have sent it.
  const [unasked] = noting();
  const refused = apollo(new UploadHttpLink({ uri: url, fetch: unasked }));
  await assert.rejects(refused.mutate({ mutation: IMPORT, variables: { file: sheet("Never") } }));
});

test("@defer and @stream are refused as unknown directives", async () => {
  const [fetch] = noting();
  const client = apollo(new HttpLink({ uri: url, fetch }));
  // Apollo's own handler refuses @defer before sending.
  const deferred = gql`{ books(limit: 1) { id ... @defer { title } } }`;
  await assert.rejects(client.query({ query: deferred }));
  for (const text of ["{ books { id ... @defer { title } } }", "{ books @stream { id } }"]) {
    const { error } = await new Client({ url, exchanges: [fetchExchange], fetch }).query(text, {});
    assert.equal(error.graphQLErrors[0].extensions.code, "GRAPHQL_VALIDATION_FAILED");
    assert.match(error.message, /unknown directive "@(defer|stream)"/);
  }
});

test("urql executes queries by GET without custom headers, and mutations by POST", async () => {
  const [fetch, seen] = noting();
  const client = new Client({ url, exchanges: [fetchExchange], fetch, preferGetMethod: true });
  const { data, error } = await client.query(TITLES, {});
  assert.equal(error, undefined);
  assert.equal(titles(data).length, 2);
  const create = gql`mutation Create($title: String!) { createBook(input: { title: $title, authorIds: [] }) { title } }`;
  const created = await client.mutation(create, { title: "By urql" });
  assert.equal(created.data.createBook.title, "By urql");
  assert.deepEqual(seen.map(({ method }) => method), ["GET", "POST"]);

  const refused = await client.mutation(create, { title: "" });
  assert.deepEqual(refused.error.graphQLErrors[0].extensions.fields, { title: ["must not be empty"] });
});

test("urql's persisted queries send a text once", async () => {
  const [fetch, seen] = noting();
  const exchanges = [persistedExchange({ preferGetForPersistedQueries: true }), fetchExchange];
  const query = gql`query ByUrql { urql: books(limit: 1) { title } }`;
  for (const policy of ["network-only", "network-only"]) {
    const { data, error } = await new Client({ url, exchanges, fetch }).query(query, {}, { requestPolicy: policy });
    assert.equal(error, undefined);
    assert.equal(data.urql.length, 1);
  }
  assert.equal(seen.length, 3, JSON.stringify(seen));
});

test("urql uploads files, with the required header if configured", async () => {
  const [fetch] = noting({ "graphql-require-preflight": "1" });
  const client = new Client({ url, exchanges: [fetchExchange], fetch });
  const { data, error } = await client.mutation(IMPORT, { file: sheet("By urql's form") });
  assert.equal(error, undefined);
  assert.equal(data.importBooks[0].title, "By urql's form");

  const wrong = new File(["title,releaseYear\n,soon\n"], "books.csv");
  const refused = await client.mutation(IMPORT, { file: wrong });
  const { fields } = refused.error.graphQLErrors[0].extensions;
  assert.deepEqual(Object.keys(fields).sort(), ["rows.2.releaseYear", "rows.2.title"]);
});
