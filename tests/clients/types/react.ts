// better-auth's client for React, compiled separately: that of better-auth.ts with a hook.
import { createAuthClient } from "better-auth/react";

const auth = createAuthClient({ baseURL: "http://localhost:3000" });

export function Greeting(): string {
  const { data, isPending, error, refetch } = auth.useSession();
  void refetch;
  // @ts-expect-error users have no such field
  void data?.user.password;
  if (isPending) return "…";
  return error ? error.message ?? "" : (data?.user.name ?? "Not signed in");
}

export async function everyFlow() {
  await auth.requestPasswordReset({ email: "ann@example.com", redirectTo: "/reset" });
  await auth.resetPassword({ newPassword: "correct horse battery", token: "t" });
  await auth.sendVerificationEmail({ email: "ann@example.com", callbackURL: "/" });
  await auth.verifyEmail({ query: { token: "t" } });
  await auth.changePassword({ currentPassword: "a", newPassword: "b", revokeOtherSessions: true });
  await auth.changeEmail({ newEmail: "ann@example.com" });
  await auth.updateUser({ name: "Ann", image: null });
  await auth.deleteUser({ password: "correct horse battery" });
  await auth.revokeSession({ token: "t" });
  await auth.revokeSessions();
  await auth.revokeOtherSessions();
  await auth.listAccounts();
  await auth.unlinkAccount({ accountId: "a" });
}
