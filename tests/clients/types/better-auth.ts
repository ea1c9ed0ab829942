// better-auth's own client in a TypeScript front end.
import { createAuthClient } from "better-auth/client";
import { inferAdditionalFields } from "better-auth/client/plugins";

export function vanilla(baseURL: string, customFetchImpl: typeof fetch) {
  return createAuthClient({
    baseURL,
    fetchOptions: { customFetchImpl },
    plugins: [inferAdditionalFields({ user: { role: { type: "string", input: false } } })],
  });
}

export async function journey(baseURL: string, customFetchImpl: typeof fetch, email: string) {
  const auth = vanilla(baseURL, customFetchImpl);
  const password = "correct horse battery";
  const up = await auth.signUp.email({ name: "Typed", email, password });
  let token: string | null = null;
  const { error } = await auth.signIn.email(
    { email, password },
    { onSuccess: ({ response }) => void (token = response.headers.get("set-auth-token")) },
  );
  if (error) throw new Error(error.message);
  const headers = { authorization: `Bearer ${token}` };
  const session = await auth.getSession({ fetchOptions: { headers } });
  const role: string | null | undefined = session.data?.user.role;
  const expires: Date | undefined = session.data?.session.expiresAt;
  const sessions = await auth.listSessions({ fetchOptions: { headers } });
  await auth.signOut({ fetchOptions: { headers } });
  return { name: up.data?.user.name, role, expires, sessions: sessions.data?.length };
}

export async function mistakes(auth: ReturnType<typeof vanilla>) {
  // @ts-expect-error a password is missing
  await auth.signIn.email({ email: "ann@example.com" });
  const { data } = await auth.getSession();
  // @ts-expect-error users have no such field
  data?.user.password;
}
