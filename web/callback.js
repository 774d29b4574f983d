// Hands what the platform's redirect carries to the page that opened this popup, and to nobody else.

const query = new URLSearchParams(location.search);
const notice = document.getElementById("notice");

// A code must not stay in the history.
history.replaceState(null, "", location.pathname);

if (window.opener) {
  const { origin } = location;
  const answer = Object.fromEntries(["code", "state", "error"].map((name) => [name, query.get(name)]));
  window.opener.postMessage({ kind: "belfry-oauth", ...answer }, origin);
  window.close();
} else {
  notice.textContent = "This page belongs to a popup of Belfry. Go back and connect again.";
}
