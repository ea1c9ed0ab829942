// The intended differences from better-auth. An unlisted difference is a failure, and so is an
// entry that no longer occurs.
//
// `scenarios`: their numbers, "generated" or "all"; `pair`: a pattern of a generated pair's name;
// `what`: the step; `part`: one or several of status, body, cookies or a header; `node`,
// `bookplate`: the text of either side, or a pattern; `alike`: a further condition on both texts;
// `isCause`: later differences of the scenario follow from it; `isRare`: it does not occur in every
// run or with every seed.
import { readFileSync } from "node:fs";

/** Compares JSON regardless of the order of keys. */
const unordered = (text) => text.split(/[,{}]/).sort().join();

/** Bookplate's cookies without that of a known device, set after a correct password. */
const withoutDevice = (cookies) =>
  cookies
    .split("\n")
    .filter(
      (line) =>
        !/\.known_device=<device>(; Max-Age=31536000)?(; Domain=[^;]+)?; Path=\/; HttpOnly/.test(
          line,
        ),
    )
    .join("\n");

/** The cookies of a browser after these headers: the last one of each name. */
function effect(cookies) {
  const last = new Map(cookies.split("\n").map((line) => [line.split("=")[0], unordered(line)]));
  return JSON.stringify([...last].sort());
}

/** Whether every name of one list is in the other. */
const isWithin = (list, others) => {
  const names = (text) =>
    text
      .toLowerCase()
      .split(",")
      .map((name) => name.trim())
      .filter(Boolean);
  return names(list).every((name) => names(others).includes(name));
};

/** Removes headers that delete a cookie of another domain or format before the own one is set. */
const withoutOtherScopes = (cookies) => {
  const lines = cookies.split("\n");
  const bare = (line) => line.split("=")[0].replace(/^__Secure-/, "");
  return lines
    .filter((line, at) => {
      const isOwn = lines.findLastIndex((other) => bare(other) === bare(line)) === at;
      return isOwn || !/=; Max-Age=0; /.test(line);
    })
    .join("\n");
};

const clients = JSON.parse(readFileSync(new URL("../package.json", import.meta.url)));
const target = `better-auth ${clients.devDependencies["better-auth"]}`;

export const differences = [
  {
    scenarios: "66b",
    part: "location",
    node: "/sorry?error=invalid_code",
    bookplate: "/sorry?error=unable_to_get_user_info",
    why: "`null` from the token endpoint is a response without tokens, like every other one",
  },
  {
    scenarios: "66d",
    what: /callback\/oidc/,
    part: "location",
    node: "/books",
    bookplate: "/sorry?error=issuer_missing",
    isCause: true,
    why: "an authorization response without `iss` is refused if discovery promises one (RFC 9207, section 2.4)",
  },
  {
    scenarios: 67,
    what: /callback\/oauth2/,
    part: "location",
    node: "/sorry?error=invalid_code",
    bookplate: "/sorry?error=state_mismatch",
    why: "a state belongs to its provider, so a code of one is never sent to another",
  },
  {
    scenarios: "all",
    part: [
      "content-security-policy",
      "permissions-policy",
      "referrer-policy",
      "strict-transport-security",
      "x-content-type-options",
      "x-frame-options",
    ],
    node: "",
    why: "browsers are told to guess no type, to frame nothing and to say nothing of the page to others, which an application around better-auth does",
  },
  {
    scenarios: "all",
    part: [
      "access-control-allow-credentials",
      "access-control-allow-headers",
      "access-control-allow-methods",
      "access-control-allow-origin",
      "access-control-max-age",
      "vary",
    ],
    alike: isWithin,
    why: "pages of trusted origins may read answers, for which better-auth leaves the headers to the application around it",
  },
  {
    scenarios: "all",
    part: "cache-control",
    node: "",
    bookplate: "no-store",
    why: "an answer about somebody is nobody else's, also where better-auth does not say so",
  },
  {
    scenarios: "all",
    part: "cookies again",
    bookplate: "",
    why: "a cookie is set or taken away once; better-auth says the same line twice, of a session that is extended and then changed or ended",
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
    scenarios: ["23a", "E9", "E10"],
    part: "cookies",
    bookplate: /=; Max-Age=0; /,
    alike: (node, bookplate) => withoutDevice(withoutOtherScopes(bookplate)) === node,
    why: "what removes or replaces a session's cookie removes it for the host alone and for each of its domains, with and without __Secure-, as a browser may hold one there since another setting",
  },
  {
    scenarios: ["23b"],
    what: /session_data\.0=a/,
    part: "cookies",
    alike: (node, bookplate) => node.split("\n").every((line) => bookplate.includes(line)),
    why: "of a cached session that is taken away no piece stays; better-auth leaves the first",
  },
  {
    scenarios: [23],
    what: /(planted|ended) first/,
    part: ["cookies", "body", "set-auth-token"],
    node: /^null$|^$|=; Max-Age=0; /,
    bookplate: /"session"|^$|<32:\d+>\.<signature>/,
    why: "each cookie of the name is a candidate, and the first that names a living session counts; with the first alone a dead one of another domain locks a browser out",
  },
  {
    scenarios: "all",
    what: /^mail (verification|change-email-)/,
    part: "url",
    alike: (node, bookplate) => bookplate.replace(/"epoch":\d+,"emailVerified":\w+,/, "") === node,
    why: "a mailed token says until when of its user it counts, so that it can be made void",
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
    scenarios: [53],
    what: /verify-email/,
    part: "body",
    node: /USER_NOT_FOUND/,
    bookplate: /INVALID_TOKEN/,
    why: "of a token that counts for nobody nothing else is told",
  },
  {
    scenarios: [59],
    what: /verify-email/,
    part: ["status", "location", "body"],
    node: /^401$|INVALID_TOKEN/,
    bookplate: /^200$|^\/changed\?x=1$|"status":true/,
    why: "a link of a changed address that is opened again says that it is done, and does nothing",
  },
  {
    scenarios: ["50a"],
    what: /verify-email/,
    part: ["status", "content-type", "location", "set-auth-token", "cookies", "body"],
    node: /^302$|^application\/json|^\/there$|signature|^$/,
    bookplate: /^200$|^text\/html|^<html>$|^$/,
    why: "a link that signs in takes the press of a button, which scanners of mails have not; better-auth's client needs none",
  },
  {
    scenarios: ["55b"],
    what: /reset-password\/.*\?callbackURL=$/,
    part: ["status", "content-type", "location", "body"],
    node: /^302$|^application\/json|error=INVALID_TOKEN$|^$/,
    bookplate: /^200$|^text\/html|^$|^<html>$/,
    why: "a reset that names no page is finished by one of the server's, where better-auth's link always fails",
  },
  {
    scenarios: ["62a"],
    what: /delete-user\/callback/,
    part: ["status", "content-type", "location", "body"],
    node: /^404$|^application\/json|^$|FAILED_TO_GET_USER_INFO/,
    bookplate: /^302$|^application\/json|^\/bye\?x=1$|^$/,
    why: "a link that deleted its user says so again, and does nothing",
  },
  {
    scenarios: ["50d", "62a"],
    what: /\(in a browser\)$/,
    part: ["status", "content-type", "location", "body"],
    node: /^(302|404)$|^application\/json|^\/$|^\/\?error=|FAILED_TO_GET_USER_INFO|^$/,
    bookplate: /^(200|302)$|^text\/html|^<html>$|^<base>\/api\/auth\/error\?error=|^$/,
    why: "a person who opens a link that names no page of the team's, or that fails, sees a page that says what happened",
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
    scenarios: ["59c", "generated"],
    what: /^POST change-email\b/,
    part: ["status", "body"],
    node: /^200$|status/,
    bookplate: /^403$|SESSION_NOT_FRESH/,
    isCause: true,
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
    part: ["status", "content-type", "location"],
    node: /^500$|^$/,
    bookplate: /^302$|^application\/json$|^\/\?error=USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL$/,
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
    why: "a name or picture that is no text is refused, not stored as text nor an internal error; so is a name without a visible character or with a line break, which mails and lists show",
  },
  {
    scenarios: ["E7", "generated"],
    what: /^OPTIONS/,
    part: "status",
    node: "404",
    bookplate: "200",
    why: "pages of trusted origins may ask, so that their preflights are answered",
  },
  {
    scenarios: ["E8", "generated"],
    what: /^GET ok\b/,
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
    scenarios: "generated",
    what: /(^| )(\S*\/)?(\.|%2e%2e|\.\.)\/|\\/,
    part: ["status", "content-type", "body"],
    bookplate: /^404$|^$|"NOT_FOUND"/,
    isCause: true,
    why: "another spelling of a path is not that path: dots and backslashes lead nowhere",
  },
  {
    scenarios: "generated",
    what: /\/api\/auth(%2F|\\)/,
    part: ["content-type", "body"],
    node: "",
    bookplate: /^application\/json$|"NOT_FOUND"/,
    why: "a path that is not below the base path is not better-auth's",
  },
  {
    scenarios: "generated",
    pair: /an origin with a user/,
    part: "status",
    bookplate: "403",
    isCause: true,
    why: "an origin has no user name; no browser sends one",
  },
  {
    scenarios: "generated",
    what: /^what is stored/,
    part: "value",
    alike: (node, bookplate) => node.replace(/"links":\d+/, '"links":0') === bookplate,
    why: "another password and the end of sessions void every link that was mailed before",
  },
  {
    scenarios: "generated",
    pair: /, fleeting,/,
    part: "set-auth-token",
    bookplate: "",
    isCause: true,
    why: "a session that shall not be remembered is not extended for a client without the cookie that says so",
  },
  {
    scenarios: "generated",
    pair: /^POST change-password, .*twice at once/,
    what: "two at once",
    part: "value",
    bookplate: /INVALID_PASSWORD/,
    isCause: true,
    why: "of two changes of a password at once one finds that the old one counts no longer",
  },
  {
    scenarios: "generated",
    pair: /^POST (revoke-sessions|sign-out|delete-user), .*twice at once/,
    what: "two at once",
    part: "value",
    bookplate: /UNAUTHORIZED/,
    isCause: true,
    isRare: true,
    why: "of two requests at once that end a session the second may find that it has ended",
  },
  {
    scenarios: "generated",
    pair: /^POST change-email, (stale|due), twice at once/,
    what: "two at once",
    part: "value",
    bookplate: /SESSION_NOT_FRESH/,
    isCause: true,
    isRare: true,
    why: "asking for another address takes a fresh session, also twice",
  },
  {
    scenarios: "generated",
    pair: /an unsigned bearer token/,
    part: ["status", "body", "value", "cookies"],
    isCause: true,
    isRare: true,
    why: "a token without its signature signs nobody in, so that who reads the database cannot",
  },
  {
    scenarios: "generated",
    pair: /email = "a{50}/i,
    part: ["status", "body"],
    bookplate: /^400$|INVALID_EMAIL|Invalid email address/,
    isCause: true,
    isRare: true,
    why: "an address has at most 254 characters, as RFC 5321 has it",
  },
  {
    scenarios: "generated",
    pair: /ud83d|udc00/,
    part: ["body", "value"],
    alike: (node, bookplate) =>
      node.replace(/\ufffd+/g, "\ufffd") === bookplate.replace(/\ufffd+/g, "\ufffd"),
    isRare: true,
    why: "half of a surrogate pair is stored as one U+FFFD, as by Node's driver of PostgreSQL",
  },
  {
    scenarios: "generated",
    pair: /^GET (verify-email|reset-password).*method POST/,
    part: "status",
    node: "404",
    isCause: true,
    isRare: true,
    why: "the pages that links open post their forms",
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
    part: [
      "status",
      "content-type",
      "etag",
      "cache-control",
      "pragma",
      "set-auth-token",
      "cookies",
      "body",
    ],
    node: /^404$|^$/,
    bookplate:
      /^200$|^"\w+"$|^(application\/json|text\/html)|no-store|no-cache|"session"|^<html>$|"openapi"/,
    why: "routes of its own: session for get-session, and the reference of all routes, which better-auth has as a plugin",
  },
  {
    scenarios: "generated",
    pair: /the cookie twice, (the bad|an empty) one first/,
    part: ["status", "body", "cookies", "value"],
    isCause: true,
    why: "each cookie of the name is a candidate, and the first that names a living session counts",
  },
  {
    scenarios: "generated",
    pair: /^GET (verify-email|reset-password\/\S+|delete-user\/callback), .*(navigation|callbackURL empty|names only)/,
    part: ["status", "content-type", "location", "body"],
    isCause: true,
    isRare: true,
    why: "a person who opens a link in a browser is shown a page, not JSON",
  },
  {
    scenarios: "generated",
    pair: /, due, .*stray session_data/,
    part: "cookies",
    alike: (node, bookplate) => node.split("\n").every((line) => bookplate.includes(line)),
    isRare: true,
    why: "of a session that is extended and a cache that is taken away both are told; better-auth loses the first",
  },
  {
    scenarios: "generated",
    pair: /, due, .*bearer/,
    part: ["set-auth-token", "cookies"],
    node: /session_token=|<signature>/,
    bookplate: "",
    isCause: true,
    isRare: true,
    why: "who came without a cookie gets none when the session is extended: the token is the same",
  },
  {
    scenarios: "generated",
    pair: /^POST (update-user|sign-up).*(name|image) = /,
    part: ["status", "value"],
    node: /^(200|500)\b/,
    bookplate: /^400\b/,
    isCause: true,
    isRare: true,
    why: "a name or picture is a text, of 300 characters at most and without U+0000, which PostgreSQL does not store",
  },
  {
    scenarios: ["70c", "70f"],
    what: /account-info/,
    part: "body",
    alike: (node, bookplate) => unordered(node) === unordered(bookplate),
    why: "the fields of a profile at a provider stand in one order for all providers",
  },
  {
    scenarios: ["P4", "P5"],
    part: ["content-security-policy", "pragma"],
    node: /^default-src 'none'; script-src 'sha256-|^no-cache$/,
    bookplate: /frame-ancestors 'none'$|^$/,
    why: "the page of a popup window has a script of its own, and may not be framed",
  },
  {
    scenarios: ["P4", "P5"],
    what: /callback\/github\?/,
    part: ["location", "cookies"],
    alike: (node, bookplate) =>
      bookplate === "" || node.split("\n").sort().join() === bookplate.split("\n").sort().join(),
    why: "the page of a popup window has no header Location, which nothing follows; the cookies are set in another order",
  },
  {
    scenarios: ["P4", "P5", "P5a"],
    what: /^GET oauth-popup\/start/,
    part: "cookies",
    alike: (node, bookplate) => bookplate.replace(/,"state":"<32:\d+>"/, "") === node,
    why: "the cookie of a popup window names its sign-in, so that a sign-in in another tab ends as usual",
  },
  {
    scenarios: ["P5a"],
    what: /callback\/github\?/,
    part: ["status", "content-type", "content-security-policy", "pragma", "location", "cookies", "body"],
    isCause: true,
    why: "a sign-in in another tab than the popup window ends as usual",
  },
  {
    scenarios: ["P5b"],
    part: ["status", "content-type", "location", "cookies", "body"],
    node: /^302$|^$|^https:\/\/github\.com|oauth_popup|^application\/json/,
    bookplate: /^403$|^application\/json|^$|INVALID_ORIGIN/,
    why: "the page that gets the token is named by its exact origin",
  },
  {
    scenarios: ["P6", "P6a", "P6b"],
    what: "POST sign-in/social",
    part: "location",
    node: /state=<32:\d+>/,
    bookplate: /state=<sealed>/,
    why: "the header and the body name the same URL; the production host does not understand the state in better-auth's header",
  },
  {
    scenarios: ["P6b", "P6c"],
    what: /^GET callback/,
    part: ["location", "set-auth-token", "cookies"],
    node: /^\/books$|signature/,
    bookplate: /error=state_mismatch$|^$/,
    why: "a payload signs in only the browser that began, and only where the sign-in went through the production host: otherwise the secret of a preview would sign in as any user of the production host",
  },
  {
    scenarios: ["P7a"],
    what: /\(denied\)$/,
    part: "location",
    alike: (node, bookplate) => bookplate.startsWith(`${node}&error_description=`),
    why: "the provider's description is passed on, as without the production host",
  },
  {
    scenarios: ["P7a"],
    what: /\(a path\)$/,
    part: "location",
    alike: (node, bookplate) => bookplate === `https://preview.example${node}`,
    why: "a preview's page of errors is on the preview",
  },
  {
    scenarios: ["P7a"],
    what: /\((evil|late)\)$/,
    part: "location",
    node: /profile=<sealed>$/,
    bookplate: /^<base>\/api\/auth\/error\?error=(untrusted_preview|state_mismatch)$/,
    why: "the production host sends users only to trusted previews, and only within the time of a sign-in",
  },
];
