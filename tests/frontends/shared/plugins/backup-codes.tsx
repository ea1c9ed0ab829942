// Backup codes, which are shown once.
import { useState } from "react";

export function BackupCodes({ codes, done }: { codes: readonly string[]; done: () => void }) {
  const [isCopied, setCopied] = useState(false);
  const text = codes.join("\n");
  async function copy() {
    await navigator.clipboard.writeText(text);
    setCopied(true);
  }
  return (
    <>
      <p className="told" role="status">
        Keep these backup codes: each signs you in once if you lose your phone. They are not shown again.
      </p>
      <ol className="codes" aria-label="Backup codes">
        {codes.map((code) => <li key={code}>{code}</li>)}
      </ol>
      <div className="row">
        <button type="button" autoFocus onClick={done}>I have kept them</button>
        <button type="button" className="quiet" onClick={copy}>{isCopied ? "Copied" : "Copy"}</button>
        <a
          className="quiet"
          download="bookplate-backup-codes.txt"
          href={`data:text/plain;charset=utf-8,${encodeURIComponent(text)}`}
        >
          Save as a file
        </a>
      </div>
    </>
  );
}
