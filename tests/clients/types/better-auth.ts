// better-auth's own clients, as a front-end written in TypeScript uses them.
import { createAuthClient } from "better-auth/client";
import { adminClient, inferAdditionalFields } from "better-auth/client/plugins";
import { createAuthClient as createReactClient } from "better-auth/react";

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
  const { data, error } = await auth.signIn.email({ email, password });
  if (error) throw new Error(error.message);
  const token: string = data.token;
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

const react = createReactClient({ baseURL: "http://localhost:3000", plugins: [adminClient()] });

export function Greeting(): string {
  const { data, isPending, error, refetch } = react.useSession();
  void refetch;
  if (isPending) return "…";
  return error ? error.message ?? "" : (data?.user.name ?? "Not signed in");
}

export async function everyFlow() {
  await react.requestPasswordReset({ email: "ann@example.com", redirectTo: "/reset" });
  await react.resetPassword({ newPassword: "correct horse battery", token: "t" });
  await react.sendVerificationEmail({ email: "ann@example.com", callbackURL: "/" });
  await react.verifyEmail({ query: { token: "t" } });
  await react.changePassword({ currentPassword: "a", newPassword: "b", revokeOtherSessions: true });
  await react.changeEmail({ newEmail: "ann@example.com" });
  await react.updateUser({ name: "Ann", image: null });
  await react.deleteUser({ password: "correct horse battery" });
  await react.revokeSession({ token: "t" });
  await react.revokeSessions();
  await react.revokeOtherSessions();
  await react.listAccounts();
  await react.unlinkAccount({ providerId: "credential", accountId: "a" });
}
