// The panel of a visitor without a session: every sign-in method that the server has.
import { useState } from "react";
import { useRefusal } from "../providers";
import { signIn, signUp } from "../session";
import { useChallenge } from "./challenge";
import { MailedCode } from "./mailed-code";
import { MailedLink } from "./mailed-link";
import { OtherMethods, type MethodName } from "./other-methods";
import { Form, LastUsed, PasswordField, Refusal, useTask } from "./parts";
import { useAutofill } from "./passkey-sign-in";
import { PhoneCode } from "./phone-code";
import { useLastMethod, usePlugins } from "./plugins";
import { SecondFactor } from "./second-factor";

/** What every form of the panel gets: the address stays when the user chooses another method. */
export interface MethodProps {
  address: string;
  setAddress: (address: string) => void;
  back: () => void;
}

const FORMS = { link: MailedLink, code: MailedCode, phone: PhoneCode };

/** Signs in, or up. `isNew` chooses the form shown at first. */
export function SignIn({ isNew = false, asksGuests = true }: { isNew?: boolean; asksGuests?: boolean }) {
  const challenge = useChallenge();
  const [method, setMethod] = useState<MethodName>(isNew ? "sign-up" : "password");
  const [address, setAddress] = useState("");
  if (challenge) return <div className="panel"><SecondFactor challenge={challenge} /></div>;

  const props = { address, setAddress, back: () => setMethod("password") };
  if (method === "sign-up") return <div className="panel"><SignUp {...props} /></div>;
  if (method !== "password") {
    const MethodForm = FORMS[method];
    return <div className="panel"><MethodForm {...props} /></div>;
  }
  return <div className="panel"><Password {...props} choose={setMethod} asksGuests={asksGuests} /></div>;
}

interface PasswordProps extends MethodProps {
  choose: (method: MethodName) => void;
  asksGuests: boolean;
}

function Password({ address, setAddress, choose, asksGuests }: PasswordProps) {
  const has = usePlugins();
  const last = useLastMethod();
  const task = useTask();
  const [refusal, setRefusal] = useRefusal();
  const restartAutofill = useAutofill(has("passkey"), setRefusal);
  const tell = (refusal: string | null) => {
    setRefusal(refusal);
    restartAutofill();
  };

  return (
    <>
      <Form
        label="Sign in"
        submit={(field) =>
          task.run(async () => {
            setRefusal(await signIn(field("email").trim(), field("password")));
            return null;
          })
        }
      >
        <h2>Welcome back</h2>
        <label>
          {has("username") ? "Email or user name" : "Email"}
          <input
            name="email"
            type={has("username") ? "text" : "email"}
            required
            value={address}
            onChange={(event) => setAddress(event.target.value)}
            autoCapitalize="none"
            spellCheck={false}
            autoComplete="username webauthn"
          />
        </label>
        <PasswordField />
        <Refusal>{refusal}</Refusal>
        <button type="submit" disabled={task.busy}>Sign in{last === "email" && <LastUsed />}</button>
        <button type="button" className="link" onClick={() => choose("sign-up")}>I am new here</button>
      </Form>
      <OtherMethods choose={choose} tell={tell} last={last} asksGuests={asksGuests} />
    </>
  );
}

function SignUp({ address, setAddress, back }: MethodProps) {
  const has = usePlugins();
  const { busy, refusal, run } = useTask();
  return (
    <Form
      label="Sign up"
      submit={(field) =>
        run(() =>
          signUp({
            name: field("name").trim(),
            email: field("email").trim(),
            password: field("password"),
            username: field("username").trim(),
          }),
        )
      }
    >
      <h2>Join the library</h2>
      <label>Name<input name="name" required autoFocus autoComplete="name" /></label>
      <label>
        Email
        <input
          name="email"
          type="email"
          required
          value={address}
          onChange={(event) => setAddress(event.target.value)}
          autoComplete="email"
        />
      </label>
      {has("username") && (
        <label>
          User name, if you like
          <input name="username" autoCapitalize="none" spellCheck={false} autoComplete="off" />
        </label>
      )}
      <label>
        Password
        <input name="password" type="password" required minLength={8} autoComplete="new-password" />
      </label>
      <Refusal>{refusal}</Refusal>
      <button type="submit" disabled={busy}>Sign up</button>
      <button type="button" className="link" onClick={back}>I have an account</button>
    </Form>
  );
}
