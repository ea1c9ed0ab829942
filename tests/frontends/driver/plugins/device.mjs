// The page on which a user approves a device, which the test plays.
import assert from "node:assert/strict";
import { PASSWORD } from "./plugins.mjs";

/** A device without a keyboard. */
class Device {
  constructor(api) {
    this.api = api;
  }

  async #post(path, body) {
    const answer = await fetch(`${this.api}/api/auth/device/${path}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ client_id: "bookplate-cli", ...body }),
    });
    return answer.json();
  }

  async begin() {
    this.given = await this.#post("code", { scope: "books" });
    return this.given.user_code;
  }

  poll() {
    const grant_type = "urn:ietf:params:oauth:grant-type:device_code";
    return this.#post("token", { grant_type, device_code: this.given.device_code });
  }

  async session({ access_token }) {
    const headers = { authorization: `Bearer ${access_token}` };
    return (await fetch(`${this.api}/api/auth/get-session`, { headers })).json();
  }
}

export async function device(step, stage) {
  let window, email;
  const start = async () => {
    const device = new Device(stage.api);
    return { device, code: await device.begin() };
  };

  await step("who is signed out signs in, approves, and the device has a session", async () => {
    const { window: other, email: address } = await stage.newUser("Dora");
    email = address;
    await other.signOut();
    const { device, code } = await start();
    window = await stage.open(`device?user_code=${code}`);
    await window.sees(window.page.getByText("Sign in to approve your device."));
    await window.signIn(email, PASSWORD);
    await window.sees(window.page.getByText("bookplate-cli"), window.page.getByLabel("Code").getByText(code));
    await stage.picture(window, "device");
    await window.button("Approve").click();
    await window.sees(window.page.getByText("Your device is signed in."));
    const { user } = await device.session(await device.poll());
    assert.equal(user.email, email);
  });

  await step("a refused device is told so", async () => {
    const { device, code } = await start();
    await window.page.goto(`${stage.home}device`);
    await window.page.getByLabel("Code that your device shows").fill(code);
    await window.button("Continue").click();
    await window.button("Deny").click();
    await window.sees(window.page.getByText("The device was refused."));
    assert.equal((await device.poll()).error, "access_denied");
  });

  await step("an unknown code is refused", async () => {
    await window.page.goto(`${stage.home}device?user_code=NOSUCHCD`);
    await window.isTold("There is no such code");
    await window.loses(window.button("Approve"));
  });

  await step("a code that another user has claimed cannot be approved", async () => {
    const { device, code } = await start();
    await window.page.goto(`${stage.home}device?user_code=${code}`);
    await window.sees(window.button("Approve"));
    const { window: stranger } = await stage.newUser("Dan");
    await stranger.page.goto(`${stage.home}device?user_code=${code}`);
    await stranger.button("Approve").click();
    await stranger.isTold("Somebody else is answering this code.");
    assert.equal((await device.poll()).error, "authorization_pending");
  });
}
