// The app with Apollo Client: changes arrive by WebSocket in one window, by HTTP multipart in the
// other.
import assert from "node:assert/strict";
import { providers } from "./driver/providers.mjs";
import { scenario } from "./driver/scenario.mjs";

scenario({
  app: "apollo",
  otherWay: "multipart",
  async network({ ann, bob }) {
    const asked = bob.operations("Books").at(-1);
    const { accept } = await asked.allHeaders();
    assert.equal(asked.method(), "POST");
    assert.equal(accept, "application/graphql-response+json,application/json;q=0.9");

    const [live] = bob.operations("BookChanged");
    assert.match((await live.allHeaders()).accept, /^multipart\/mixed;boundary=graphql;subscriptionSpec=1\.0/);
    assert.deepEqual([bob.sockets.length, ann.operations("BookChanged").length], [0, 0]);
    assert.ok(ann.sockets.length > 0);
  },
});

providers("apollo");
