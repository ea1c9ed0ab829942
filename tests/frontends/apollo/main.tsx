import { ApolloProvider } from "@apollo/client/react";
import { useState } from "react";
import type { Viewer } from "../shared/session";
import { start } from "../shared/shell";
import { Books } from "./books";
import { connect } from "./client";

function App({ viewer }: { viewer: Viewer | null }) {
  const [client] = useState(connect);
  return (
    <ApolloProvider client={client}>
      <Books viewer={viewer} />
    </ApolloProvider>
  );
}

start("Apollo Client", (viewer) => <App viewer={viewer} />);
