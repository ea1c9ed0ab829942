// Where Bookplate answers otherwise than better-auth, by choice. Whatever is not listed
// is a failure, and so is an entry that no longer happens.
//
// `scenarios`: their numbers, or "all"; `what`: the step; `part`: status, body, cookies or
// a header, or several; `node`, `bookplate`: the text on either side, or a pattern;
// `alike`: what else must hold between the two texts.
import { readFileSync } from "node:fs";

/** The same words, in whatever order an object has its keys. */
const unordered = (text) => text.split(/[,{}]/).sort().join();

/** The lines of Bookplate without that of a known device, where a password was right. */
const withoutDevice = (cookies) =>
  cookies
    .split("\n")
    .filter((line) => !/\.known_device=<device>(; Max-Age=31536000)?(; Domain=[^;]+)?; Path=\/; HttpOnly/.test(line))
    .join("\n");

/** What a browser has after these lines: of each name the last one. */
function effect(cookies) {
  const last = new Map(cookies.split("\n").map((line) => [line.split("=")[0], unordered(line)]));
  return JSON.stringify([...last].sort());
}

const clients = JSON.parse(readFileSync(new URL("../package.json", import.meta.url)));
const target = `better-auth ${clients.devDependencies["better-auth"]}`;

export const differences = [
  {
    scenarios: "all",
    part: "cache-control",
    node: "",
    bookplate: "no-store",
    why: "an answer about somebody is nobody else's, also where better-auth does not say so",
  },
  {
    scenarios: "all",
    part: "retry-after",
    node: "",
    alike: (_, bookplate) => Number(bookplate) > 0,
    why: "the header that HTTP has for it stands beside X-Retry-After",
  },
  {
    scenarios: "all",
    part: "cookies",
    bookplate: /\.known_device=<device>;/,
    alike: (node, bookplate) => withoutDevice(bookplate) === node,
    why: "a browser in which somebody signed in is known, so that strangers' wrong passwords do not shut it out",
  },
  {
    scenarios: "all",
    what: /^mail (verification|change-email-)/,
    part: "url",
    alike: (node, bookplate) =>
      bookplate.replace(/"userId":"<32:\d+>","epoch":\d+,"emailVerified":\w+,/, "") === node,
    why: "a mailed token names its user, as from better-auth 1.7.24 on, and when of them it counts",
  },
  {
    scenarios: [34, 35, 36],
    what: "POST update-user",
    part: "cookies",
    alike: (node, bookplate) => unordered(node) === unordered(bookplate),
    why: "users are changed by a session of the database, never of the cache, whose keys stand in another order",
  },
  {
    scenarios: ["38a"],
    part: ["status", "set-auth-token", "cookies", "body"],
    node: /^(200|400|)$|accountId|expiresAt|signature|status|No fields to update/,
    bookplate: /^401$|UNAUTHORIZED|^$|session_token=; Max-Age=0/,
    why: "a revoked session that is still cached is told by get-session, and may do nothing at all",
  },
  {
    scenarios: [40],
    part: "cookies",
    alike: (node, bookplate) => effect(node) === effect(withoutDevice(bookplate)),
    why: "the pieces of a cache are set and taken away in another order, with the same effect",
  },
  {
    scenarios: [47],
    what: /callbackURL":"(http:\/\/evil\.example@|\/\.\.\/\/)/,
    part: ["status", "location", "set-auth-token", "cookies", "body"],
    node: /^200$|evil\.example@|\/\.\.\/\/evil|signature/,
    bookplate: /^403$|INVALID_CALLBACK_URL|^$/,
    why: "a URL that looks as if it led elsewhere is refused: a user name in front of the host, dots in front of //",
  },
  {
    scenarios: [3],
    what: "mails to a taken address",
    part: "value",
    node: "0",
    bookplate: "1",
    why: "a sign-up with an address that was never verified takes the place of the one before, and no password of several sign-ups counts, so that nobody's password waits for the owner's click; a sign-in with one of them is then refused as a wrong password",
  },
  {
    scenarios: [59, "59a", 53],
    what: /verify-email/,
    part: ["location", "body"],
    node: /USER_NOT_FOUND/,
    bookplate: /INVALID_TOKEN/,
    why: "of a token that counts no longer nothing else is told, as from better-auth 1.7.25 on",
  },
  {
    scenarios: [54],
    what: /no-epoch/,
    part: "location",
    node: "/no-epoch",
    bookplate: "/no-epoch?error=INVALID_TOKEN",
    why: "a signed token that names no epoch, as another server's, could never be made void, and is refused",
  },
  {
    scenarios: [59, "59a"],
    what: /verify-email/,
    part: ["status", "content-type", "location", "set-auth-token", "cookies", "body"],
    node: /^(200|302|)$|^application\/json|^\/changed|"status":true|signature/,
    bookplate: /^(200|)$|^text\/html|^<html>$/,
    why: "a link that changes an address takes the user's session or the press of a button, which scanners of mails have not, and signs nobody in",
  },
  {
    scenarios: ["59c"],
    what: "POST change-email",
    part: ["status", "body"],
    node: /^200$|status/,
    bookplate: /^403$|SESSION_NOT_FRESH/,
    why: "asking for another address takes a fresh session, as other things do that take an account",
  },
  {
    scenarios: ["59d"],
    part: ["status", "location", "set-auth-token", "cookies", "body"],
    alike: (_, bookplate) => !/^\/(changed|done)$|"emailVerified":true/.test(bookplate),
    why: "another password or address, and the end of all sessions, void every link that was mailed before",
  },
  {
    scenarios: ["60a"],
    what: /verify-email/,
    part: ["status", "location"],
    node: /^500$|^$/,
    bookplate: /^302$|^\/\?error=USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL$/,
    why: "an address that was taken meanwhile is an error of the link, not of the server",
  },
  {
    scenarios: ["A1"],
    part: ["content-type", "body"],
    node: /^text\/plain|^Not Found$/,
    bookplate: "",
    why: "a disabled path looks like any other that is not there",
  },
  {
    scenarios: ["A2"],
    what: /\/$|\/\/$|\/\.{1,2}\//,
    part: ["status", "content-type", "x-retry-after", "body"],
    node: /^429$|^application\/json$|^\d+$|Too many requests/,
    bookplate: /^404$|^$/,
    why: "another spelling of a path is not that path, and not counted for it",
  },
  {
    scenarios: ["E2"],
    part: ["status", "content-type", "set-auth-token", "cookies", "body"],
    node: /^(200|500|)$|status|signature/,
    bookplate: /^400$|^application\/json$|VALIDATION_ERROR|^$/,
    why: "a name or picture that is no text is refused, not stored as text nor an internal error",
  },
  {
    scenarios: ["E7"],
    what: /^OPTIONS/,
    part: "status",
    node: "404",
    bookplate: "200",
    why: "pages of trusted origins may ask, so that their preflights are answered",
  },
  {
    scenarios: ["E8"],
    what: "GET ok",
    part: "body",
    node: '{"ok":true}',
    bookplate: `{"ok":true,"compatibleWith":"${target}"}`,
    why: "it names the version that it is compatible with",
  },
  {
    scenarios: ["E8"],
    what: /^GET error/,
    part: "content-type",
    node: "text/html",
    bookplate: "text/html; charset=utf-8",
    why: "a page says how it is encoded",
  },
  {
    scenarios: ["E11"],
    what: "GET get-session",
    part: "body",
    node: /"session"/,
    bookplate: "null",
    why: "a token without its signature signs nobody in, so that who reads the database cannot",
  },
  {
    scenarios: ["D1"],
    what: "GET get-session",
    part: "body",
    alike: (node, bookplate) =>
      node.replace('"ipAddress":""', '"ipAddress":"127.0.0.1"') === bookplate,
    why: "who connects without a proxy has an address, which better-auth does not see",
  },
  {
    scenarios: ["D2"],
    what: /^GET get-session/,
    part: "body",
    alike: (node, bookplate) =>
      node.replace('"ipAddress":"192.0.2.1"', '"ipAddress":"127.0.0.1"') === bookplate,
    why: "of X-Forwarded-For nothing is believed but what a trusted proxy says, as any client writes it",
  },
  {
    scenarios: ["D3"],
    what: /301 characters|sign-up/,
    part: ["status", "set-auth-token", "cookies", "body"],
    node: /^(200|)$|status|"token"|signature/,
    bookplate: /^400$|VALIDATION_ERROR|^$/,
    why: "names have 300 characters at most, so that lists of users stay small",
  },
  {
    scenarios: ["D4"],
    what: /65537 bytes/,
    part: ["status", "body", "set-auth-token", "cookies"],
    node: /^200$|status|signature/,
    bookplate: /^413$|PAYLOAD_TOO_LARGE|^$/,
    why: "no route takes more than a few fields, so that bodies have 64 KiB at most",
  },
  {
    scenarios: ["D5"],
    what: /sign-in/,
    part: ["status", "set-auth-token", "cookies", "body"],
    node: /^403$|INVALID_ORIGIN|^$/,
    bookplate: /^200$|"token"|signature/,
    why: "in development every name of this machine is trusted, at the server's own port",
  },
  {
    scenarios: ["D6"],
    part: ["status", "content-type", "cache-control", "pragma", "set-auth-token", "cookies", "body"],
    node: /^404$|^$/,
    bookplate: /^200$|^(application\/json|text\/html)|no-store|no-cache|"session"|^<html>$|"openapi"/,
    why: "routes of its own: session for get-session, and the reference of all routes, which better-auth has as a plugin",
  },
];
