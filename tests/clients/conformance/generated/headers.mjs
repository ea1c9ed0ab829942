// Headers about pages and clients. `<origin>` is the server's own origin.
import { signed } from "../secrets.mjs";

/** `[what, headers]`; a list stands for a repeated header. */
export const origins = [
  ["no origin", {}],
  ["another origin", { origin: "https://evil.example" }],
  ["origin null", { origin: "null" }],
  ["an empty origin", { origin: "" }],
  ["a blank origin", { origin: "  " }],
  ["origin in upper case", { origin: "HTTP://127.0.0.1" }],
  ["an origin with a slash", { origin: "<origin>/" }],
  ["an origin with a path", { origin: "<origin>/a/b?c#d" }],
  ["an origin with a user", { origin: "http://ann@<host>" }],
  ["an origin that begins like ours", { origin: "<origin>.evil.example" }],
  ["an origin without a scheme", { origin: "<host>" }],
  ["https", { origin: "https://<host>" }],
  ["localhost", { origin: "http://localhost" }],
  ["origin twice, both ours", { origin: ["<origin>", "<origin>"] }],
  ["origin twice, ours first", { origin: ["<origin>", "https://evil.example"] }],
  ["origin twice, ours last", { origin: ["https://evil.example", "<origin>"] }],
  ["our referer", { referer: "<origin>/page?x=y" }],
  ["another referer", { referer: "https://evil.example/<origin>" }],
  ["referer twice", { referer: ["<origin>/a", "https://evil.example"] }],
  ["origin null and our referer", { origin: "null", referer: "<origin>/page" }],
  ["an empty origin and our referer", { origin: "", referer: "<origin>/page" }],
  ["our origin and another referer", { origin: "<origin>", referer: "https://evil.example" }],
  ["origin null from here", { origin: "null", "sec-fetch-site": "same-origin" }],
  ["origin null from this site", { origin: "null", "sec-fetch-site": "same-site" }],
  ["origin null from here in upper case", { origin: "null", "sec-fetch-site": "Same-Origin" }],
  ["no origin from here", { "sec-fetch-site": "same-origin", "sec-fetch-mode": "cors" }],
  [
    "navigation from elsewhere",
    {
      origin: "<origin>",
      "sec-fetch-site": "cross-site",
      "sec-fetch-mode": "navigate",
      "sec-fetch-dest": "document",
    },
  ],
  [
    "navigation from elsewhere without origin",
    { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" },
  ],
  [
    "a fetch from elsewhere",
    { origin: "<origin>", "sec-fetch-site": "cross-site", "sec-fetch-mode": "cors" },
  ],
  ["navigation by hand", { "sec-fetch-site": "none", "sec-fetch-mode": "navigate" }],
  ["blank fetch headers", { "sec-fetch-site": " ", "sec-fetch-mode": "" }],
  ["only a destination", { "sec-fetch-dest": "empty" }],
  ["a host of somebody else", { origin: "<origin>", host: "evil.example" }],
  [
    "a forwarded host",
    { origin: "<origin>", "x-forwarded-host": "evil.example", "x-forwarded-proto": "https" },
  ],
];

const session = "better-auth.session_token";
const line = (jar) => [...jar].map(([name, value]) => `${name}=${value}`).join("; ");
/** The value of the session cookie; a random one for people without a session. */
const value = ({ jar, person }) => jar.get(session) ?? signed(person.token);

const set = (change) => (request) => {
  request.cookie = change(value(request), line(request.jar));
};
const bearer = (change) => (request) => {
  request.cookie = "";
  request.headers.authorization = change(
    decodeURIComponent(value(request)),
    value(request),
    request,
  );
};

/** `[what, change]` */
export const cookies = [
  ["a quoted cookie", set((value) => `${session}="${value}"`)],
  ["a cookie with half a quote", set((value) => `${session}="${value}`)],
  ["a cookie quoted at its end", set((value) => `${session}=${value}"`)],
  ["a decoded cookie", set((value) => `${session}=${decodeURIComponent(value)}`)],
  ["a cookie encoded twice", set((value) => `${session}=${encodeURIComponent(value)}`)],
  [
    "a cookie in lower case escapes",
    set((value) => `${session}=${value.replace(/%../g, (c) => c.toLowerCase())}`),
  ],
  [
    "a cookie with a letter encoded",
    set((value) => `${session}=%${value.charCodeAt(0).toString(16)}${value.slice(1)}`),
  ],
  ["blanks around the cookie", set((value) => `  ${session} =  ${value}  ; `)],
  ["no blank between cookies", set((value) => `a=b;${session}=${value};c=d`)],
  ["a cookie between others", set((value) => `a; =; =b; c==; ${session}=${value}; d="e;f"; é=ü`)],
  ["a cookie behind a comma", set((value) => `a=b, ${session}=${value}`)],
  ["the cookie twice, the bad one first", set((value) => `${session}=bad; ${session}=${value}`)],
  ["the cookie twice, the good one first", set((value) => `${session}=${value}; ${session}=bad`)],
  ["the cookie twice, an empty one first", set((value) => `${session}=; ${session}=${value}`)],
  ["the cookie of https", set((value) => `__Secure-${session}=${value}`)],
  ["the cookie of a host", set((value) => `__Host-${session}=${value}`)],
  ["the cookie's name in upper case", set((value) => `${session.toUpperCase()}=${value}`)],
  ["the cookie's name encoded", set((value) => `better-auth%2Esession_token=${value}`)],
  ["the cookie by its old name", set((value) => `better-auth-session_token=${value}`)],
  ["the cookie without a prefix", set((value) => `session_token=${value}`)],
  [
    "the cookie in pieces",
    set((value) => `${session}.0=${value.slice(0, 20)}; ${session}.1=${value.slice(20)}`),
  ],
  ["an empty cookie", set(() => `${session}=`)],
  ["a cookie of nothing", set(() => session)],
  ["an unsigned cookie", set((value) => `${session}=${value.split(".")[0]}`)],
  ["a cookie of a signature", set((value) => `${session}=.${value.split(".")[1]}`)],
  ["a cookie with its signature cut", set((value) => `${session}=${value.slice(0, -6)}`)],
  [
    "a cookie with another signature",
    set((value) => `${session}=${value.replace(/\.(.)/, (_, c) => `.${c === "A" ? "B" : "A"}`)}`),
  ],
  [
    "a cookie with another token",
    set((value) => `${session}=${value.replace(/^./, (c) => (c === "A" ? "B" : "A"))}`),
  ],
  ["a cookie with two signatures", set((value) => `${session}=${value}.${value.split(".")[1]}`)],
  [
    "a cookie in base64url",
    set(
      (value) =>
        `${session}=${decodeURIComponent(value).replaceAll("+", "-").replaceAll("/", "_")}`,
    ),
  ],
  ["a cookie with a bad percent", set((value) => `${session}=${value}%zz`)],
  ["a cookie with bytes", set((value) => `${session}=${value}\u00ff`)],
  ["a cookie with a tab", set((value) => `${session}=\t${value}\t`)],
  ["a cookie for ever", set((value, line) => `${line}; $Version=1; Path=/; Domain=x`)],
  ["a stray dont_remember", set((_, line) => `${line}; better-auth.dont_remember=true`)],
  ["a stray session_data", set((_, line) => `${line}; better-auth.session_data=x`)],
  [
    "pieces of a stray session_data",
    set((_, line) => `${line}; better-auth.session_data.0=x; better-auth.session_data.1=y`),
  ],
  ["only another cookie", set(() => "theme=dark")],
  ["an empty cookie header", set(() => " ")],
  ["no cookie", set(() => "")],
  ["a bearer token", bearer((plain) => `Bearer ${plain}`)],
  ["an encoded bearer token", bearer((_, encoded) => `Bearer ${encoded}`)],
  ["an unsigned bearer token", bearer((plain) => `Bearer ${plain.split(".")[0]}`)],
  ["a bearer in lower case", bearer((plain) => `bearer ${plain}`)],
  ["a bearer with blanks", bearer((plain) => `Bearer   ${plain}  `)],
  ["a bearer with a tab", bearer((plain) => `Bearer\t${plain}`)],
  ["a bearer with a wrong signature", bearer((plain) => `Bearer ${plain.slice(0, -3)}AA=`)],
  ["a bearer with a cut signature", bearer((plain) => `Bearer ${plain.slice(0, -2)}`)],
  [
    "a bearer in base64url",
    bearer((plain) => `Bearer ${plain.replaceAll("+", "-").replaceAll("/", "_").replace("=", "")}`),
  ],
  ["a bearer with two dots", bearer((plain) => `Bearer ${plain}.x`)],
  ["an empty bearer", bearer(() => "Bearer ")],
  ["two bearers", bearer((plain) => [`Bearer ${plain}`, "Bearer bad"])],
  ["another scheme", bearer((plain) => `Basic ${plain}`)],
  ["a token without a scheme", bearer((plain) => plain)],
  [
    "a good bearer and a bad cookie",
    (request) => {
      request.headers.authorization = `Bearer ${decodeURIComponent(value(request))}`;
      request.cookie = `${session}=bad`;
    },
  ],
  [
    "a bad bearer and the cookie",
    (request) => {
      request.headers.authorization = "Bearer bad.bad";
    },
  ],
];
