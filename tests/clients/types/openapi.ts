// A client generated from the OpenAPI document; compiling it checks the document.
import createClient from "openapi-fetch";
import type { components, operations, paths } from "./generated/auth";

type User = components["schemas"]["User"];

export function client(baseUrl: string, customFetch: typeof fetch) {
  return createClient<paths>({ baseUrl, fetch: (request) => customFetch(request) });
}

/** Signs a user up, in by a bearer token, and out; returns the responses. */
export async function journey(baseUrl: string, customFetch: typeof fetch, email: string) {
  const api = client(baseUrl, customFetch);
  const password = "correct horse battery";
  const up = await api.POST("/sign-up/email", { body: { name: "Typed", email, password } });
  if (!up.data) throw new Error(up.error.message);
  const user: User = up.data.user;

  const wrong = await api.POST("/sign-in/email", { body: { email, password: "wrong horse" } });
  const code: "INVALID_EMAIL_OR_PASSWORD" | string | undefined = wrong.error?.code;

  const signedIn = await api.POST("/sign-in/email", { body: { email, password, rememberMe: false } });
  const headers = { authorization: `Bearer ${signedIn.response.headers.get("set-auth-token")}` };
  const session = await api.GET("/get-session", { headers });
  const sessions = await api.GET("/list-sessions", { headers });
  const accounts = await api.GET("/list-accounts", { headers });
  const updated = await api.POST("/update-user", { headers, body: { image: null } });
  await api.POST("/sign-out", { headers, body: {} });
  const after = await api.GET("/get-session", { headers });

  const provider: string | undefined = accounts.data?.[0]?.providerId;
  const image: string | null | undefined = session.data?.user.image;
  const done: true | undefined = updated.data?.status;
  return { user, code, provider, image, done, sessions: sessions.data?.length, after: after.data };
}

/** Types distinguish error codes by status. */
type Refused = operations["signInEmail"]["responses"][401]["content"]["application/json"];
export const refused: Refused = { message: "", code: "INVALID_EMAIL_OR_PASSWORD" };
// @ts-expect-error no other code comes with this status
export const other: Refused = { message: "", code: "INVALID_EMAIL" };

export async function mistakes(api: ReturnType<typeof client>) {
  // @ts-expect-error there is no such route
  await api.GET("/sign-in/email");
  // @ts-expect-error a password is missing
  await api.POST("/sign-in/email", { body: { email: "ann@example.com" } });
  const { data } = await api.GET("/get-session");
  // @ts-expect-error nobody may be signed in
  data.user;
  // @ts-expect-error users have no such field
  data?.user.password;
}
