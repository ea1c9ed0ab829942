// Changes of valid requests. Each gets the request and the random choices, and returns a
// description.
import { gzipSync } from "node:zlib";
import { cookies, origins } from "./headers.mjs";
import { EMAILS, PLACES } from "./routes.mjs";
import { ADDRESSES, TARGETS, TEXTS, TYPES, VALUES, write } from "./values.mjs";

const short = (value) => {
  const text = typeof value === "string" ? JSON.stringify(value) : write(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
};

function valueOf(name, random) {
  if (EMAILS.has(name) && random.chance(0.7)) return random.one(ADDRESSES);
  if (PLACES.has(name) && random.chance(0.7)) return random.one(TARGETS);
  return random.one(VALUES);
}

/** Changes, removes or adds a field. */
function field(request, random) {
  const known = [...Object.keys(request.fields), ...request.route.fields];
  const extra = [...PLACES, "role", "x", "__proto__", "constructor", "toString"];
  const name = random.chance(0.85) && known.length > 0 ? random.one(known) : random.one(extra);
  if (name in request.fields && random.chance(0.15)) {
    delete request.fields[name];
    return `without ${name}`;
  }
  const value = valueOf(name, random);
  Object.defineProperty(request.fields, name, { value, enumerable: true, configurable: true });
  return `${name} = ${short(value)}`;
}

function text(request, random) {
  const text = random.one(TEXTS);
  request.text = text;
  return `body ${short(text)}`;
}

function bytes(request, random) {
  const [what, encode, headers] = random.one([
    ["UTF-16 with its mark", (body) => Buffer.from(`\ufeff${body}`, "utf16le")],
    ["UTF-16", (body) => Buffer.from(body, "utf16le")],
    ["bytes that are no UTF-8", (body) => Buffer.from(body.replace("{", '{"a":"é",'), "latin1")],
    [
      "a cut UTF-8 character",
      (body) => Buffer.from(body.replace("{", '{"a":"€",')).filter((byte) => byte !== 0xac),
    ],
    ["gzip", (body) => gzipSync(body)],
    ["gzip that says so", (body) => gzipSync(body), { "content-encoding": "gzip" }],
    ["gzip in name only", (body) => body, { "content-encoding": "gzip" }],
    ["chunks", (body) => body, { "transfer-encoding": "chunked" }],
    ["no bytes in chunks", () => "", { "transfer-encoding": "chunked" }],
  ]);
  request.encode = encode;
  Object.assign(request.headers, headers);
  return what;
}

function type(request, random) {
  request.type = random.one(TYPES);
  if (/urlencoded/i.test(request.type) && random.chance(0.7)) {
    request.text = String(new URLSearchParams(request.fields));
    if (random.chance(0.3)) request.text += "&email=second@example.com&x=%ff&y=+%2B&=&z";
  }
  return `type ${request.type === undefined ? "none" : short(request.type)}`;
}

function origin(request, random) {
  const [what, headers] = random.one(origins);
  delete request.headers.origin;
  Object.assign(request.headers, headers);
  return what;
}

function cookie(request, random) {
  const [what, change] = random.one(cookies);
  change(request, random);
  return what;
}

function query(request, random) {
  const [what, query] = random.one([
    ["disableCookieCache", "disableCookieCache=true"],
    ["disableRefresh", "disableRefresh=true"],
    ["disableRefresh empty", "disableRefresh="],
    ["disableRefresh=false", "disableRefresh=false"],
    ["disableRefresh twice", "disableRefresh=&disableRefresh="],
    ["disableRefresh=0 upper case", "disableRefresh=0&DISABLEREFRESH=1"],
    ["disableCookieCache=banana", "disableCookieCache=banana&disableRefresh=banana"],
    ["callbackURL", "callbackURL=/done"],
    ["callbackURL elsewhere", "callbackURL=https://evil.example"],
    ["callbackURL twice", "callbackURL=/done&callbackURL=/other"],
    ["callbackURL twice, one elsewhere", "callbackURL=/done&callbackURL=//evil.example"],
    ["callbackURL empty", "callbackURL="],
    ["callbackURL percent", "callbackURL=%2Fd%C3%B6n%20e%3Fa%3Db"],
    ["callbackURL bad percent", "callbackURL=/%zz%ff"],
    ["redirectTo elsewhere", "redirectTo=https://evil.example"],
    ["token", "token=<reset>"],
    ["token empty", "token="],
    ["token twice", "token=x&token=y"],
    ["no query", ""],
    ["names only", "&&a&=&=b&token&callbackURL"],
    ["question marks", "?token=x?y"],
  ]);
  request.query = query;
  return `query ${what}`;
}

function path(request, random) {
  const [what, change] = random.one([
    ["slash at the end", (path) => `${path}/`],
    ["two slashes", (path) => path.replace(/\/([^/]*)$/, "//$1")],
    ["two slashes in front", (path) => `/${path}`],
    ["upper case", (path) => path.replace(/[^/]*$/, (name) => name.toUpperCase())],
    ["a letter encoded", (path) => path.replace(/.$/, (c) => `%${c.charCodeAt(0).toString(16)}`)],
    ["a slash encoded", (path) => path.replace(/\/([^/]*)$/, "%2F$1")],
    ["a parameter", (path) => `${path};a=b`],
    ["a dot", (path) => path.replace(/\/([^/]*)$/, "/./$1")],
    ["two dots", (path) => path.replace(/\/([^/]*)$/, "/x/../$1")],
    ["encoded dots", (path) => path.replace(/\/([^/]*)$/, "/x/%2e%2e/$1")],
    ["more behind it", (path) => `${path}/x`],
    ["a blank", (path) => `${path}%20`],
    ["a null", (path) => `${path}%00`],
    ["a bad percent", (path) => `${path}%zz`],
    ["a backslash", (path) => path.replace(/\/([^/]*)$/, "\\$1")],
    ["a fragment", (path) => `${path}#x`],
  ]);
  request.path = change(request.path);
  return `path with ${what}`;
}

function method(request, random) {
  const others = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "PROPFIND"];
  request.method = random.one(others.filter((method) => method !== request.method));
  return `method ${request.method}`;
}

/** Changes for requests with a body, and for all. */
const OF_BODIES = [
  [5, text],
  [8, field],
  [3, type],
  [2, bytes],
];
const OF_ALL = [
  [4, origin],
  [5, cookie],
  [2, query],
  [1.5, path],
  [1.5, method],
];

/** Changes a request at most twice, and returns the description. */
export function change(request, random) {
  const changes = request.method === "POST" ? [...OF_BODIES, ...OF_ALL] : OF_ALL;
  const count = random.weighted([
    [1, 0],
    [7, 1],
    [4, 2],
  ]);
  const done = new Set();
  for (let step = 0; step < count; step++) done.add(random.weighted(changes));
  return [...done].map((change) => change(request, random));
}
