// The routes of both servers, each with a valid request.
import { PASSWORD } from "../stage.mjs";

const NEW = "another horse battery";

const post = (path, good = () => ({}), fields = []) => ({ method: "POST", path, good, fields });
const get = (path, query = "") => ({ method: "GET", path, query, fields: [] });

/** `good(person)` is a valid body; `fields` lists further fields. */
export const ROUTES = [
  [
    5,
    post(
      "sign-up/email",
      ({ email }) => ({ name: "New", email: `new.${email}`, password: PASSWORD }),
      ["image", "callbackURL", "rememberMe", "role", "emailVerified", "id"],
    ),
  ],
  [
    6,
    post("sign-in/email", ({ email }) => ({ email, password: PASSWORD }), [
      "callbackURL",
      "rememberMe",
    ]),
  ],
  [4, post("sign-out", undefined, ["callbackURL", "disableRedirect", "state"])],
  [4, post("revoke-session", ({ otherToken }) => ({ token: otherToken }))],
  [3, post("revoke-sessions", undefined, ["callbackURL"])],
  [3, post("revoke-other-sessions", undefined, ["redirectTo"])],
  [2, post("update-session", () => ({ theme: "dark" }), ["token", "expiresAt", "userId"])],
  [
    6,
    post("update-user", () => ({ name: "Anna" }), [
      "image",
      "email",
      "role",
      "id",
      "emailVerified",
      "createdAt",
    ]),
  ],
  [
    4,
    post("change-password", () => ({ currentPassword: PASSWORD, newPassword: NEW }), [
      "revokeOtherSessions",
    ]),
  ],
  [3, post("verify-password", () => ({ password: PASSWORD }))],
  [4, post("change-email", ({ email }) => ({ newEmail: `changed.${email}` }), ["callbackURL"])],
  [4, post("delete-user", undefined, ["callbackURL", "password", "token"])],
  [4, post("request-password-reset", ({ email }) => ({ email }), ["redirectTo"])],
  [4, post("reset-password", ({ resetToken }) => ({ newPassword: NEW, token: resetToken }), [])],
  [3, post("send-verification-email", ({ email }) => ({ email }), ["callbackURL"])],
  [2, post("unlink-account", ({ accountId }) => ({ accountId }))],
  [2, post("get-session")],
  [6, get("get-session")],
  [4, get("list-sessions")],
  [3, get("list-accounts")],
  [2, get("verify-email", "token=x")],
  [2, get("delete-user/callback", "token=x&callbackURL=/gone")],
  [3, get("reset-password/<reset>", "callbackURL=/reset")],
  [1, get("ok")],
];

/** Valid values of addresses and of redirect targets. */
export const EMAILS = new Set(["email", "newEmail"]);
export const PLACES = new Set([
  "callbackURL",
  "redirectTo",
  "errorCallbackURL",
  "newUserCallbackURL",
]);
