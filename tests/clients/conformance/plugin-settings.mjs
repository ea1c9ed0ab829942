// The options of better-auth's plugins. A profile's `options` maps a plugin's id to better-auth's
// options of it; `plugins` lists the ids that are on.

/** The middle of the variables of a plugin, where it is not its id. */
const FEATURES = { "have-i-been-pwned": "PASSWORD_BREACH_CHECK" };

/** Options whose variable has another name than the option. */
const VARIABLES = {
  "two-factor.twoFactorCookieMaxAge": "AUTH_TWO_FACTOR_COOKIE_MAX_AGE",
  "two-factor.totpOptions.digits": "AUTH_TWO_FACTOR_DIGITS",
  "two-factor.totpOptions.period": "AUTH_TWO_FACTOR_PERIOD",
  "two-factor.otpOptions.storeOTP": "AUTH_TWO_FACTOR_STORE_OTP",
  "two-factor.backupCodeOptions.amount": "AUTH_TWO_FACTOR_BACKUP_CODES_AMOUNT",
  "two-factor.backupCodeOptions.length": "AUTH_TWO_FACTOR_BACKUP_CODES_LENGTH",
  "two-factor.backupCodeOptions.storeBackupCodes": "AUTH_TWO_FACTOR_STORE_BACKUP_CODES",
  "two-factor.accountLockout.maxFailedAttempts": "AUTH_TWO_FACTOR_MAX_FAILED_ATTEMPTS",
  "two-factor.accountLockout.durationSeconds": "AUTH_TWO_FACTOR_LOCKOUT_DURATION",
  "email-otp.changeEmail.enabled": "AUTH_EMAIL_OTP_CHANGE_EMAIL",
  "email-otp.changeEmail.verifyCurrentEmail": "AUTH_EMAIL_OTP_VERIFY_CURRENT_EMAIL",
  "username.minUsernameLength": "AUTH_USERNAME_MIN_LENGTH",
  "username.maxUsernameLength": "AUTH_USERNAME_MAX_LENGTH",
  "username.immutableUsername": "AUTH_USERNAME_IMMUTABLE",
  "passkey.rpID": "AUTH_PASSKEY_RP_ID",
  "passkey.authenticatorSelection.authenticatorAttachment": "AUTH_PASSKEY_AUTHENTICATOR_ATTACHMENT",
  "passkey.authenticatorSelection.residentKey": "AUTH_PASSKEY_RESIDENT_KEY",
  "passkey.authenticatorSelection.userVerification": "AUTH_PASSKEY_USER_VERIFICATION",
};

const UNITS = { s: 1, m: 60, h: 3600 };

/** A value of an option as that of its variable, whose times are in seconds. */
function shown(id, option, value) {
  if (id === "two-factor" && option === "otpOptions.period") return String(value * 60);
  const [, count, unit] = /^(\d+)([smh])$/.exec(value) ?? [];
  return unit ? String(count * UNITS[unit]) : String(value);
}

const upper = (name) => name.replace(/[A-Z]+/g, (letters) => `_${letters}`).toUpperCase();

/** `{ totpOptions: { digits: 8 } }` as `[["totpOptions.digits", 8]]`. */
function leaves(options, before = "") {
  return Object.entries(options).flatMap(([name, value]) =>
    value && typeof value === "object" && !Array.isArray(value)
      ? leaves(value, `${before}${name}.`)
      : [[before + name, value]],
  );
}

/** `totpOptions.digits` of two-factor is `AUTH_TWO_FACTOR_TOTP_DIGITS`. */
function variable(id, option) {
  const feature = FEATURES[id] ?? id.replaceAll("-", "_").toUpperCase();
  const words = option.split(".").map((word) => upper(word.replace(/Options$/, "")));
  return VARIABLES[`${id}.${option}`] ?? `AUTH_${feature}_${words.join("_")}`;
}

/** The variables of the plugins' options; `checks` is the URL of the fake checks. */
export function pluginVariables({ plugins = [], options = {} }, checks) {
  const variables = {};
  for (const [id, given] of Object.entries(options)) {
    for (const [option, value] of leaves(given)) variables[variable(id, option)] = shown(id, option, value);
  }
  // better-auth's defaults.
  if (plugins.includes("two-factor")) variables.AUTH_TWO_FACTOR_OTP = "mail";
  if (plugins.includes("phone-number")) variables.AUTH_PHONE_NUMBER_TEMP_NAME = "{phoneNumber}";
  if (plugins.includes("captcha")) {
    variables.AUTH_CAPTCHA_SITE_VERIFY_URL = `${checks}/siteverify`;
  }
  if (plugins.includes("have-i-been-pwned")) {
    variables.AUTH_PASSWORD_BREACH_CHECK_URL = `${checks}/range/`;
  }
  return variables;
}

/** Whether a profile needs the fake checks. */
export const hasChecks = ({ plugins = [] }) =>
  plugins.includes("captcha") || plugins.includes("have-i-been-pwned");
