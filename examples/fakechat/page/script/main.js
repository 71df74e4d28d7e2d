// The connection, the theme, and the beginning.

const PRESENCE = { connecting: "connecting…", open: "connected", lost: "reconnecting…", expired: "link expired" };

function setConnection(state) {
  byId("presence").dataset.state = state;
  byId("presence").textContent = PRESENCE[state];
  const banner = byId("banner");
  banner.hidden = state === "open" || state === "connecting";
  banner.dataset.state = state;
  if (state === "lost") {
    // A new start has a new address: this window can't know, so it says what to do if that is it.
    const waits = "The connection is lost. Reconnecting… What you write is sent then. If lockgate was started anew, open the link that ";
    banner.replaceChildren(waits, el("code", {}, "lockgate status"), " shows.");
  }
  if (state === "expired") banner.replaceChildren("This link has expired. Run ", el("code", {}, "lockgate status"), " in a terminal for a new one.");
}

async function connected() {
  try {
    await catchUp();
    deliverWaiting();
  } catch (error) {
    notice(`The messages can't be loaded: ${reasonOf(error)}.`);
  }
}

lockgate.listen("/events", {
  onText: hear,
  onState(state) {
    setConnection(state);
    if (state === "open") connected();
  },
});

// Light or dark is the system's choice until the person makes another one.

const systemDark = matchMedia("(prefers-color-scheme: dark)");

function stored(action) {
  try {
    return action(localStorage);
  } catch {
    // Without storage the choice lasts as long as the page.
    return undefined;
  }
}

function drawTheme(chosen) {
  if (chosen) document.documentElement.dataset.theme = chosen;
  else delete document.documentElement.dataset.theme;
  const dark = chosen ? chosen === "dark" : systemDark.matches;
  const label = dark ? "Switch to light" : "Switch to dark";
  byId("theme").setAttribute("aria-label", label);
  byId("theme").title = label;
  byId("theme").querySelector("use").setAttribute("href", dark ? "#icon-sun" : "#icon-moon");
}

byId("theme").addEventListener("click", () => {
  const dark = (document.documentElement.dataset.theme ?? (systemDark.matches ? "dark" : "light")) === "dark";
  const next = dark ? "light" : "dark";
  // The system's own choice needs no note, and follows the system from then on.
  const chosen = (next === "dark") === systemDark.matches ? undefined : next;
  stored(storage => (chosen ? storage.setItem("theme", chosen) : storage.removeItem("theme")));
  drawTheme(chosen);
});
systemDark.addEventListener("change", () => drawTheme(stored(storage => storage.getItem("theme"))));
drawTheme(stored(storage => storage.getItem("theme")) ?? undefined);

for (const command of document.querySelectorAll(".command")) {
  const copy = iconButton("copy", "Copy the command", () => copyText(command.firstElementChild.textContent, copy));
  command.append(copy);
}
setConnection("connecting");
fitText();
if (matchMedia("(hover: hover)").matches) focusText();
