import { useState } from "react";
import { Provider } from "urql";
import type { Viewer } from "../shared/session";
import { start } from "../shared/shell";
import { Books } from "./books";
import { connect } from "./client";

function App({ viewer }: { viewer: Viewer | null }) {
  const [client] = useState(() => connect(viewer));
  return (
    <Provider value={client}>
      <Books viewer={viewer} />
    </Provider>
  );
}

start("urql", (viewer) => <App viewer={viewer} />);
