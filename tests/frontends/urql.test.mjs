// The app with urql: changes by server-sent events, read by urql itself in one window
// and by graphql-sse in the other.
import assert from "node:assert/strict";
import { providers } from "./driver/providers.mjs";
import { scenario } from "./driver/scenario.mjs";

scenario({
  app: "urql",
  otherWay: "graphql-sse",
  async network({ ann, bob }) {
    for (const query of ["Books", "BookCount", "Authors"]) {
      for (const asked of ann.operations(query)) assert.equal(asked.method(), "GET");
    }
    const accept = async (window) => (await window.operations("BookChanged")[0].allHeaders()).accept;
    assert.match(await accept(ann), /text\/event-stream, multipart\/mixed/);
    assert.equal(await accept(bob), "text/event-stream");
  },
});

providers("urql");
