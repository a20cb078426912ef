// Writing: text, commands, files, the reply keyboard.

import { act } from "./api.js";
import { $, icon, make, toast } from "./dom.js";
import { fileSize } from "./messages.js";
import { t } from "./strings.js";

const MAX_FILE = 50 * 1024 * 1024;
const input = $("input");
let person = 0;
let commands = [];
let files = [];
let selected = -1;

export function writeAs(personId) {
  if (personId === person) return;  // a page that caught up keeps what was being written
  person = personId;
  input.value = "";
  files = [];
  refresh();
  closeMenu();
}

export function setCommands(list) {
  commands = list;
  $("menu").hidden = !list.length;
  if (!$("commands").hidden) openMenu();
}

/** Send a text that was not typed: a command, a key of the reply keyboard. */
export async function say(text) {
  await attempt(() => act("say", { person, text }));
}

async function attempt(send) {
  try {
    await send();
    return true;
  } catch (error) {
    toast(`${t("failed")} ${error.message}`);
    return false;
  }
}

async function submit() {
  const text = input.value.trim();
  const attached = files;
  if (!text && !attached.length) return;
  input.value = "";
  files = [];
  refresh();
  closeMenu();
  const sent = await attempt(() => (attached.length ? upload(attached, text) : act("say", { person, text })));
  if (sent) return;
  input.value = input.value || text;  // nothing that was written gets lost
  files = attached.concat(files);
  refresh();
}

function upload(attached, caption) {
  const form = new FormData();
  form.append("person", person);
  form.append("caption", caption);
  attached.forEach((file, index) => form.append(`file${index}`, file, file.name || "file"));
  return act("upload", form);
}

function attach(list) {
  for (const file of list) {
    if (file.size > MAX_FILE) toast(t("too_big"));
    else files.push(file);
  }
  refresh();
  input.focus();
}

function refresh() {
  $("tray").hidden = !files.length;
  $("tray").replaceChildren(...files.map((file, index) => make("span", { className: "chip" },
    make("b", {}, file.name), make("small", {}, fileSize(file.size)),
    make("button", { type: "button", "aria-label": `${t("remove")} ${file.name}`, onclick: () => { files.splice(index, 1); refresh(); } }, icon("close")))));
  $("send").disabled = !input.value.trim() && !files.length;
  input.style.height = "auto";
  input.style.height = `${Math.min(input.scrollHeight, 160)}px`;
}

// The command menu opens by its button, or by typing a slash.
function matching() {
  const typed = /^\/(\w*)$/.exec(input.value)?.[1];
  return typed === undefined ? commands : commands.filter(({ command }) => command.startsWith(typed.toLowerCase()));
}

function openMenu() {
  const list = matching();
  selected = -1;
  $("commands").replaceChildren(...list.map(({ command, description }, index) => {
    const item = make("li", { id: `command-${index}`, role: "option", "aria-selected": "false" },
      make("b", {}, `/${command}`), make("span", {}, description));
    item.addEventListener("mousedown", (event) => event.preventDefault());
    item.addEventListener("click", () => choose(command));
    return item;
  }));
  $("commands").hidden = !list.length;
  $("menu").setAttribute("aria-expanded", String(!$("commands").hidden));
}

function closeMenu() {
  $("commands").hidden = true;
  $("menu").setAttribute("aria-expanded", "false");
  input.removeAttribute("aria-activedescendant");
}

function choose(command) {
  input.value = "";
  refresh();
  closeMenu();
  say(`/${command}`);
  input.focus();
}

function move(step) {
  const items = [...$("commands").children];
  selected = (selected + step + items.length) % items.length;
  items.forEach((item, index) => item.setAttribute("aria-selected", String(index === selected)));
  items[selected].scrollIntoView({ block: "nearest" });
  input.setAttribute("aria-activedescendant", items[selected].id);
}

function onKey(event) {
  const open = !$("commands").hidden;
  if (event.key === "Escape") closeMenu();
  else if (open && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
    event.preventDefault();
    move(event.key === "ArrowDown" ? 1 : -1);
  } else if (open && event.key === "Tab" && selected >= 0) {
    event.preventDefault();
    choose(matching()[selected].command);
  } else if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    if (open && selected >= 0) choose(matching()[selected].command);
    else submit();
  }
}

/** Put the bot's reply keyboard under the input field, or take it away. */
export function setKeyboard(markup) {
  const rows = markup?.keyboard ?? [];
  $("keyboard").hidden = !rows.length;
  $("keyboard").replaceChildren(...rows.map((row) => make("div", {},
    ...row.map(({ text }) => make("button", { type: "button", onclick: () => say(text) }, text)))));
  input.placeholder = markup?.input_field_placeholder ?? t("message");
  if (markup?.force_reply) input.focus();
}

$("composer").addEventListener("submit", (event) => { event.preventDefault(); submit(); });
input.addEventListener("keydown", onKey);
input.addEventListener("input", () => {
  refresh();
  if (/^\/\w*$/.test(input.value)) openMenu();
  else closeMenu();
});
input.addEventListener("paste", (event) => {
  if (!event.clipboardData.files.length) return;
  event.preventDefault();
  attach(event.clipboardData.files);
});
$("menu").addEventListener("click", () => {
  if ($("commands").hidden) openMenu();
  else closeMenu();
  input.focus();
});
$("attach").addEventListener("click", () => $("file").click());
$("file").addEventListener("change", () => { attach($("file").files); $("file").value = ""; });
document.addEventListener("click", (event) => { if (!event.target.closest("footer")) closeMenu(); });

let dragDepth = 0;
const carriesFiles = (event) => event.dataTransfer?.types.includes("Files");
addEventListener("dragenter", (event) => { if (carriesFiles(event)) { dragDepth += 1; $("drop").hidden = false; } });
addEventListener("dragleave", (event) => { if (carriesFiles(event) && --dragDepth <= 0) { dragDepth = 0; $("drop").hidden = true; } });
addEventListener("dragover", (event) => { if (carriesFiles(event)) event.preventDefault(); });
addEventListener("drop", (event) => {
  if (!carriesFiles(event)) return;
  event.preventDefault();
  dragDepth = 0;
  $("drop").hidden = true;
  attach(event.dataTransfer.files);
});
