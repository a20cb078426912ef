// The console's page: who sits here, the connection, and what arrives over it.

import { act, follow, snapshot } from "./api.js";
import { say, setCommands, setKeyboard, writeAs } from "./composer.js";
import { $, make, toast } from "./dom.js";
import { hideDraft, removeMessage, showAnswer, showDraft, showHistory, showMessage, toBottom } from "./messages.js";
import { speak, t } from "./strings.js";

const TYPING_SECONDS = 5;
let me = null;
let people = [];
let unfollow = () => {};
let calmDown = 0;

async function sit(personId) {
  unfollow();
  let state;
  try {
    state = await snapshot(personId);
  } catch {
    online(false);
    unfollow = retryLater(() => sit(personId));
    return;
  }
  people = state.people;
  $("bot-name").textContent = document.title = state.bot.first_name;
  setPerson(state.person);
  writeAs(me.id);
  showHistory(me.id, state.messages, say);
  setCommands(state.commands);
  setKeyboard(state.keyboard);
  if (state.draft) showDraft(state.draft);
  history.replaceState(null, "", `#${me.id}`);
  unfollow = follow(me.id, state.last_event_id, {
    up: () => online(true),
    down: () => online(false),
    reset: () => sit(me.id),
    message: (message) => { if (message.from.is_bot) status(null); showMessage(message); },
    deleted: ({ message_id: id }) => removeMessage(id),
    draft: (draft) => { status("typing"); showDraft(draft); },
    draft_end: () => { status(null); hideDraft(); },
    answer: showAnswer,
    action: ({ action }) => status(action),
    commands: ({ commands }) => setCommands(commands),
    keyboard: ({ keyboard }) => { setKeyboard(keyboard); toBottom(false); },
    person: (person) => { const spoke = me.language_code; setPerson(person); if (spoke !== person.language_code) sit(person.id); },
    bot: (bot) => { $("bot-name").textContent = document.title = bot.first_name; },
  });
}

function retryLater(work) {
  const timer = setTimeout(work, 2000);
  return () => clearTimeout(timer);
}

function setPerson(person) {
  me = person;
  people = people.map((somebody) => (somebody.id === person.id ? person : somebody));
  speak(person.language_code);
  status(null);
  $("offline").textContent = t("offline");
  $("people-list").replaceChildren(...people.map(personButton));
  $("me").replaceChildren(avatar(person));
  $("me").setAttribute("aria-label", `${t("who")}: ${person.first_name}, ${t(person.role)}`);
  for (const button of $("language").children) {
    button.setAttribute("aria-checked", String(button.dataset.language === person.language_code));
  }
  $("block").textContent = t(person.blocked ? "unblock" : "block");
  document.body.classList.toggle("blocked", person.blocked);
}

function personButton(person) {
  const choose = () => { togglePeople(false); sit(person.id); };
  return make("button", { type: "button", role: "radio", "aria-checked": String(person.id === me.id), onclick: choose },
    avatar(person),
    make("span", { className: "name" }, make("b", {}, `${person.first_name} ${person.last_name}`), make("small", {}, t(person.role))));
}

function avatar(person) {
  return make("span", { className: `avatar ${person.role}`, "aria-hidden": "true" }, person.first_name[0] + person.last_name[0]);
}

function online(up) {
  $("offline").hidden = up;
  document.body.classList.toggle("offline", !up);
}

function status(action) {
  clearTimeout(calmDown);
  const known = ["typing", "upload_photo", "upload_document"].includes(action);
  $("status").textContent = t(known ? action : "online");
  $("status").classList.toggle("active", known);
  if (known) calmDown = setTimeout(() => status(null), TYPING_SECONDS * 1000);
}

function togglePeople(open) {
  document.body.classList.toggle("people-open", open);
  $("me").setAttribute("aria-expanded", String(open));
}

const attempt = (work) => work.catch((error) => toast(`${t("failed")} ${error.message}`));

$("me").addEventListener("click", (event) => {
  event.stopPropagation();
  togglePeople(!document.body.classList.contains("people-open"));
});
document.addEventListener("click", (event) => { if (!event.target.closest("#people")) togglePeople(false); });
document.addEventListener("keydown", (event) => { if (event.key === "Escape") togglePeople(false); });
$("language").addEventListener("click", (event) => {
  const code = event.target.dataset.language;
  if (code && code !== me.language_code) attempt(act("language", { person: me.id, language_code: code }));
});
// the arrow keys move inside a group of choices
document.addEventListener("keydown", (event) => {
  const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
  const group = event.target.closest("[role=radiogroup]");
  if (!step || !group) return;
  event.preventDefault();
  const choices = [...group.querySelectorAll("[role=radio]")];
  choices.at((choices.indexOf(event.target) + step) % choices.length).focus();
});
for (const id of ["block", "unblock"]) {
  $(id).addEventListener("click", () => attempt(act("block", { person: me.id, blocked: !me.blocked })));
}
$("start").addEventListener("click", () => say("/start"));
$("picture").addEventListener("click", (event) => { if (event.target === $("picture")) $("picture").close(); });
addEventListener("hashchange", () => sit(Number(location.hash.slice(1))));

sit(Number(location.hash.slice(1)) || 0);
