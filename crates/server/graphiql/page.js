// GraphiQL, signed in by the session cookie.
import { examples } from "./examples.js";
import "./session.js";

// Just after a change of tabs GraphiQL still names the former tab's operation.
function withoutStaleName({ operationName, ...params }) {
  return params.query.includes(operationName) ? { operationName, ...params } : params;
}

async function fetcher(params, { headers } = {}) {
  const response = await fetch(location.pathname, {
    method: "POST",
    credentials: "same-origin",
    headers: {
      accept: "application/graphql-response+json, application/json;q=0.9",
      "content-type": "application/json",
      ...headers,
    },
    body: JSON.stringify(withoutStaleName(params)),
  });
  return response.json();
}

ReactDOM.createRoot(document.querySelector("main")).render(
  React.createElement(GraphiQL, {
    fetcher,
    defaultTabs: examples,
    defaultEditorToolsVisibility: "variables",
  }),
);
