// One page for now: sign in, connect, schedule, watch. The token lives in this module's memory alone.

const $ = (id) => document.getElementById(id);
const session = { config: null, endpoints: null, token: null };
const PENDING = "belfry-sign-in";
const SHOWN = { x: "X", linkedin: "LinkedIn", facebook: "Facebook", instagram: "Instagram" };
const CANCELABLE = new Set(["draft", "scheduled", "retrying", "publishing"]);

let connections = [];
let cursor = null;
let refreshing = null;
let listed = "";

/** Makes an element; text never becomes markup. */
function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === true) made.setAttribute(key, "");
    else if (value !== false && value != null) made.setAttribute(key, value);
  }
  made.append(...children.filter((child) => child != null));
  return made;
}

const notice = (text) => { $("notice").textContent = text; };

// ---------------------------------------------------------------- the API

/** What the API refused, with its problem document. */
class Refusal extends Error {
  constructor(status, problem) {
    super(problem.detail || problem.title || problem.message || `The API answered ${status}.`);
    this.status = status;
    this.problem = problem;
  }
}

async function api(method, path, body, headers = {}) {
  const response = await fetch(`/v1${path}`, {
    method,
    headers: {
      authorization: `Bearer ${session.token}`,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...headers,
    },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const answer = response.status === 204 ? null : await response.json().catch(() => ({}));
  if (response.ok) return answer;
  if (response.status === 401) {
    show(null);
    notice("Your sign-in is over. Please sign in again.");
  }
  throw new Refusal(response.status, answer || {});
}

// ---------------------------------------------------------------- signing in

const base64url = (bytes) =>
  btoa(String.fromCharCode(...new Uint8Array(bytes))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const random = () => base64url(crypto.getRandomValues(new Uint8Array(32)));
const home = () => `${location.origin}/`;

async function signIn() {
  const pending = { verifier: random(), state: random() };
  sessionStorage.setItem(PENDING, JSON.stringify(pending));
  const challenge = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(pending.verifier));
  const query = new URLSearchParams({
    response_type: "code",
    client_id: session.config.clientId,
    redirect_uri: home(),
    scope: "openid",
    state: pending.state,
    code_challenge: base64url(challenge),
    code_challenge_method: "S256",
  });
  location.assign(`${session.endpoints.authorization_endpoint}?${query}`);
}

/** Exchanges the code that the issuer's redirect carries; null when there is none. */
async function finishSignIn() {
  const query = new URLSearchParams(location.search);
  const pending = JSON.parse(sessionStorage.getItem(PENDING) || "null");
  sessionStorage.removeItem(PENDING);
  if (!query.has("code") && !query.has("error")) return null;
  history.replaceState(null, "", "/");
  if (!pending || query.get("state") !== pending.state) throw new Error("That sign-in was not begun here.");
  if (query.has("error")) throw new Error(query.get("error_description") || query.get("error"));
  const response = await fetch(session.endpoints.token_endpoint, {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "authorization_code",
      client_id: session.config.clientId,
      redirect_uri: home(),
      code: query.get("code"),
      code_verifier: pending.verifier,
    }),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error_description || answer.error);
  return answer.access_token;
}

function nameOf(token) {
  const claims = JSON.parse(atob(token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/")));
  return claims.username || claims.sub;
}

function show(token) {
  session.token = token;
  const isIn = token !== null;
  $("app").hidden = !isIn;
  $("sign-in").hidden = isIn;
  $("sign-out").hidden = !isIn;
  $("who").hidden = !isIn;
  $("who").textContent = isIn ? nameOf(token) : "";
  clearTimeout(refreshing);
  listed = "";
}

// ---------------------------------------------------------------- connections

async function loadConnections() {
  const answer = await api("GET", "/connections");
  connections = answer.connections ?? answer.items ?? [];
  $("connections").replaceChildren(...connections.map((connection) => element("li", {},
    element("strong", {}, connection.displayName || connection.handle || connection.accountId),
    " ",
    element("span", { class: "tag" }, SHOWN[connection.platform] ?? connection.platform),
    connection.kind === "person" ? null : element("span", { class: "tag" }, connection.kind),
    connection.status === "active" ? null : element("span", { class: "tag bad" }, "needs reconnect"),
  )));
  const ticked = new Set([...document.querySelectorAll("[name=target]:checked")].map((box) => box.value));
  $("targets").replaceChildren(...connections.map((connection) => element("label", { class: "choice" },
    element("input", {
      type: "checkbox", name: "target", value: connection.id,
      checked: ticked.has(connection.id), disabled: connection.status !== "active",
    }),
    ` ${connection.displayName || connection.handle} · ${SHOWN[connection.platform] ?? connection.platform}`,
  )));
  if (connections.length === 0) $("targets").textContent = "Connect an account first.";
}

async function connect(platform) {
  // Opened at once, while the click still counts, or the browser blocks it.
  const popup = window.open("about:blank", "belfry-connect", "popup,width=520,height=720");
  try {
    const begun = await api("POST", `/connections/${platform}/authorize`, {});
    if (!popup) throw new Error("The browser blocked the popup. Allow popups for this page and try again.");
    popup.location.replace(begun.authorizationUrl);
    const answer = await answerOf(popup);
    if (answer === null) return;
    if (answer.error) throw new Error(`${SHOWN[platform]} said: ${answer.error}.`);
    await api("POST", `/connections/${platform}/complete`, { code: answer.code, state: answer.state });
    notice(`Connected to ${SHOWN[platform]}.`);
    await loadConnections();
  } catch (error) {
    popup?.close();
    notice(error.message);
  }
}

/** What the callback page hands over; null if the popup is closed without it. */
function answerOf(popup) {
  return new Promise((resolve) => {
    const finish = (answer) => {
      window.removeEventListener("message", listen);
      clearInterval(watch);
      resolve(answer);
    };
    const listen = (event) => {
      if (event.origin === location.origin && event.source === popup && event.data?.kind === "belfry-oauth") {
        finish(event.data);
      }
    };
    // The popup may close in the moment between its message and this page's reading it.
    const watch = setInterval(() => popup.closed && setTimeout(() => finish(null), 500), 500);
    window.addEventListener("message", listen);
  });
}

// ---------------------------------------------------------------- composing

const FIELDS = [["/text", "text-error"], ["/targets", "targets-error"], ["/publishAt", "when-error"]];
let attempt = { body: null, key: null };

function showRefusal(error) {
  for (const [, id] of FIELDS) $(id).textContent = "";
  $("compose-error").textContent = error ? error.message : "";
  for (const problem of error?.problem?.errors ?? []) {
    const field = FIELDS.find(([pointer]) => problem.pointer?.startsWith(pointer));
    const place = $(field ? field[1] : "compose-error");
    place.textContent = [place.textContent, problem.detail].filter(Boolean).join(" ");
  }
}

async function compose(event) {
  event.preventDefault();
  const form = event.target;
  const now = event.submitter?.value === "publish";
  const targets = [...form.querySelectorAll("[name=target]:checked")].map((box) => ({ connectionId: box.value }));
  const body = { text: form.text.value, targets };
  if (!now) body.publishAt = form.when.value ? new Date(form.when.value).toISOString() : "";
  const path = now ? (targets.length > 1 ? "/posts/publish-multi" : "/posts/publish") : "/posts/schedule";
  // The same content sent again is the same post, however often the button is pressed or the network fails.
  const content = JSON.stringify([path, body]);
  if (attempt.body !== content) attempt = { body: content, key: random() };
  const buttons = form.querySelectorAll("button");
  buttons.forEach((button) => { button.disabled = true; });
  try {
    showRefusal(null);
    await api("POST", path, body, { "idempotency-key": attempt.key });
    attempt = { body: null, key: null };
    form.text.value = "";
    notice(now ? "On its way." : "Scheduled.");
    await loadPosts();
  } catch (error) {
    showRefusal(error);
  } finally {
    buttons.forEach((button) => { button.disabled = false; });
  }
}

function soon() {
  const at = new Date(Date.now() + 5 * 60_000);
  at.setSeconds(0, 0);
  return new Date(at - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
}

// ---------------------------------------------------------------- posts

const moment = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

async function loadPosts(after = null) {
  clearTimeout(refreshing);
  const query = new URLSearchParams({ limit: "50", ...(after ? { cursor: after } : {}) });
  const answer = await api("GET", `/posts?${query}`);
  const posts = answer.posts ?? answer.items ?? [];
  const content = JSON.stringify([connections, posts]);
  if (after) $("posts").append(...posts.map(postItem));
  // What did not change stays, and with it the reader's focus.
  else if (content !== listed) $("posts").replaceChildren(...posts.map(postItem));
  listed = after ? "" : content;
  cursor = answer.nextCursor ?? null;
  $("more").hidden = !cursor;
  $("no-posts").hidden = $("posts").children.length > 0;
  // Only the first page refreshes by itself: more pages would jump under the reader.
  if (!after) refreshPostsLater();
}

function refreshPostsLater() {
  clearTimeout(refreshing);
  refreshing = setTimeout(() => loadPosts().catch((error) => {
    notice(error.message);
    if (session.token !== null) refreshPostsLater();
  }), 2000);
}

function postItem(post) {
  const item = element("li", {},
    element("p", { class: "text" }, post.text || "(no text)"),
    element("p", { class: "meta" },
      element("span", { class: `tag ${post.status}` }, post.status.replaceAll("_", " ")),
      post.publishAt ? element("time", { datetime: post.publishAt }, moment.format(new Date(post.publishAt))) : null,
    ),
    element("ul", { class: "targets" }, ...post.targets.map(targetItem)),
  );
  if (post.targets.some((target) => CANCELABLE.has(target.status))) {
    const button = element("button", { type: "button", class: "quiet" }, "Cancel");
    button.setAttribute("aria-label", `Cancel: ${post.text.slice(0, 60)}`);
    button.addEventListener("click", () => cancel(post, item, button));
    item.append(element("p", { class: "row" }, button));
  }
  return item;
}

function targetItem(target) {
  const connection = connections.find((known) => known.id === target.connectionId);
  const name = connection?.displayName || connection?.handle || "a removed connection";
  const links = (target.published ?? []).filter((part) => part.url?.startsWith("http")).flatMap((part, index) => [
    " ",
    element("a", { href: part.url, target: "_blank", rel: "noopener noreferrer" },
      index === 0 ? "open" : `part ${index + 1}`),
  ]);
  return element("li", {},
    `${SHOWN[target.platform] ?? target.platform} · ${name}: ${target.status.replaceAll("_", " ")}`,
    target.latenessMs == null ? null : ` (${target.latenessMs} ms late)`,
    ...links,
    target.error ? element("span", { class: "error" }, ` ${target.error.detail}`) : null,
  );
}

async function cancel(post, item, button) {
  button.disabled = true;
  try {
    await api("DELETE", `/posts/${encodeURIComponent(post.id)}`);
    await loadPosts();
  } catch (error) {
    button.disabled = false;
    item.append(element("p", { class: "error", role: "alert" }, error.message));
  }
}

// ---------------------------------------------------------------- start

async function start() {
  $("sign-in").addEventListener("click", () => signIn().catch((error) => notice(error.message)));
  $("sign-out").addEventListener("click", () => {
    show(null);
    const query = new URLSearchParams({ client_id: session.config.clientId, post_logout_redirect_uri: home() });
    location.assign(`${session.endpoints.end_session_endpoint}?${query}`);
  });
  for (const button of document.querySelectorAll("[data-connect]")) {
    button.addEventListener("click", () => connect(button.dataset.connect));
  }
  $("compose").addEventListener("submit", compose);
  $("more").addEventListener("click", () => loadPosts(cursor).catch((error) => notice(error.message)));
  $("zone").textContent = `(${Intl.DateTimeFormat().resolvedOptions().timeZone})`;
  $("when").value = soon();

  session.config = await (await fetch("/config.json")).json();
  const discovery = await fetch(`${session.config.issuer}/.well-known/openid-configuration`);
  session.endpoints = await discovery.json();
  show(await finishSignIn());
  if (session.token === null) return;
  await loadConnections();
  await loadPosts();
}

start().catch((error) => {
  if (session.token === null) show(null);
  notice(error.message);
});
