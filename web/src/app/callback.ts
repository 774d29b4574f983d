// Hands what the platform's redirect carries to the page that opened this popup, and to nobody else.
import { words } from "~/words/connections";
import "~/ui/tokens.css";

const query = new URLSearchParams(location.search);

// A code must not stay in the history.
history.replaceState(null, "", location.pathname);

const opener = window.opener as Window | null;
if (opener) {
  const answer = Object.fromEntries(["code", "state", "error"].map((name) => [name, query.get(name)]));
  opener.postMessage({ kind: "belfry-oauth", ...answer }, location.origin);
  window.close();
} else {
  const notice = document.getElementById("notice");
  if (notice) notice.textContent = words.strayCallback;
}
