"use strict";
const { targetOrigin, ...message } = JSON.parse(
  document.getElementById("better-auth-oauth-popup").textContent,
);
if (window.opener) {
  window.opener.postMessage(message, targetOrigin);
  window.close();
}
