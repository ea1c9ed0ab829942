// Visits every route that can create a session as users with and without a second factor, on a
// trusted device, banned and unverified, and prints what each gets: `node
// conformance/sign-in-paths.mjs --bookplate PATH`, or `--node-only` for better-auth, which has no
// bans here. The exit code is 1 if a session begins for a user with a second factor that was not
// given, or for a banned one, or if a route of the server is in no list.
import { parseArgs } from "node:util";
import { accepted } from "./expect.mjs";
import { profiles } from "./profiles.mjs";
import { Bookplate, NodeServer } from "./server.mjs";
import { PASSWORD, Stage } from "./stage.mjs";
import { challenged, codeOf, enrol } from "./two-factor-people.mjs";
import { ownMethods, previewMethods } from "./own-sign-in-methods.mjs";
import { NEVER } from "./routes-without-sessions.mjs";
import { methods } from "./sign-in-methods.mjs";

const { values: given } = parseArgs({
  options: {
    bookplate: { type: "string" },
    "node-only": { type: "boolean", default: false },
    only: { type: "string" },
  },
});
if (!given.bookplate && !given["node-only"]) {
  console.error("usage: sign-in-paths.mjs --bookplate PATH | --node-only");
  process.exit(2);
}

const { plugins, ...everyMethod } = profiles.everyMethod;
const settings = {
  ...everyMethod,
  requireEmailVerification: true,
  trustedOrigins: ["https://app.example"],
  plugins: [...plugins, "oauth-popup"],
};
const previewSettings = {
  ...profiles.preview,
  requireEmailVerification: true,
  plugins: [...profiles.preview.plugins, "two-factor", "username"],
  options: { "two-factor": everyMethod.options["two-factor"] },
};

/** A signed-in user with a verified address. */
async function member(t) {
  const username = t.number.toLowerCase().replace(/\W/g, "_");
  const email = t.email("ann");
  const fields = { name: "ann", email, password: PASSWORD, username };
  const { user } = accepted(await t.visitor().client.signUp.email(fields));
  await t.store('update "user" set "emailVerified" = 1 where id = ?', user.id);
  return Object.assign(await t.signIn(email), { username });
}

/** What each state does with a member, and the page of the sign-in. */
const STATES = {
  "no second factor": async (t) => t.visitor(),
  "second factor": async (t, ann) => {
    await enrol(t, ann);
    return t.visitor();
  },
  "trusted device": async (t, ann) => {
    await enrol(t, ann);
    const page = await challenged(t, ann);
    const code = codeOf(t, ann);
    accepted(await page.client.twoFactor.verifyTotp({ code, trustDevice: true }));
    const trusted = t.visitor();
    trusted.jar.cookies.set(page.jar.name("trust_device"), page.jar.get("trust_device"));
    return trusted;
  },
  banned: async (t, ann) => {
    await t.store('update "user" set banned = 1 where id = ?', ann.user.id);
    return t.visitor();
  },
  unverified: async (t, ann) => {
    await t.store('update "user" set "emailVerified" = 0 where id = ?', ann.user.id);
    return t.visitor();
  },
};

const tokensOf = async (t, { user }) => {
  const rows = await t.all('select token from "session" where "userId" = ?', user.id);
  return new Set(rows.map(({ token }) => token));
};

/** Why a method ended without a session. */
function refusal(outcome) {
  if (outcome instanceof Error) return /no mail/.test(outcome.message) ? "no mail" : outcome.message.split("\n")[0];
  const location = outcome.header?.("location");
  const error = location && new URL(location, "http://x").searchParams.get("error");
  const body = outcome.error ?? (outcome.text?.startsWith("{") ? outcome.json : undefined);
  if (!error && (outcome.status === 200 || outcome.data)) return "no session";
  return `refused ${error ?? body?.code ?? body?.error ?? outcome.status ?? outcome.error?.status ?? ""}`.trim();
}

/** What a method leads to: a session, a challenge, a session that was there, or a refusal. */
async function visit(t, state, { prepare = () => {}, use }) {
  const ann = await member(t);
  const prepared = await prepare(t, ann);
  const page = await STATES[state](t, ann);
  const before = await tokensOf(t, ann);
  const outcome = await use(t, page, ann, prepared).catch((error) => error);
  const isNew = [...(await tokensOf(t, ann))].some((token) => !before.has(token));
  if (isNew) return "session";
  if (page.jar.name("two_factor")) {
    const answered = await page.client.twoFactor.verifyTotp({ code: codeOf(t, ann) });
    return answered.error ? `challenge without an end: ${answered.error.code}` : "challenge";
  }
  if ((await page.session().catch(() => null))?.user.id === ann.user.id) return "own session";
  return refusal(outcome);
}

/** Whether this result must not be. */
const isBad = (state, result, { proof }) =>
  (state === "second factor" && !proof && !/^(challenge|no session|refused.*)$/.test(result)) ||
  (state === "banned" && result === "session");

/** The server's routes that are neither visited nor known to create no session. */
async function unknownRoutes(server, all) {
  if (server.name !== "bookplate") return [];
  const document = await server.get(`${server.basePath}/open-api/generate-schema`);
  const routes = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.slice(1).replaceAll(/\{(\w+)\}/g, ":$1")}`),
  );
  const known = new Set([...Object.values(all).map(({ route }) => route), ...NEVER]);
  return routes.filter((route) => !known.has(route));
}

const states = Object.keys(STATES).filter((state) => state !== "banned" || given.bookplate);
const columns = (cells) =>
  cells
    .map((cell, at) => cell.padEnd(at === 0 ? 78 : 38))
    .join(" ")
    .trimEnd();

/** Prints what every kind of user gets by a method. Returns the number of wrong results. */
async function row(server, name, method) {
  const cells = [];
  let bad = 0;
  for (const [column, state] of states.entries()) {
    const stage = new Stage(server, `P${count}x${column}`);
    const result = await visit(stage, state, method).catch(
      (error) => `FAILED: ${error.message.split("\n")[0]}`,
    );
    const isWrong = result.startsWith("FAILED") || isBad(state, result, method);
    if (isWrong) bad++;
    cells.push(isWrong ? `${result} (!)` : result);
  }
  console.log(columns([`${name} (${method.route})`, ...cells]));
  return bad;
}

const all = { ...methods, ...ownMethods, ...previewMethods };
let [count, bad, unknown] = [0, 0, []];
console.log(columns(["method", ...states]));
for (const [used, some] of [
  [settings, { ...methods, ...ownMethods }],
  [previewSettings, previewMethods],
]) {
  const server = given.bookplate
    ? await Bookplate.start(given.bookplate, used)
    : await NodeServer.start(used);
  for (const [name, method] of Object.entries(some)) {
    if (given.only && given.only !== name) continue;
    count++;
    bad += await row(server, name, method);
  }
  unknown = [...new Set([...unknown, ...(await unknownRoutes(server, all))])];
  await server.stop();
}
for (const route of unknown) console.log(`in no list: ${route}`);
console.log(`\n${count} methods, ${states.length} kinds of users, ${bad} wrong results`);
process.exit(bad > 0 || unknown.length > 0 ? 1 : 0);
