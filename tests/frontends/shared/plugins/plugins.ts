// The plugins that the server has on, and the method by which this browser signed in last.
import { useEffect, useState } from "react";
import { auth } from "../session";

export type PluginId =
  | "two-factor"
  | "passkey"
  | "magic-link"
  | "email-otp"
  | "username"
  | "phone-number"
  | "anonymous"
  | "multi-session"
  | "last-login-method"
  | "one-time-token"
  | "device-authorization";

export type Has = (plugin: PluginId) => boolean;

let offered: Promise<readonly string[]> | undefined;

/** Whether the server has a plugin. No server has one until it has answered. */
export function usePlugins(): Has {
  const [plugins, setPlugins] = useState<readonly string[]>([]);
  useEffect(() => {
    offered ??= auth
      .$fetch<{ plugins: string[] }>("/plugins")
      .then(({ data }) => data?.plugins ?? [])
      .catch(() => []);
    void offered.then(setPlugins);
  }, []);
  return (plugin) => plugins.includes(plugin);
}

/** Returns the method of the last sign-in: a plugin's id, a provider's id, or `email` for a password. */
export function useLastMethod(): string | null {
  const has = usePlugins();
  const [method] = useState(() => auth.getLastUsedLoginMethod());
  return has("last-login-method") ? method : null;
}
