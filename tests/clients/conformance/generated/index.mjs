// Randomly generated pairs of requests: each request is sent to both servers, which have the same
// users and sessions, and all responses and effects are compared. The seed determines everything,
// so `run.mjs --pairs --only G17` sends the same pair in each run; `--seed` and `--count` generate
// others.
import { PASSWORD } from "../stage.mjs";
import { change } from "./changes.mjs";
import { look, Person, store } from "./people.mjs";
import { Random } from "./random.mjs";
import { ROUTES } from "./routes.mjs";
import { write } from "./values.mjs";

export const SEED = 20261130;
export const COUNT = 520;

const STATE_WEIGHTS = [
  [10, "fresh"],
  [3, "anonymous"],
  [2, "stale"],
  [2, "due"],
  [1, "expired"],
  [1, "ended"],
  [2, "fleeting"],
];
/** The number of requests sent twice concurrently. */
const RACES = 0.04;

/** The request; `headers`, `fields`, `text` and `cookie` may be changed. */
function request(route, person, random) {
  const asked = {
    route,
    person,
    jar: person.cookies,
    method: route.method,
    path: `/api/auth/${route.path.replace("<reset>", person.resetToken)}`,
    query: route.query,
    headers: { origin: "<origin>" },
    fields: route.method === "POST" ? route.good(person) : {},
    type: "application/json",
    encode: (body) => body,
  };
  asked.changes = change(asked, random);
  return asked;
}

/** The bytes of the body, or undefined. */
function bodyOf({ route, method, fields, text, encode }) {
  if (route.method === "GET" && (method === "GET" || method === "HEAD")) return undefined;
  const body = write(fields);
  const inner = body.slice(1, -1) || '"z":0';
  return encode((text ?? body).replaceAll("<body>", body).replaceAll("<fields>", inner));
}

/** The request for one server, whose address replaces `<origin>`. */
function addressed(asked, stage) {
  const { origin, server } = stage;
  const { host } = new URL(server.address);
  const put = (text) =>
    text
      .replaceAll("<origin>", origin)
      .replaceAll("<host>", host)
      .replaceAll("<reset>", asked.person.resetToken);
  const headers = {};
  for (const [name, value] of Object.entries(asked.headers)) {
    headers[name] = Array.isArray(value) ? value.map(put) : put(value);
  }
  const jar = [...asked.jar].map(([name, value]) => `${name}=${value}`).join("; ");
  const cookie = asked.cookie ?? jar;
  const body = bodyOf(asked);
  const query = asked.query ? `?${put(asked.query)}` : "";
  // Paths below the base path are named without it.
  const path = (put(asked.path) + query).replace(/^\/api\/auth\/(?!\/)/, "");
  const type = body === undefined ? undefined : asked.type;
  return { path, headers, cookie, type, text: typeof body === "string" ? put(body) : body };
}

/** New tokens and ids have no names, since the order of responses is random. */
async function race(t, asked, sent) {
  const both = [1, 2].map(() => t.unrecorded(asked.method, sent.path, sent));
  const answers = (await Promise.all(both)).map(
    ({ status, text }) => `${status} ${t.normal.text(text).replace(/<32:\d+>/g, "<new>")}`,
  );
  t.keep("two at once", answers.sort().join("\n"));
}

async function run(t, asked, other, isRace) {
  for (const [value, name] of [...asked.person.names, ...other.names]) t.normal.call(value, name);
  await store(t.server, asked.person);
  await store(t.server, other);
  const page = t.visitor();
  page.jar.cookies = new Map(asked.jar);
  const sent = addressed(asked, t);
  if (isRace) {
    await race(t, asked, sent);
  } else {
    page.jar.take((await t.ask(asked.method, sent.path, sent)).cookies);
    await page.ask("GET", "get-session");
  }
  // Values without a name are new, in any order.
  const keepLook = async (what, person) => {
    const seen = t.normal.text(await look(t.server, person));
    t.keep(what, seen.replace(/<32:\d+>/g, "<new>"));
  };
  await keepLook("what is stored", asked.person);
  await keepLook("what is stored of a new user", { email: `new.${asked.person.email}`, id: "" });
  await keepLook("what is stored of somebody else", other);
}

function pair(seed, index) {
  const random = new Random(seed + index);
  const number = `G${index}`;
  const person = new Person(random, "ann", number, random.weighted(STATE_WEIGHTS));
  const other = new Person(random, "bob", number, "fresh");
  const route = random.weighted(ROUTES);
  const mayRace = random.chance(RACES);
  const asked = request(route, person, random);
  const isRace = mayRace && asked.method === "POST";
  const words = [
    `${route.method} ${route.path}`,
    person.state,
    isRace && "twice at once",
    ...asked.changes,
  ];
  return {
    number,
    name: words.filter(Boolean).join(", "),
    isGenerated: true,
    run: (t) => run(t, asked, other, isRace),
  };
}

export const pairs = (seed, count) =>
  Array.from({ length: count }, (_, index) => pair(seed, index));
