// All scenarios in the order of their numbers: those of better-auth's core; A, its advisories; E,
// its other endpoints and conventions; L, its limits; P, its plugins around providers; D, Bookplate's
// own limits and routes. plugins/index.mjs has those of its sign-in plugins.
import accounts from "./accounts.mjs";
import advisories from "./advisories.mjs";
import bodies from "./bodies.mjs";
import cache from "./cache.mjs";
import choices from "./choices.mjs";
import csrf from "./csrf.mjs";
import deletion from "./deletion.mjs";
import emailChange from "./email-change.mjs";
import endpoints from "./endpoints.mjs";
import limits from "./limits.mjs";
import oauth from "./oauth.mjs";
import oauthPlugins from "./oauth-plugins.mjs";
import oauthUsers from "./oauth-users.mjs";
import password from "./password.mjs";
import { plugins } from "./plugins/index.mjs";
import providers from "./providers.mjs";
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
  ...bodies,
  ...limits,
  ...choices,
  ...providers,
  ...oauth,
  ...oauthUsers,
  ...oauthPlugins,
  ...accounts,
  ...plugins,
];
