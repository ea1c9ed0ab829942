// Sign-in with providers by better-auth's own client in a TypeScript front end.
import { vanilla } from "./better-auth.js";

export async function everyFlow(auth: ReturnType<typeof vanilla>) {
  const { data } = await auth.signIn.social({
    provider: "github",
    callbackURL: "/",
    newUserCallbackURL: "/welcome",
    errorCallbackURL: "/failed",
    disableRedirect: true,
    requestSignUp: true,
    scopes: ["repo"],
    loginHint: "ann@example.com",
    additionalData: { invitation: "i" },
  });
  const redirect: boolean | undefined = data?.redirect;
  const url: string | undefined = data?.url;
  // The id of a provider of the team's own file.
  await auth.signIn.social({ provider: "keycloak" });
  const native = { token: "t", nonce: "n", accessToken: "a" };
  const direct = await auth.signIn.social({ provider: "google", idToken: native });
  if (direct.data && "user" in direct.data) {
    const email: string | undefined = direct.data.user?.email;
    void email;
  }
  const linked = await auth.linkSocial({ provider: "google", callbackURL: "/account", scopes: ["openid"] });
  const page: string | undefined = linked.data?.url;
  await auth.linkSocial({ provider: "google", idToken: native });
  const info = await auth.accountInfo({ query: { accountId: "a" } });
  const subject: string | number | undefined = info.data?.user.id;
  const tokens = await auth.getAccessToken({ accountId: "a" });
  const expires: Date | undefined = tokens.data?.accessTokenExpiresAt;
  const granted: string[] | undefined = tokens.data?.scopes;
  await auth.refreshToken({ accountId: "a" });
  return { redirect, url, page, subject, expires, granted };
}

/** Every flow on a server without providers: the codes of its answers. */
export async function refusals(baseURL: string, customFetchImpl: typeof fetch, email: string) {
  const auth = vanilla(baseURL, customFetchImpl);
  let token: string | null = null;
  await auth.signUp.email(
    { name: "Typed", email, password: "correct horse battery" },
    { onSuccess: ({ response }) => void (token = response.headers.get("set-auth-token")) },
  );
  const fetchOptions = { headers: { authorization: `Bearer ${token}` } };
  const accounts = await auth.listAccounts({ fetchOptions });
  const accountId = accounts.data?.[0]?.id ?? "";
  const answers = {
    signIn: await auth.signIn.social({ provider: "github" }),
    link: await auth.linkSocial({ provider: "github", fetchOptions }),
    info: await auth.accountInfo({ query: { accountId }, fetchOptions }),
    accessToken: await auth.getAccessToken({ accountId, fetchOptions }),
    refresh: await auth.refreshToken({ accountId, fetchOptions }),
    unlink: await auth.unlinkAccount({ accountId, fetchOptions }),
  };
  const codes = Object.entries(answers).map(([name, { error }]) => [name, `${error?.status} ${error?.code}`]);
  return Object.fromEntries(codes) as Record<keyof typeof answers, string>;
}

export async function mistakes(auth: ReturnType<typeof vanilla>) {
  // @ts-expect-error a provider is missing
  await auth.signIn.social({ callbackURL: "/" });
  // @ts-expect-error the token of an id token is missing
  await auth.linkSocial({ provider: "google", idToken: { nonce: "n" } });
  // @ts-expect-error an account is missing
  await auth.getAccessToken({});
}
