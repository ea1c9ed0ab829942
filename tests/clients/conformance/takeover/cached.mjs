import assert from "node:assert/strict";
import { accepted } from "../expect.mjs";
import { at } from "./checks.mjs";

/** Checks of cookie caches in this format. */
export const cached = (format) => ({
  [`a session cached as ${format} is honoured`]: async (here, there) => {
    const ann = await here.member();
    const { cookies } = await at(there, ann).ask("GET", "get-session");
    assert.deepEqual(cookies, [], "it came from the cache");
    assert.equal((await at(there, ann).session()).user.id, ann.user.id);
    // Other pages of a renamed user show the old name until their cache expires.
    const other = await here.signIn(ann.email);
    accepted(await at(there, ann).client.updateUser({ name: "Anna" }));
    assert.equal((await ann.session()).user.name, "Anna");
    assert.equal((await at(there, other).session()).user.name, "ann");
    assert.equal((await at(there, other).session({ disableCookieCache: true })).user.name, "Anna");
  },
});
