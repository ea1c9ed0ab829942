// Parts that several forms have.
import { create } from "qrcode";
import { type FormEvent, type ReactNode, useEffect, useMemo, useState } from "react";
import { type Answer, answerOf, explain } from "./messages";

/** Runs a form's requests, and keeps the reason why the last one failed. */
export function useTask() {
  const [busy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<string | null>(null);

  /** Returns whether `work`, which answers why it failed, succeeded. */
  async function run(work: () => Promise<string | null>): Promise<boolean> {
    setBusy(true);
    const refusal = await work();
    setRefusal(refusal);
    setBusy(false);
    return refusal === null;
  }

  /** Returns the data of a request, or null if it failed. */
  async function ask<T>(request: Promise<Answer<T>>): Promise<T | null> {
    let data: T | null = null;
    await run(async () => {
      const answer = await answerOf(request);
      data = answer.data;
      return answer.error && explain(answer.error);
    });
    return data;
  }

  return { busy, refusal, setRefusal, run, ask };
}

/** Loads rows at first, and again on demand. */
export function useRows<T>(load: () => Promise<{ data: readonly T[] | null }>): [readonly T[], () => Promise<void>] {
  const [rows, setRows] = useState<readonly T[]>([]);
  const reload = async () => {
    const { data } = await load().catch(() => ({ data: null }));
    setRows(data ?? []);
  };
  // `load` has no state: the first one is as good as the last one.
  useEffect(() => void reload(), []);
  return [rows, reload];
}

export function Refusal({ children }: { children: string | null }) {
  return children && <p className="refusal" role="alert">{children}</p>;
}

/** Marks the method by which this browser signed in last. */
export function LastUsed() {
  return <>{" "}<span className="last">last used</span></>;
}

interface FormProps {
  label: string;
  /** Gets a function that returns the text of a field. */
  submit: (field: (name: string) => string, form: HTMLFormElement) => void;
  children: ReactNode;
}

export function Form({ label, submit, children }: FormProps) {
  function onSubmit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = event.currentTarget;
    const fields = new FormData(form);
    submit((name) => String(fields.get(name) ?? ""), form);
  }
  return <form aria-label={label} onSubmit={onSubmit}>{children}</form>;
}

/** The field of a numeric code, which the browser may fill in. */
export function CodeField({ label }: { label: string }) {
  return (
    <label>
      {label}
      <input
        className="code"
        name="code"
        required
        autoFocus
        inputMode="numeric"
        pattern="[0-9 ]+"
        title="Digits"
        maxLength={12}
        autoComplete="one-time-code"
      />
    </label>
  );
}

/** Removes spaces, as people write them into codes and phone numbers. */
export const compact = (text: string) => text.replaceAll(/\s/g, "");

export function PasswordField({ autoFocus = false }: { autoFocus?: boolean }) {
  return (
    <label>
      Password
      <input name="password" type="password" required autoFocus={autoFocus} autoComplete="current-password" />
    </label>
  );
}

/** A QR code, drawn as one path. */
export function QrCode({ text, label }: { text: string; label: string }) {
  const { size, path } = useMemo(() => drawn(text), [text]);
  // Readers expect a border of four modules.
  return (
    <svg className="qr" role="img" aria-label={label} viewBox={`-4 -4 ${size + 8} ${size + 8}`} shapeRendering="crispEdges">
      <rect x="-4" y="-4" width={size + 8} height={size + 8} fill="#fff" />
      <path d={path} fill="#000" />
    </svg>
  );
}

function drawn(text: string) {
  const { size, data } = create(text, { errorCorrectionLevel: "M" }).modules;
  const dark = Array.from(data, (module, at) => (module ? `M${at % size} ${Math.floor(at / size)}h1v1h-1z` : ""));
  return { size, path: dark.join("") };
}

interface ConfirmProps {
  /** What the button does, such as `Delete`. */
  action: string;
  /** The thing concerned, for those who hear the page. */
  thing: string;
  confirmed: () => void;
}

/** A button that asks once more. */
export function Confirm({ action, thing, confirmed }: ConfirmProps) {
  const [asks, setAsks] = useState(false);
  if (!asks) {
    return (
      <button type="button" className="quiet" aria-label={`${action} ${thing}`} onClick={() => setAsks(true)}>
        {action}
      </button>
    );
  }
  const act = () => {
    setAsks(false);
    confirmed();
  };
  return (
    <>
      <button type="button" className="quiet danger" autoFocus aria-label={`Really ${action.toLowerCase()} ${thing}`} onClick={act}>
        Really?
      </button>
      <button type="button" className="quiet" onClick={() => setAsks(false)}>Keep</button>
    </>
  );
}
