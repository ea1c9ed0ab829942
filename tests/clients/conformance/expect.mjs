// What scenarios demand of both servers, of an answer or of what the client returns.
import assert from "node:assert/strict";

/** Fails unless it was refused so; `code` is undefined where an error has none. */
export function refused(outcome, status, code) {
  const told = outcome.error ?? { status: outcome.status, ...JSON.parse(outcome.text || "{}") };
  assert.deepEqual([told.status, told.code], [status, code]);
}

/** The data of what was not refused. */
export function accepted(outcome) {
  if ("text" in outcome) {
    assert.equal(outcome.status, 200, outcome.text);
    return outcome.json;
  }
  assert.equal(outcome.error, null, JSON.stringify(outcome.error));
  return outcome.data;
}

/** Fails unless it leads there. */
export function redirected(answer, location) {
  assert.deepEqual([answer.status, answer.header("location")], [302, location]);
}
