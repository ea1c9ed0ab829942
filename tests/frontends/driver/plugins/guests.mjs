// Guests, and how they become users.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { PASSWORD } from "./plugins.mjs";
import { giveFactor, setUpApp } from "./two-factor.mjs";

export async function guests(step, stage) {
  const book = `Guest book ${randomUUID()}`;
  let window;

  await step("a guest adds a book, and is told that it is theirs in this browser only", async () => {
    window = await stage.open();
    await window.button("Continue as guest").click();
    await window.isSignedIn("Guest");
    await window.sees(window.page.getByRole("note", { name: "You are a guest" }));
    await window.create({ title: book, author: "Jane Austen", year: 1817 });
    await window.sees(window.button("Delete", window.book(book)));
    await stage.picture(window, "guest");
  });

  await step("a guest stays one after a reload", async () => {
    await window.page.reload();
    await window.isSignedIn("Guest");
    await window.sees(window.button("Delete", window.book(book)));
  });

  await step("after signing up, the book is the user's", async () => {
    await window.button("Keep my books").click();
    const form = window.page.getByRole("form", { name: "Sign up" });
    await form.getByLabel("Name", { exact: true }).fill("Gus");
    await form.getByLabel("Email").fill(`gus-${randomUUID()}@example.com`);
    await form.getByLabel("Password").fill(PASSWORD);
    await window.button("Sign up", form).click();
    await window.isSignedIn("Gus");
    await window.sees(window.book(book).getByText("Ex libris Gus"));
    await window.loses(window.page.getByRole("note", { name: "You are a guest" }));
    await window.button("Delete", window.book(book)).click();
    await window.loses(window.book(book));
  });

  /** A guest adds a book, and signs in to the account of `email`; `meanwhile` ends the sign-in. */
  async function bringBook(name, email, meanwhile = async () => {}) {
    const title = `${book} of ${name}`;
    const other = await stage.open();
    await other.button("Continue as guest").click();
    await other.isSignedIn("Guest");
    await other.create({ title, year: 1818 });
    await other.sees(other.button("Delete", other.book(title)));
    await other.button("Keep my books").click();
    await other.button("I have an account").click();
    await other.signIn(email, PASSWORD);
    await meanwhile(other);
    await other.isSignedIn(name);
    await other.sees(other.book(title).getByText(`Ex libris ${name}`));
    await other.button("Delete", other.book(title)).click();
    await other.loses(other.book(title));
  }

  await step("a guest who has an account takes the book there", async () => {
    const { email } = await stage.newUser("Gia");
    await bringBook("Gia", email);
  });

  await step("also one with a second factor", async () => {
    const { window: first, email } = await stage.newUser("Gwen");
    await first.button("Account").click();
    const { codes } = await setUpApp(first);
    await bringBook("Gwen", email, async (other) => {
      await other.button("Backup code").click();
      await giveFactor(other, codes[0]);
    });
  });
}
