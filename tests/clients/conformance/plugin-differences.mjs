// The intended differences from better-auth's sign-in plugins, in the form of `differences.mjs`.
import { effect, withoutDevice, withoutOtherScopes } from "./cookie-effects.mjs";
import { methods } from "./sign-in-methods.mjs";

/** The scenarios of methods after which better-auth asks for no second factor. */
const UNASKED = Object.entries(methods)
  .map(([name, { proof }], at) => ({ name, proof, number: `SF${String.fromCharCode(97 + at)}` }))
  .filter(({ proof, number }) => !proof && number > "SFc")
  .map(({ number }) => number);

/** Cookies without the removal of those of sessions that have ended. */
const withoutEnded = (cookies) =>
  cookies
    .split("\n")
    .filter((line) => !/_multi-[^=]+=; Max-Age=0/.test(line))
    .join("\n");

export const pluginDifferences = [
  {
    scenarios: "all",
    part: "set-auth-token",
    node: "<ended>",
    bookplate: "",
    why: "a session that ends for the second factor is told to nobody",
  },
  {
    scenarios: "all",
    what: /^(POST (two-factor|sign-in)\/|GET (\/api\/auth\/callback\/|callback\/\w+\/oauth-proxy|oauth-proxy-callback))/,
    part: "cookies",
    alike: (node, bookplate) => effect(node) === effect(withoutDevice(bookplate)),
    why: "the cookies of a challenge, a trusted device, other users and a provider's answer are set and taken away in another order, with the same effect",
  },
  {
    scenarios: "all",
    part: "cookies",
    bookplate: /_multi-/,
    alike: (node, bookplate) =>
      effect(withoutEnded(node)) === effect(withoutEnded(withoutDevice(withoutOtherScopes(bookplate)))),
    why: "cookies of sessions that have ended are taken away, and each for the host and its domains",
  },
  {
    scenarios: [79],
    what: "mail magic-link",
    part: "to",
    alike: (node, bookplate) => node.toLowerCase() === bookplate,
    why: "an address is one however it is written",
  },
  {
    scenarios: ["84d"],
    what: "GET passkey/generate-authenticate-options",
    part: "body",
    alike: (node, bookplate) => node.replace("preferred", "required") === bookplate,
    why: "where user verification is required, a sign-in asks for it",
  },
  {
    scenarios: ["U4", "U5"],
    part: ["status", "content-type", "body"],
    node: /^(422|500|)$|FAILED_TO_CREATE_USER/,
    bookplate: /^400$|^application\/json$|VALIDATION_ERROR/,
    why: "a name that is no text is an error of the request",
  },
  {
    scenarios: ["SFw"],
    what: "guests after",
    part: "value",
    node: "1",
    bookplate: "0",
    why: "a guest becomes the user who gives their second factor, too; better-auth keeps the guest for ever",
  },
  {
    scenarios: ["U7"],
    part: "body",
    node: /"username":null/,
    bookplate: /"username":"anna_u7"/,
    why: "a simulated user has the name that was asked for; the function of this suite's server is not told it",
  },
  {
    scenarios: "all",
    what: "POST two-factor/verify-totp",
    part: "body",
    node: /"twoFactorEnabled":false/,
    bookplate: /"twoFactorEnabled":true/,
    why: "the code that turns the second factor on is answered with the session that begins, and the user as changed; better-auth tells the session that it has just ended",
  },
  {
    scenarios: ["80b"],
    what: "links to a stranger",
    part: "value",
    node: "1",
    bookplate: "0",
    why: "where links sign nobody up, strangers get none",
  },
  {
    scenarios: ["87b"],
    what: /verify-registration|a taken passkey/,
    part: ["status", "body", "value"],
    node: /^200$|credentialID/,
    bookplate: /^400$|PREVIOUSLY_REGISTERED/,
    isCause: true,
    why: "a known passkey is registered once (Web Authentication, section 7.1), so that nobody shadows another's",
  },
  {
    scenarios: ["N8"],
    what: /phone-number\/verify|a stranger/,
    part: ["status", "content-type", "body", "value"],
    node: /^500|^$|FAILED_TO_UPDATE_USER|^application\/json$/,
    bookplate: /400|PHONE_NUMBER_NOT_EXIST|^application\/json$/,
    why: "a right code of a number without a user is an error of the request, not of the server",
  },
  {
    scenarios: ["N9"],
    what: /phone-number\/verify|update-user/,
    part: ["status", "body", "cookies"],
    bookplate: /^403$|SESSION_NOT_FRESH|^$/,
    isCause: true,
    why: "adding, changing and removing a phone number takes a fresh session, as changing the address does: the number signs in",
  },
  {
    scenarios: ["73b"],
    what: "POST two-factor/verify-totp",
    part: ["status", "set-auth-token", "cookies", "body"],
    node: /^200$|"token"|signature/,
    bookplate: /^401$|INVALID_CODE|^$/,
    why: "a code of an authenticator app counts once, so that who sees it typed cannot use it",
  },
  {
    scenarios: UNASKED,
    part: ["status", "location", "set-auth-token", "cookies", "body"],
    bookplate: /two_factor=2fa-|<24:\d+>\.<signature>|twoFactorRedirect|^$/,
    isCause: true,
    why: "a second factor must not be walked around: whoever has one is asked for it after every sign-in method",
  },
  {
    scenarios: "all",
    what: /passkey\//,
    part: "body",
    bookplate: /"authenticator":"/,
    alike: (node, bookplate) => bookplate.replaceAll(/,"authenticator":"[^"]*"/g, "") === node,
    why: "a passkey names the authenticator that made it, if its model is known",
  },
];
