// Text with entities to DOM. JavaScript counts UTF-16 units, as Telegram's offsets do.

import { make, toast } from "./dom.js";
import { t } from "./strings.js";

const TAGS = { bold: "strong", italic: "em", underline: "u", strikethrough: "s", code: "code" };
const BLOCKS = new Set(["pre", "blockquote", "expandable_blockquote"]);
const LONG_QUOTE = 180;

/** Render `text`; `onCommand(text)` is called when a bot command in it is clicked. */
export function renderText(text, entities = [], onCommand = () => {}) {
  const spans = entities.map((entity) => ({ entity, from: entity.offset, to: entity.offset + entity.length }));
  return renderSpan(text, 0, text.length, spans, onCommand);
}

function renderSpan(text, from, to, spans, onCommand) {
  const fragment = document.createDocumentFragment();
  const queue = spans.filter((span) => span.from < to && span.to > from).sort((a, b) => a.from - b.from || b.to - a.to);
  let position = from;
  let afterBlock = false;
  const plain = (end) => {
    let piece = text.slice(position, end);
    if (afterBlock && piece.startsWith("\n")) piece = piece.slice(1);  // the block ends the line already
    if (piece) fragment.append(piece);
    if (end > position) afterBlock = false;
  };
  while (queue.length) {
    const span = queue.shift();
    const begin = Math.max(span.from, position);
    const end = Math.min(span.to, to);
    if (begin >= end) continue;
    plain(begin);
    const inner = [];
    for (const other of queue.splice(0)) {
      if (other.from < end) inner.push({ ...other, to: Math.min(other.to, end) });
      if (other.to > end) queue.push({ ...other, from: Math.max(other.from, end) });  // crossing entities are split
    }
    const children = renderSpan(text, begin, end, inner, onCommand);
    fragment.append(wrap(span.entity, children, text.slice(begin, end), onCommand));
    position = end;
    afterBlock = BLOCKS.has(span.entity.type);
  }
  plain(to);
  return fragment;
}

function wrap(entity, children, text, onCommand) {
  const tag = TAGS[entity.type];
  if (tag) return make(tag, {}, children);
  switch (entity.type) {
    case "pre": return codeBlock(entity, children, text);
    case "url": return link(text, children);
    case "text_link": return link(entity.url, children);
    case "email": return link(`mailto:${text}`, children);
    case "bot_command": return make("button", { type: "button", className: "command", onclick: () => onCommand(text) }, children);
    case "mention": case "hashtag": case "cashtag": case "text_mention":
      return make("span", { className: "accent" }, children);
    case "spoiler": return spoiler(children);
    case "blockquote": return make("blockquote", {}, children);
    case "expandable_blockquote": return expandable(children, text);
    default: return children;
  }
}

function link(url, children) {
  if (!/^(https?|tg|mailto):/i.test(url)) return children;
  return make("a", { href: url, target: "_blank", rel: "noopener noreferrer nofollow" }, children);
}

function codeBlock(entity, children, text) {
  const copy = make("button", { type: "button", className: "copy", onclick: () => copyText(text) }, t("copy"));
  const head = make("span", { className: "language" }, entity.language ?? "", copy);
  return make("div", { className: "code-block" }, head, make("pre", {}, make("code", {}, children)));
}

export async function copyText(text) {
  await navigator.clipboard.writeText(text);
  toast(t("copied"));
}

function spoiler(children) {
  const element = make("span", { className: "spoiler", tabIndex: 0, role: "button", "aria-label": t("spoiler") }, children);
  const reveal = () => {
    element.classList.add("shown");
    for (const name of ["role", "aria-label", "tabindex"]) element.removeAttribute(name);
  };
  element.addEventListener("click", reveal);
  element.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    reveal();
  });
  return element;
}

function expandable(children, text) {
  const quote = make("blockquote", { className: "expandable" }, make("div", {}, children));
  if (text.length < LONG_QUOTE && text.split("\n").length < 4) return quote;
  quote.classList.add("folded");
  const toggle = make("button", { type: "button", className: "fold", "aria-expanded": "false" }, t("more"));
  toggle.addEventListener("click", () => {
    const folded = quote.classList.toggle("folded");
    toggle.textContent = t(folded ? "more" : "less");
    toggle.setAttribute("aria-expanded", String(!folded));
  });
  quote.append(toggle);
  return quote;
}
