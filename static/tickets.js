// What HTML and htmx cannot do on the pages of tickets: drafts that outlive a closed tab, polls that slow down while
// nobody looks, and Ctrl+Enter. Without this file nothing is kept, and the buttons do the rest.
"use strict";

// ---- news of a ticket

const UNSEEN_EVERY = 60_000;
let asked = 0;

document.addEventListener("htmx:before:request", (event) => {
  if (event.target.id !== "ticket-news") return;
  if (document.hidden && Date.now() - asked < UNSEEN_EVERY) event.preventDefault();
  else asked = Date.now();
});

document.addEventListener("visibilitychange", () => {
  const news = document.getElementById("ticket-news");
  if (news && !document.hidden) htmx.trigger(news, "look");
});

// Where one types stays where it is, whatever comes in above.
let still;

document.addEventListener("htmx:before:swap", () => {
  const at = document.activeElement;
  still = at === document.body ? null : { at, top: at.getBoundingClientRect().top };
});

document.addEventListener("htmx:after:swap", () => {
  if (still?.at.isConnected) window.scrollBy({ top: still.at.getBoundingClientRect().top - still.top, behavior: "instant" });
});

// Followed, it has said what it had to say.
document.addEventListener("click", (event) => {
  const said = event.target.closest(".news-said a");
  if (said) setTimeout(() => said.remove());
});

// ---- drafts: kept in this browser for each account and ticket, until the server took them or one signs out

const DRAFTS = "ruhsat.draft.";
const SENT = "ruhsat.sent";
const KEPT_FOR = 30 * 86_400_000;

// Storage may be full or switched off; then there are no drafts, and all else works.
function stored(act) {
  try {
    return act();
  } catch {
    return null;
  }
}

function texts(form) {
  return [...form.querySelectorAll("[data-kept]")];
}

function typed(form) {
  return Object.fromEntries(texts(form).map((control) => [control.name, control.value]));
}

function dropOld() {
  for (const place of Object.keys(localStorage)) {
    if (!place.startsWith(DRAFTS)) continue;
    const draft = stored(() => JSON.parse(localStorage.getItem(place)));
    if (!draft || Date.now() - draft.at > KEPT_FOR) localStorage.removeItem(place);
  }
}

// The server says that it took a form; a draft that was changed since, in another tab, is not what it took.
function dropTaken() {
  if (!document.querySelector("[data-taken]")) return;
  const sent = JSON.parse(sessionStorage.getItem(SENT));
  const draft = sent && JSON.parse(localStorage.getItem(sent.place));
  if (draft && JSON.stringify(draft.texts) === JSON.stringify(sent.texts)) localStorage.removeItem(sent.place);
  sessionStorage.removeItem(SENT);
}

function keep(form) {
  const place = DRAFTS + form.dataset.draft;
  const said = form.querySelector(".draft-said");
  const drop = form.querySelector(".draft-drop");
  const fresh = form.elements.key.value;
  let timer;

  const say = (text) => {
    said.textContent = text;
    drop.hidden = !text;
  };

  const save = () => {
    clearTimeout(timer);
    timer = undefined;
    const now = typed(form);
    if (!Object.values(now).some((text) => text.trim())) {
      localStorage.removeItem(place);
      return say("");
    }
    // With its key, a draft that was sent before the tab closed is the same ticket when it is sent again.
    localStorage.setItem(place, JSON.stringify({ at: Date.now(), texts: now, key: form.elements.key.value }));
    say(said.dataset.saved);
  };

  const draft = stored(() => JSON.parse(localStorage.getItem(place)));
  if (draft && texts(form).every((control) => !control.value)) {
    for (const control of texts(form)) control.value = draft.texts[control.name] ?? "";
    form.elements.key.value = draft.key;
    form.closest("details")?.setAttribute("open", "");
    say(said.dataset.restored);
  }

  form.addEventListener("input", (event) => {
    if (!("kept" in event.target.dataset)) return;
    clearTimeout(timer);
    timer = setTimeout(() => stored(save), 400);
  });
  window.addEventListener("pagehide", () => timer && stored(save));
  form.addEventListener("submit", (event) => {
    if (event.submitter?.name === "step") return;
    stored(save);
    stored(() => sessionStorage.setItem(SENT, JSON.stringify({ place, texts: typed(form) })));
  });
  drop.addEventListener("click", () => {
    for (const control of texts(form)) control.value = "";
    form.elements.key.value = fresh;
    stored(save);
    texts(form)[0].focus();
  });
}

stored(dropOld);
stored(dropTaken);
for (const form of document.querySelectorAll("form[data-draft]")) keep(form);

// ---- Ctrl+Enter sends

document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || !("kept" in event.target.dataset)) return;
  event.preventDefault();
  event.target.form.requestSubmit();
});
