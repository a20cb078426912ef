// The page's own words. They follow the language that the person chose.

const STRINGS = {
  en: {
    console: "console",
    who: "Who is writing",
    language: "Language",
    about: "Telegram without Telegram: messages stay on this machine. Rights come from the bot's own database.",
    engineer: "Engineer", admin: "Administrator", stranger: "Stranger",
    online: "bot", typing: "typing…", upload_photo: "sending a picture…", upload_document: "sending a file…",
    connecting: "connecting…",
    offline: "Connection lost. Trying again…",
    welcome: "What is wrong with the machine?",
    welcome_more: "Describe the symptom in your own words, or start with the bot's introduction.",
    start: "Start", block: "Block the bot", unblock: "Unblock the bot",
    message: "Message", attach: "Attach a file", send: "Send", commands: "Commands", close: "Close",
    to_bottom: "To the latest message", picture: "Picture", drop: "Drop files to attach them",
    edited: "edited", today: "Today", yesterday: "Yesterday",
    thinking: "Thinking…", stop: "Stop", more: "Show more", less: "Show less", spoiler: "Show hidden text",
    copied: "Copied", copy: "Copy", remove: "Remove", forwarded: "Forwarded from",
    too_big: "Files over 50 MB cannot be sent.", failed: "That did not work:", no_answer: "The bot did not answer.",
    unsupported: "This button works only in Telegram.",
    units: ["B", "KB", "MB"],
  },
  ru: {
    console: "консоль",
    who: "Кто пишет",
    language: "Язык",
    about: "Telegram без Telegram: сообщения не покидают этот компьютер. Права хранит база данных самого бота.",
    engineer: "Инженер", admin: "Администратор", stranger: "Посторонний",
    online: "бот", typing: "печатает…", upload_photo: "отправляет изображение…", upload_document: "отправляет файл…",
    connecting: "соединение…",
    offline: "Связь потеряна. Восстанавливаем…",
    welcome: "Что случилось с машиной?",
    welcome_more: "Опишите симптом своими словами или начните со знакомства с ботом.",
    start: "Начать", block: "Заблокировать бота", unblock: "Разблокировать бота",
    message: "Сообщение", attach: "Прикрепить файл", send: "Отправить", commands: "Команды", close: "Закрыть",
    to_bottom: "К последнему сообщению", picture: "Изображение", drop: "Отпустите файлы, чтобы прикрепить",
    edited: "изменено", today: "Сегодня", yesterday: "Вчера",
    thinking: "Думаю…", stop: "Остановить", more: "Показать всё", less: "Свернуть", spoiler: "Показать скрытый текст",
    copied: "Скопировано", copy: "Копировать", remove: "Убрать", forwarded: "Переслано от",
    too_big: "Файлы больше 50 МБ отправить нельзя.", failed: "Не получилось:", no_answer: "Бот не ответил.",
    unsupported: "Эта кнопка работает только в Telegram.",
    units: ["Б", "КБ", "МБ"],
  },
};

let language = "en";

export const locale = () => language;

export const t = (key) => STRINGS[language][key] ?? key;

/** Switch the page's language and rewrite every element that carries a key. */
export function speak(code) {
  language = code in STRINGS ? code : "en";
  document.documentElement.lang = language;
  for (const element of document.querySelectorAll("[data-text]")) element.textContent = t(element.dataset.text);
  for (const element of document.querySelectorAll("[data-label]")) {
    element.setAttribute("aria-label", t(element.dataset.label));
    if (element.matches("button")) element.title = t(element.dataset.label);
  }
  for (const element of document.querySelectorAll("[data-placeholder]")) element.placeholder = t(element.dataset.placeholder);
}
