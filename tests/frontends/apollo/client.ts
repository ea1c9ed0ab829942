// Apollo Client for a page of another origin than the server's.
import { ApolloClient, ApolloLink, HttpLink, InMemoryCache } from "@apollo/client";
import { PersistedQueryLink } from "@apollo/client/link/persisted-queries";
import { GraphQLWsLink } from "@apollo/client/link/subscriptions";
import { relayStylePagination } from "@apollo/client/utilities";
import { createClient } from "graphql-ws";
import { GRAPHQL, LIVE } from "../shared/page";

/** A client with an empty cache; each viewer has a separate one. */
export function connect() {
  const http = new HttpLink({ uri: GRAPHQL, credentials: "include" });
  // A query's text is sent once, then its hash.
  const persisted = new PersistedQueryLink({ sha256 });
  // A socket by default; Apollo's multipart protocol needs only HTTP. Changes missed while the
  // socket was closed are queried.
  const catchUp = () => void client.refetchQueries({ include: "active" });
  const socket = () =>
    createClient({
      url: socketUrl(),
      retryAttempts: Infinity,
      on: { connected: (_socket, _payload, wasAway) => wasAway && catchUp() },
    });
  const live = LIVE === "multipart" ? http : new GraphQLWsLink(socket());

  const client = new ApolloClient({
    link: ApolloLink.split(
      ({ operationType }) => operationType === "subscription",
      live,
      persisted.concat(http),
    ),
    cache: new InMemoryCache({
      typePolicies: {
        Query: { fields: { booksConnection: relayStylePagination(["filter", "orderBy"]) } },
        // A new list of authors replaces the old one.
        Book: { fields: { authors: { merge: false } } },
      },
    }),
  });
  return client;
}

function socketUrl(): string {
  return GRAPHQL.replace(/^http/, "ws");
}

async function sha256(text: string): Promise<string> {
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
