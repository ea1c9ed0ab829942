// The pages show what the server has. Here its answer is replaced.
import assert from "node:assert/strict";

const METHODS = {
  passkey: "Sign in with a passkey",
  "magic-link": "Mail me a link",
  "email-otp": "Mail me a code",
  "phone-number": "Text me a code",
  anonymous: "Continue as guest",
};
const SECTIONS = {
  "two-factor": "Second factor",
  passkey: "Passkeys",
  username: "User name",
  "phone-number": "Phone number",
  "multi-session": "Accounts in this browser",
  "one-time-token": "Another device",
};

export async function offered(step, stage) {
  let window, answer;
  const names = async (role) => {
    const all = Object.values(role === "button" ? METHODS : SECTIONS);
    const shown = await Promise.all(all.map((name) => window.page.getByRole(role, { name, exact: true }).count()));
    return all.filter((_, at) => shown[at] > 0);
  };
  /** Opens a page while the server has `plugins`, or does not tell. */
  const show = async (plugins, path = "") => {
    answer = plugins === null ? { status: 404 } : { json: { plugins } };
    const answered = window.page.waitForResponse("**/api/auth/plugins");
    await window.page.goto(stage.home + path);
    await answered;
    await window.sees(window.page.getByRole("main").getByRole("heading").first());
  };

  await step("without plugins, there is the password", async () => {
    ({ window } = await stage.newUser("Olga"));
    await window.signOut();
    await window.page.route("**/api/auth/plugins", (route) => {
      const headers = {
        "access-control-allow-origin": new URL(stage.home).origin,
        "access-control-allow-credentials": "true",
      };
      return route.fulfill({ ...answer, headers });
    });
    for (const plugins of [[], null]) {
      await show(plugins);
      await window.sees(window.page.getByLabel("Email", { exact: true }));
      assert.deepEqual(await names("button"), []);
    }
  });

  for (const [plugin, method] of Object.entries(METHODS)) {
    await step(`with ${plugin}, there is “${method}”`, async () => {
      await show([plugin]);
      await window.sees(window.button(method));
      assert.deepEqual(await names("button"), [method]);
    });
  }

  await step("the account page has the sections of the plugins", async () => {
    await show(["anonymous"]);
    await window.button("Continue as guest").click();
    await window.isSignedIn("Guest");
    for (const [plugin, section] of Object.entries(SECTIONS)) {
      await show([plugin], "?page=account");
      // A guest has no password that a second factor could follow.
      const expected = plugin === "two-factor" ? [] : [section];
      for (const name of expected) await window.sees(window.page.getByRole("region", { name, exact: true }));
      assert.deepEqual(await names("region"), expected);
    }
  });
}
