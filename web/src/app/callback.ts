// Hands what the platform's redirect carries to the page that opened this popup, and to nobody else.
import { words } from "~/words/connections";
import "~/ui/tokens.css";

const query = new URLSearchParams(location.search);

// A code must not stay in the history.
history.replaceState(null, "", location.pathname);

const answer = Object.fromEntries(["code", "state", "error"].map((name) => [name, query.get(name)]));

// A platform whose pages ask for an opener policy of their own cuts the popup off from its opener. The channel reaches the
// pages of our own origin alone, and the one that began knows the answer by its `state`.
new BroadcastChannel("belfry-oauth").postMessage({ kind: "belfry-oauth", ...answer });

const opener = window.opener as Window | null;
opener?.postMessage({ kind: "belfry-oauth", ...answer }, location.origin);
window.close();

// A window that was cut off may not close itself.
const notice = document.getElementById("notice");
if (notice) notice.textContent = query.has("state") ? words.closeThis : words.strayCallback;
