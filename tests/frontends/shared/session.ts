// The session, by better-auth's own client.
import { createAuthClient } from "better-auth/react";
import { API } from "./page";

export const auth = createAuthClient({ baseURL: API });

export interface Viewer {
  id: string;
  name: string;
}

/** A form's sign-in or sign-up; answers why it failed, if it did. */
export async function enter(form: { name?: string; email: string; password: string }): Promise<string | null> {
  const { name, ...credentials } = form;
  const { error } =
    name === undefined
      ? await auth.signIn.email(credentials)
      : await auth.signUp.email({ name, ...credentials });
  if (error) return error.message ?? "The server cannot be reached.";
  // Pages of another site than the server's are refused its cookie by the browser.
  const { data } = await auth.getSession();
  return data ? null : "Your browser did not keep the session: this page is of another site than the server.";
}
