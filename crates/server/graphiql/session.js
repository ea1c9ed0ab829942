// The bar above GraphiQL: who the session cookie stands for, sign in, up and out.

const { entrance, exit } = document.forms;
const user = exit.querySelector("b");
const notice = document.querySelector("[role=status]");

async function call(path, body) {
  const response = await fetch(`/api/auth/${path}`, {
    method: body ? "POST" : "GET",
    credentials: "same-origin",
    headers: body && { "content-type": "application/json" },
    body: body && JSON.stringify(body),
  });
  const answer = await response.json().catch(() => null);
  if (!response.ok) throw new Error(answer?.message ?? `The server answered ${response.status}.`);
  return answer;
}

async function refresh() {
  const session = await call("get-session");
  user.textContent = session?.user.name ?? "";
  exit.hidden = !session;
  entrance.hidden = Boolean(session);
}

async function attempt(action) {
  try {
    await action();
  } catch (error) {
    notice.textContent = error.message;
  }
}

function onSubmit(form, action) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = event.submitter;
    button.disabled = true;
    notice.textContent = "";
    await attempt(async () => {
      await action(Object.fromEntries(new FormData(form)), button.value);
      await refresh();
      form.reset();
    });
    button.disabled = false;
  });
}

onSubmit(entrance, async ({ email, password }, endpoint) => {
  const name = email.split("@")[0];
  const details = endpoint === "sign-up" ? { name, email, password } : { email, password };
  const { token, twoFactorRedirect } = await call(`${endpoint}/email`, details);
  if (twoFactorRedirect) throw new Error("This account has a second factor, which this form cannot ask for.");
  if (!token) notice.textContent = "Open the link in the e-mail that was just sent, then sign in.";
});
onSubmit(exit, () => call("sign-out", {}));

attempt(refresh);
addEventListener("focus", () => attempt(refresh));
