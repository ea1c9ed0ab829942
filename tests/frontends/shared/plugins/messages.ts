// Messages to users about refusals of the authentication routes, by the server's codes.
import { UNREACHABLE } from "../messages";

/** An error of better-auth's client. Device routes answer with the codes of OAuth. */
export interface ClientError {
  code?: string | undefined;
  message?: string | undefined;
  error?: string | undefined;
  error_description?: string | undefined;
  status?: number | undefined;
}

/** A response of better-auth's client. */
export interface Answer<T = unknown> {
  data: T | null;
  error: ClientError | null;
}

const AGAIN = "Please try again.";
const CANCELED = "The passkey was not used: it was canceled, or there is none.";

const WORDS: Record<string, string> = {
  // Second factor.
  INVALID_CODE: "That code is not right, or it is too old.",
  INVALID_BACKUP_CODE: "That is none of your unused backup codes.",
  OTP_HAS_EXPIRED: "That code is too old. Ask for a new one.",
  OTP_NOT_ENABLED: "Codes by mail are not possible here.",
  OTP_NOT_CONFIGURED: "Codes by mail are not possible here.",
  TOTP_NOT_ENABLED: "No app is set up for this account.",
  TOTP_ALREADY_ENABLED: "An app is set up already.",
  BACKUP_CODES_NOT_ENABLED: "This account has no backup codes.",
  TWO_FACTOR_NOT_ENABLED: "This account has no second factor.",
  TOO_MANY_ATTEMPTS_REQUEST_NEW_CODE: "Too many wrong codes. Please start again.",
  ACCOUNT_TEMPORARILY_LOCKED: "Too many wrong codes. The account is locked for a while.",
  INVALID_TWO_FACTOR_COOKIE: "The sign-in took too long. Please start again.",
  INVALID_PASSWORD: "That is not your password.",

  // Passkeys.
  AUTH_CANCELLED: CANCELED,
  ERROR_CEREMONY_ABORTED: CANCELED,
  REGISTRATION_CANCELLED: "No passkey was made.",
  PREVIOUSLY_REGISTERED: "This device has a passkey of yours already.",
  ERROR_AUTHENTICATOR_PREVIOUSLY_REGISTERED: "This device has a passkey of yours already.",
  // The browser does not tell why.
  ERROR_PASSTHROUGH_SEE_CAUSE_PROPERTY: CANCELED,
  ERROR_INVALID_DOMAIN: "Passkeys do not work on this address.",
  ERROR_INVALID_RP_ID: "Passkeys do not work on this address.",
  PASSKEY_NOT_FOUND: "This passkey is not known here. It may have been deleted.",
  CHALLENGE_NOT_FOUND: `That took too long. ${AGAIN}`,
  AUTHENTICATION_FAILED: "This passkey was not accepted.",
  FAILED_TO_VERIFY_REGISTRATION: "This passkey was not accepted.",
  SESSION_NOT_FRESH: "You signed in a while ago. Please sign out and in again first.",

  // Links and codes.
  INVALID_TOKEN: "This link was used already, or is too old. Ask for a new one.",
  EXPIRED_TOKEN: "This link is too old. Ask for a new one.",
  new_user_signup_disabled: "There is no account with this address.",
  failed_to_create_user: `The account could not be made. ${AGAIN}`,
  failed_to_create_session: `The sign-in failed. ${AGAIN}`,
  banned: "This account is closed.",
  BANNED_USER: "This account is closed.",
  email_not_verified: "Please confirm your address first: we have sent you a link.",
  EMAIL_NOT_VERIFIED: "Please confirm your address first: we have sent you a link.",
  INVALID_OTP: "That code is not right.",
  OTP_EXPIRED: "That code is too old. Ask for a new one.",
  OTP_NOT_FOUND: "That code is too old. Ask for a new one.",
  TOO_MANY_ATTEMPTS: "Too many wrong codes. Ask for a new one.",
  INVALID_EMAIL: "That is no address of a mailbox.",

  // User names and phone numbers.
  USERNAME_IS_ALREADY_TAKEN: "Somebody has this user name already.",
  USERNAME_TOO_SHORT: "This user name is too short.",
  USERNAME_TOO_LONG: "This user name is too long.",
  USERNAME_IS_IMMUTABLE: "Your user name cannot be changed.",
  INVALID_USERNAME: "A user name has only letters without accents, digits, dots and underscores.",
  INVALID_DISPLAY_USERNAME: "A user name has only letters without accents, digits, dots and underscores.",
  INVALID_USERNAME_OR_PASSWORD: "Invalid user name or password.",
  INVALID_PHONE_NUMBER: "That is no phone number. Begin with + and the country’s code.",
  PHONE_NUMBER_EXIST: "Somebody has this phone number already.",
  PHONE_NUMBER_NOT_EXIST: "There is no account with this phone number.",
  SEND_OTP_NOT_IMPLEMENTED: "Text messages are not possible here.",

  // Guests, accounts of this browser, other devices.
  ANONYMOUS_USERS_CANNOT_SIGN_IN_AGAIN_ANONYMOUSLY: "You are a guest already.",
  INVALID_SESSION_TOKEN: "That account is signed out already.",
  invalid_request: "There is no such code, or it was answered already.",
  expired_token: "This code is too old. Ask your device for a new one.",
  access_denied: "Somebody else is answering this code.",
  unauthorized: "Please sign in first.",

  // All.
  UNAUTHORIZED: "You are signed out. Please sign in again.",
  INVALID_ORIGIN: "The server does not trust this page.",
  USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL: "There is an account with this address already.",
  PASSWORD_TOO_SHORT: "This password is too short.",
  PASSWORD_TOO_LONG: "This password is too long.",
  PASSWORD_COMPROMISED: "This password is in a list of stolen ones. Please choose another.",
};

/** Translates an error. Without words for its code, the server's message is shown. */
export function explain({ code, message, error, status }: ClientError): string {
  const words = WORDS[code ?? error ?? ""];
  if (words !== undefined) return words;
  if (status === 429) return "Too many attempts. Please wait a little.";
  if (status === undefined || status === 0) return UNREACHABLE.words;
  return message ? message.replace(/\.?$/, ".") : `Something went wrong. ${AGAIN}`;
}

/** Returns the reason why a request failed, or null. */
export async function refusalOf(request: Promise<Answer>): Promise<string | null> {
  const { error } = await answerOf(request);
  return error && explain(error);
}

/** Returns the answer; if the server cannot be reached, an error without a status. */
export async function answerOf<T>(request: Promise<Answer<T>>): Promise<Answer<T>> {
  try {
    return await request;
  } catch {
    return { data: null, error: {} };
  }
}

/** Translates the code in `?error=` of a redirect. */
export function explainRedirect(code: string): string {
  return WORDS[code] ?? `The sign-in failed. ${AGAIN}`;
}
