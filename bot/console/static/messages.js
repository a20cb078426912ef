// Messages, the growing answer, and where the reader stands in them.

import { act, fileUrl } from "./api.js";
import { $, alertDialog, icon, make, toast } from "./dom.js";
import { locale, t } from "./strings.js";
import { copyText, renderText } from "./text.js";

const ANSWER_SECONDS = 30;
const views = new Map();  // message id -> element
const waiting = new Map();  // query id -> pressed button
const early = new Map();  // query id -> answer that overtook its request
let person = 0;
let unread = 0;
let say = () => {};

/** Start over with one person's history. */
export function showHistory(personId, messages, sayText) {
  person = personId;
  say = sayText;
  unread = 0;
  views.clear();
  waiting.clear();
  $("log").replaceChildren();
  hideDraft();
  for (const message of messages) place(message);
  refreshEmpty();
  toBottom(false);
}

/** Show a new message, or the new version of one. */
export function showMessage(message) {
  const isNew = !views.has(message.message_id);
  const fromBot = message.from.is_bot;
  if (isNew && fromBot) hideDraft();
  place(message, isNew);
  refreshEmpty();
  if (following || (isNew && !fromBot)) toBottom(true);
  else if (isNew) {
    unread += 1;
    showUnread();
  }
}

export function removeMessage(id) {
  views.get(id)?.remove();
  views.delete(id);
  refreshEmpty();
}

function refreshEmpty() {
  $("welcome").hidden = views.size > 0;
  document.body.classList.toggle("empty", views.size === 0);
}

function place(message, fresh = false) {
  const view = render(message);
  const day = new Date(message.date * 1000).toDateString();
  view.dataset.day = day;
  const old = views.get(message.message_id);
  views.set(message.message_id, view);
  if (old) {
    old.replaceWith(view);
    return;
  }
  view.classList.toggle("fresh", fresh);
  if ($("log").lastElementChild?.dataset.day !== day) $("log").append(dayMark(message.date, day));
  $("log").append(view);
}

function dayMark(date, day) {
  const today = new Date();
  const yesterday = new Date(today.getFullYear(), today.getMonth(), today.getDate() - 1);
  const names = { [today.toDateString()]: t("today"), [yesterday.toDateString()]: t("yesterday") };
  const text = names[day] ?? new Date(date * 1000).toLocaleDateString(locale(), { day: "numeric", month: "long" });
  const mark = make("p", { className: "day" }, make("span", {}, text));
  mark.dataset.day = day;
  return mark;
}

function render(message) {
  const side = message.from.is_bot ? "bot" : "own";
  const bubble = make("div", { className: "bubble" });
  if (message.forward_origin) {
    bubble.append(make("p", { className: "forwarded" }, `${t("forwarded")} ${message.forward_origin.sender_user.first_name}`));
  }
  if (message.reply_to_message) bubble.append(quoted(message.reply_to_message));
  if (message.photo) bubble.append(photo(message));
  if (message.document) bubble.append(attachment(message.document));
  const text = message.text ?? message.caption;
  const entities = message.entities ?? message.caption_entities;
  const time = new Date(message.date * 1000).toLocaleTimeString(locale(), { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  const stamp = message.edit_date ? `${t("edited")} ${time}` : time;
  const meta = make("time", { className: "meta", dateTime: new Date(message.date * 1000).toISOString() }, stamp);
  if (text) bubble.append(make("div", { className: "text" }, renderText(text, entities, say), meta));
  else bubble.append(meta);
  const view = make("article", { className: `message ${side}` }, bubble, keyboard(message));
  view.classList.toggle("bare", Boolean(message.photo) && !text);
  view.dataset.id = message.message_id;
  return view;
}

function quoted(message) {
  const text = message.text ?? message.caption ?? message.document?.file_name ?? t("picture");
  return make("p", { className: "quoted" }, make("b", {}, message.from.first_name), " ", text.slice(0, 120));
}

function photo(message) {
  const size = message.photo.at(-1);
  const alt = message.caption ?? t("picture");
  const image = make("img", { src: fileUrl(size.file_id), width: size.width, height: size.height, alt, decoding: "async" });
  const open = () => {
    const large = $("picture").querySelector("img");
    large.src = image.src;
    large.alt = alt;
    $("picture").showModal();
  };
  return make("button", { type: "button", className: "photo", onclick: open }, image);
}

function attachment(file) {
  const extension = file.file_name.split(".").length > 1 ? file.file_name.split(".").pop().slice(0, 4) : "";
  const properties = { className: "document", href: fileUrl(file.file_id), download: file.file_name };
  return make("a", properties,
    make("span", { className: "extension" }, extension || "…"),
    make("span", { className: "name" }, make("b", {}, file.file_name), make("small", {}, fileSize(file.file_size))));
}

export function fileSize(bytes) {
  const power = bytes < 1024 ? 0 : bytes < 1024 ** 2 ? 1 : 2;
  const number = (bytes / 1024 ** power).toLocaleString(locale(), { maximumFractionDigits: power ? 1 : 0 });
  return `${number} ${t("units")[power]}`;
}

function keyboard(message) {
  const rows = message.reply_markup?.inline_keyboard;
  if (!rows?.length) return null;
  return make("div", { className: "inline-keyboard" },
    ...rows.map((row) => make("div", {}, ...row.map((button) => inlineButton(message, button)))));
}

function inlineButton(message, button) {
  const className = button.style ?? "";
  if (button.url) {
    const href = /^(https?|tg|ton):/i.test(button.url) ? button.url : `http://${button.url}`;
    return make("a", { className, href, target: "_blank", rel: "noopener noreferrer" }, button.text, icon("out"));
  }
  const element = make("button", { type: "button", className }, button.text);
  if (button.callback_data) element.onclick = () => press(element, message.message_id, button.callback_data);
  else if (button.copy_text) element.onclick = () => copyText(button.copy_text.text);
  else if (button.disabled) element.disabled = true;
  else element.onclick = () => toast(t("unsupported"));
  return element;
}

async function press(element, messageId, data) {
  if (element.getAttribute("aria-busy") === "true") return;
  element.setAttribute("aria-busy", "true");
  try {
    const { query_id: id } = await act("press", { person, message_id: messageId, data });
    waiting.set(id, element);
    setTimeout(() => { if (release(id)) toast(t("no_answer")); }, ANSWER_SECONDS * 1000);
    if (early.has(id)) showAnswer(early.get(id));
  } catch (error) {
    element.removeAttribute("aria-busy");
    toast(`${t("failed")} ${error.message}`);
  }
}

function release(id) {
  const element = waiting.get(id);
  element?.removeAttribute("aria-busy");
  return waiting.delete(id);
}

/** The bot answered a press: a toast, an alert, a link, or nothing but the end of waiting. */
export function showAnswer(answer) {
  if (!release(answer.query_id)) {
    early.set(answer.query_id, answer);
    return;
  }
  early.delete(answer.query_id);
  if (answer.text) (answer.show_alert ? alertDialog : toast)(answer.text);
  if (/^https?:/i.test(answer.url)) window.open(answer.url, "_blank", "noopener");
}

// The growing answer: what arrives in steps is revealed smoothly.
const calm = matchMedia("(prefers-reduced-motion: reduce)");
let draft = null;
let shown = 0;
let frame = 0;

export function showDraft(next) {
  const grows = draft?.draft_id === next.draft_id && next.text.startsWith(draft.text.slice(0, Math.floor(shown)));
  if (!grows) shown = 0;
  draft = next;
  if (calm.matches || document.hidden) shown = next.text.length;
  if (!frame) frame = requestAnimationFrame(grow);
  $("draft").hidden = false;
  if (following) toBottom(false);
}

function grow() {
  const left = draft.text.length - shown;
  shown = Math.min(draft.text.length, shown + Math.max(1, left / 14));
  const end = Math.floor(shown);
  const entities = (draft.entities ?? []).filter((entity) => entity.offset < end);
  const body = draft.text
    ? make("div", { className: "text" }, renderText(draft.text.slice(0, end), entities, say), make("span", { className: "caret" }))
    : make("div", { className: "text thinking" }, t("thinking"));
  const stopButton = draft.can_stop
    ? make("button", { type: "button", className: "stop", onclick: stop }, icon("stop"), t("stop")) : null;
  $("draft").replaceChildren(make("article", { className: "message bot" }, make("div", { className: "bubble" }, body), stopButton));
  frame = shown < draft.text.length ? requestAnimationFrame(grow) : 0;
  if (following) toBottom(false);
}

function stop() {
  act("stop", { person }).catch((error) => toast(`${t("failed")} ${error.message}`));
}

export function hideDraft() {
  cancelAnimationFrame(frame);
  frame = 0;
  draft = null;
  shown = 0;
  $("draft").hidden = true;
  $("draft").replaceChildren();
}

// Scrolling: follow what is new until the reader scrolls up, then count it.
const scroller = $("scroller");
let following = true;
let lastTop = 0;

export function toBottom(smooth) {
  following = true;
  unread = 0;
  scroller.scrollTo({ top: scroller.scrollHeight, behavior: smooth && !calm.matches ? "smooth" : "instant" });
  showUnread();
}

function showUnread() {
  $("to-bottom").querySelector("span").textContent = unread || "";
  $("to-bottom").hidden = following;
}

scroller.addEventListener("scroll", () => {
  const atBottom = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 60;
  if (atBottom) {
    following = true;
    unread = 0;
  } else if (scroller.scrollTop < lastTop - 1) following = false;
  lastTop = scroller.scrollTop;
  showUnread();
});
$("to-bottom").addEventListener("click", () => toBottom(true));
new ResizeObserver(() => { if (following) toBottom(false); }).observe(scroller);
