// The buttons of the sign-in methods without a password.
import { signInWith, useProviders } from "../providers";
import { auth, entered } from "../session";
import { LastUsed } from "./parts";
import { signInByPasskey } from "./passkey-sign-in";
import { type PluginId, usePlugins } from "./plugins";

export type MethodName = "password" | "sign-up" | "link" | "code" | "phone";

interface OtherMethodsProps {
  choose: (method: MethodName) => void;
  /** Shows why a sign-in failed. */
  tell: (refusal: string | null) => void;
  /** The method of the last sign-in. */
  last: string | null;
  asksGuests: boolean;
}

interface Method {
  plugin: PluginId;
  words: string;
  begin: () => void;
}

/** A button for every other method that the server has; nothing if it has none. */
export function OtherMethods({ choose, tell, last, asksGuests }: OtherMethodsProps) {
  const has = usePlugins();
  const providers = useProviders();
  const all: Method[] = [
    { plugin: "passkey", words: "Sign in with a passkey", begin: async () => tell(await signInByPasskey()) },
    { plugin: "magic-link", words: "Mail me a link", begin: () => choose("link") },
    { plugin: "email-otp", words: "Mail me a code", begin: () => choose("code") },
    { plugin: "phone-number", words: "Text me a code", begin: () => choose("phone") },
  ];
  const methods = all.filter(({ plugin }) => has(plugin));
  const isGuestPossible = asksGuests && has("anonymous");
  if (methods.length === 0 && providers.length === 0 && !isGuestPossible) return null;

  return (
    <div className="providers" role="group" aria-label="Other sign-in methods">
      {methods.map(({ plugin, words, begin }) => (
        <button key={plugin} type="button" className="provider" onClick={begin}>
          {words}
          {last === plugin && <LastUsed />}
        </button>
      ))}
      {providers.map((provider) => (
        <button
          key={provider.id}
          type="button"
          className="provider"
          onClick={async () => tell(await signInWith(provider))}
        >
          Sign in with {provider.name}
          {last === provider.id && <LastUsed />}
        </button>
      ))}
      {isGuestPossible && (
        <button
          type="button"
          className="link"
          onClick={async () => tell(await entered(auth.signIn.anonymous()))}
        >
          Continue as guest
        </button>
      )}
    </div>
  );
}
