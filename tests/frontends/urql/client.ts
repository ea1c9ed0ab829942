// urql with Graphcache, as a page of another origin than the server's needs it.
import { persistedExchange } from "@urql/exchange-persisted";
import { createClient as createSseClient } from "graphql-sse";
import { Client, fetchExchange, subscriptionExchange } from "urql";
import { GRAPHQL, LIVE } from "../shared/page";
import type { Viewer } from "../shared/session";
import { cache } from "./cache";

/** A client with an empty cache; each viewer has their own. */
export function connect(viewer: Viewer | null): Client {
  return new Client({
    url: GRAPHQL,
    fetchOptions: { credentials: "include" },
    exchanges: [
      cache(viewer),
      // A query's text goes over the wire once, its hash from then on.
      persistedExchange({ preferGetForPersistedQueries: true }),
      // Server-sent events by graphql-sse, or by urql itself.
      ...(LIVE === "graphql-sse" ? [serverSentEvents()] : []),
      fetchExchange,
    ],
    fetchSubscriptions: LIVE !== "graphql-sse",
  });
}

function serverSentEvents() {
  const client = createSseClient({ url: GRAPHQL, credentials: "include" });
  return subscriptionExchange({
    forwardSubscription: ({ operationName = "", query = "", variables = {} }) => ({
      subscribe: (sink) => ({ unsubscribe: client.subscribe({ operationName, query, variables }, sink) }),
    }),
  });
}
