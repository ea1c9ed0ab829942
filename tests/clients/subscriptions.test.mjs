// Subscriptions with graphql-ws, graphql-sse, Apollo Client and urql from npm, against the server
// at BASE_URL, which has demo data.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ApolloClient, ApolloLink, HttpLink, InMemoryCache, gql } from "@apollo/client";
import { GraphQLWsLink } from "@apollo/client/link/subscriptions";
import { Client, fetchExchange, subscriptionExchange } from "@urql/core";
import { createClient as createSse } from "graphql-sse";
import { createClient as createWs } from "graphql-ws";
import WebSocket from "ws";

const { BASE_URL = "http://localhost:3000" } = process.env;
const origin = new URL(BASE_URL).origin;
const url = `${BASE_URL}/graphql`;
const socketUrl = url.replace(/^http/, "ws");
const CHANGES = "subscription Changes($owner: ID) { bookChanged(ownerId: $owner) { kind book { title } actor { name } } }";
const CREATE = "mutation Create($title: String!) { createBook(input: { title: $title, authorIds: [] }) { title } }";

/** Signs a user in: cookie, token and operations. */
async function signIn(name) {
  const post = (path, body, headers) =>
    fetch(`${BASE_URL}${path}`, {
      method: "POST",
      headers: { "content-type": "application/json", origin, ...headers },
      body: JSON.stringify(body),
    });
  const response = await post("/api/auth/sign-in/email", {
    email: `${name}@example.com`,
    password: "correct horse battery",
  });
  const token = response.headers.get("set-auth-token");
  const { user } = await response.json();
  const cookie = response.headers.getSetCookie().map((cookie) => cookie.split(";")[0]).join("; ");
  return {
    token,
    cookie,
    id: user.id,
    create: async (title) => {
      const answer = await (await post("/graphql", { query: CREATE, variables: { title } }, { cookie })).json();
      assert.equal(answer.errors, undefined);
    },
    signOut: async () => assert.equal((await post("/api/auth/sign-out", {}, { cookie })).status, 200),
  };
}

const socketClient = (options) =>
  createWs({ url: socketUrl, webSocketImpl: WebSocket, retryAttempts: 0, ...options });

const told = (title) => ({ kind: "CREATED", book: { title }, actor: { name: "Alice" } });

/** Creates books until the subscriber, whose readiness is unknown, received one, then two more. */
async function heard(alice, prefix, answers) {
  let created = 0;
  let waiting = true;
  const first = answers.next().finally(() => (waiting = false));
  while (waiting) {
    await alice.create(`${prefix} ${created++}`);
    await Promise.race([first, new Promise((done) => setTimeout(done, 200))]);
  }
  const titles = [(await first).value.data.bookChanged.book.title];
  // Books created before the first event are still to arrive.
  while (titles.at(-1) !== `${prefix} ${created - 1}`) {
    titles.push((await answers.next()).value.data.bookChanged.book.title);
  }
  for (const title of [`${prefix} a`, `${prefix} b`]) {
    await alice.create(title);
    const { value } = await answers.next();
    assert.equal(value.errors, undefined);
    assert.deepEqual(JSON.parse(JSON.stringify(value.data.bookChanged, (key, it) => (key === "__typename" ? undefined : it))), told(title));
  }
}

/** The events of an observable as an iterator. */
function iterate(subscribe) {
  const said = [];
  let wake;
  let failed;
  const subscription = subscribe({
    next: (value) => (said.push(value), wake?.()),
    error: (error) => ((failed = error), wake?.()),
    complete: () => wake?.(),
  });
  return {
    next: async () => {
      while (!said.length) {
        if (failed) throw failed;
        await new Promise((done) => (wake = done));
      }
      return { value: said.shift(), done: false };
    },
    return: async () => subscription.unsubscribe(),
  };
}

test("graphql-ws executes all operations, by token and by cookie", async () => {
  const alice = await signIn("alice");
  class CookieSocket extends WebSocket {
    constructor(address, protocols) {
      super(address, protocols, { headers: { cookie: alice.cookie, origin } });
    }
  }
  for (const options of [
    { connectionParams: { authorization: `Bearer ${alice.token}` } },
    { connectionParams: async () => ({ token: alice.token }) },
    { webSocketImpl: CookieSocket },
  ]) {
    const client = socketClient({ lazyCloseTimeout: 1_000, ...options });
    const answers = client.iterate({ query: CHANGES, variables: { owner: alice.id } });
    await heard(alice, "ws", answers);
    const me = await client.iterate({ query: "{ me { name } }" }).next();
    assert.deepEqual(me.value, { data: { me: { name: "Alice" } } });
    const { value } = await client.iterate({ query: CREATE, variables: { title: "by socket" } }).next();
    assert.deepEqual(value, { data: { createBook: { title: "by socket" } } });
    assert.equal((await answers.next()).value.data.bookChanged.book.title, "by socket");
    await assert.rejects(client.iterate({ query: "subscription { nothing }" }).next(), (errors) => {
      assert.equal(errors[0].extensions.code, "GRAPHQL_VALIDATION_FAILED");
      return true;
    });
    await answers.return();
    await client.dispose();
  }
});

test("graphql-ws gets 4403 when the session ends, and may reconnect", async () => {
  const alice = await signIn("alice");
  const opened = [];
  const closed = new Promise((done) => {
    let event;
    const client = socketClient({
      lazy: false,
      retryAttempts: 1,
      connectionParams: () => (opened.push(1) === 1 ? { token: alice.token } : {}),
      on: {
        connected: () => {
          if (opened.length === 1) return alice.signOut();
          client.dispose();
          done(event);
        },
        closed: (seen) => (event ??= seen),
      },
    });
  });
  const { code, reason } = await closed;
  assert.deepEqual([code, reason], [4403, "Forbidden"]);
});

test("graphql-ws does not reconnect with an invalid token", async () => {
  const client = socketClient({ connectionParams: { token: "nobodys" } });
  await assert.rejects(client.iterate({ query: CHANGES }).next(), (event) => event.code === 4403);
});

test("graphql-sse executes operations in distinct connections mode", async () => {
  const alice = await signIn("alice");
  const headers = { authorization: `Bearer ${alice.token}` };
  const client = createSse({ url, headers, retryAttempts: 0 });
  const answers = client.iterate({ query: CHANGES, variables: { owner: alice.id } });
  await heard(alice, "sse", answers);
  await answers.return();
  const me = await client.iterate({ query: "{ me { name } }" }).next();
  assert.deepEqual(me.value, { data: { me: { name: "Alice" } } });
  const wrong = await client.iterate({ query: "subscription { nothing }" }).next();
  assert.equal(wrong.value.errors[0].extensions.code, "GRAPHQL_VALIDATION_FAILED");
  client.dispose();
});

test("Apollo's HttpLink subscribes by multipart", async () => {
  const alice = await signIn("alice");
  const headers = { authorization: `Bearer ${alice.token}` };
  const client = new ApolloClient({ cache: new InMemoryCache(), link: new HttpLink({ uri: url, headers }) });
  const variables = { owner: alice.id };
  const answers = iterate((observer) => client.subscribe({ query: gql(CHANGES), variables }).subscribe(observer));
  await heard(alice, "apollo", answers);

  await alice.signOut();
  await assert.rejects(answers.next().then(({ value }) => Promise.reject(value.error)), (error) => {
    assert.match(JSON.stringify(error.errors ?? error), /UNAUTHENTICATED/);
    return true;
  });
  client.stop();
});

test("Apollo subscribes over graphql-ws", async () => {
  const alice = await signIn("alice");
  const socket = socketClient({ connectionParams: { token: alice.token } });
  const link = ApolloLink.split(() => true, new GraphQLWsLink(socket));
  const client = new ApolloClient({ cache: new InMemoryCache(), link });
  const variables = { owner: alice.id };
  const answers = iterate((observer) => client.subscribe({ query: gql(CHANGES), variables }).subscribe(observer));
  await heard(alice, "apollo-ws", answers);
  await answers.return();
  client.stop();
  await socket.dispose();
});

test("urql's fetchSubscriptions subscribes by server-sent events, and queries by JSON", async () => {
  const alice = await signIn("alice");
  const types = [];
  const client = new Client({
    url,
    exchanges: [fetchExchange],
    fetchSubscriptions: true,
    preferGetMethod: false,
    fetchOptions: { headers: { authorization: `Bearer ${alice.token}` } },
    fetch: async (...request) => {
      const response = await fetch(...request);
      types.push(response.headers.get("content-type"));
      return response;
    },
  });
  const answers = iterate((observer) => client.subscription(CHANGES, { owner: alice.id }).subscribe(observer.next));
  await heard(alice, "urql", answers);
  await answers.return();
  assert.deepEqual((await client.query("{ me { name } }", {})).data, { me: { name: "Alice" } });
  assert.deepEqual(types, ["text/event-stream; charset=utf-8", "application/graphql-response+json; charset=utf-8"]);
});

test("urql subscribes over graphql-ws", async () => {
  const alice = await signIn("alice");
  const socket = socketClient({ connectionParams: { token: alice.token } });
  const forward = (request) => ({
    subscribe: (sink) => ({ unsubscribe: socket.subscribe({ ...request, query: request.query ?? "" }, sink) }),
  });
  const client = new Client({ url, preferGetMethod: false, exchanges: [subscriptionExchange({ forwardSubscription: forward })] });
  const answers = iterate((observer) => client.subscription(CHANGES, { owner: alice.id }).subscribe(observer.next));
  await heard(alice, "urql-ws", answers);
  await answers.return();
  await socket.dispose();
});
