// Every scenario, in the order of its number: those of better-auth's core, then A, its
// advisories; E, its other endpoints and conventions; L, its limits; D, where Bookplate has
// limits and routes of its own. A second factor (41) and other providers (from 64 on) are not
// among them.
import advisories from "./advisories.mjs";
import cache from "./cache.mjs";
import choices from "./choices.mjs";
import csrf from "./csrf.mjs";
import deletion from "./deletion.mjs";
import emailChange from "./email-change.mjs";
import endpoints from "./endpoints.mjs";
import limits from "./limits.mjs";
import password from "./password.mjs";
import redirects from "./redirects.mjs";
import session from "./session.mjs";
import sessionEnd from "./session-end.mjs";
import signIn from "./sign-in.mjs";
import signUp from "./sign-up.mjs";
import verification from "./verification.mjs";
import wire from "./wire.mjs";

export const scenarios = [
  ...signUp,
  ...signIn,
  ...session,
  ...sessionEnd,
  ...cache,
  ...csrf,
  ...redirects,
  ...verification,
  ...password,
  ...emailChange,
  ...deletion,
  ...advisories,
  ...endpoints,
  ...wire,
  ...limits,
  ...choices,
];
