// Talking to the console's server.

/** Do something as a person; throws an Error with the server's reason. */
export async function act(name, body) {
  const isForm = body instanceof FormData;
  const headers = { "X-Hydrodiag-Console": "1" };
  if (!isForm) headers["Content-Type"] = "application/json";
  const response = await fetch(`/console/${name}`, { method: "POST", headers, body: isForm ? body : JSON.stringify(body) });
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(answer.error ?? response.statusText);
  return answer;
}

export async function snapshot(person) {
  const response = await fetch(`/console/state${person ? `?person=${person}` : ""}`);
  if (!response.ok) throw new Error(response.statusText);
  return response.json();
}

export const fileUrl = (id) => `/console/files/${encodeURIComponent(id)}`;

/** Follow a person's events until closed; `on` maps kinds to functions, plus `up` and `down` for the connection. */
export function follow(person, after, on) {
  let source = null;
  let last = after;
  let retry = 0;
  const open = () => {
    source = new EventSource(`/console/events?person=${person}&after=${last}`);
    source.onopen = () => on.up();
    source.onerror = () => {
      on.down();
      if (source.readyState === EventSource.CLOSED) retry = setTimeout(open, 2000);
    };
    for (const [kind, handle] of Object.entries(on)) {
      if (kind === "up" || kind === "down") continue;
      source.addEventListener(kind, (event) => {
        last = event.lastEventId;
        handle(JSON.parse(event.data));
      });
    }
  };
  open();
  return () => { clearTimeout(retry); source.close(); };
}
