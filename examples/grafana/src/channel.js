// Alerts of Grafana: each becomes one event when it fires and one when it is resolved, however often Grafana repeats it. The
// host has checked the signature and its age.

import { Malformed, answer, channel, ok, service, setting } from "#lockgate";

/** Alerts of one call; the host takes 100 events. */
const MOST = 50;
/** Characters of a summary or a description. */
const LONG = 1000;

/** Labels become attributes, and those are identifiers. */
const attribute = (label) => label.replace(/[^A-Za-z0-9_]/g, "_").replace(/^(?=[0-9])/, "_");

const shown = () => (setting("labels") ?? "").split(",").map((label) => label.trim()).filter(Boolean);

function labelled(labels) {
  const known = shown().filter((label) => typeof labels[label] === "string");
  return Object.fromEntries(known.map((label) => [attribute(label), labels[label].slice(0, LONG)]));
}

function text({ status, labels, annotations, valueString, generatorURL }) {
  const { summary, description } = annotations ?? {};
  const head = `${status === "resolved" ? "Resolved" : "Firing"}: ${labels.alertname}`;
  const lines = [head, summary, description, valueString, generatorURL];
  return lines.filter((line) => typeof line === "string" && line).map((line) => line.slice(0, LONG)).join("\n");
}

/** The same alert in the same state since the same time is the same event. */
function id({ fingerprint, status, startsAt, endsAt }) {
  return `${fingerprint}/${status}/${status === "resolved" ? endsAt : startsAt}`;
}

function event(alert) {
  const { status, startsAt, endsAt, labels } = alert;
  const time = Date.parse(status === "resolved" ? endsAt : startsAt);
  const sentAt = Number.isFinite(time) && time > 0 ? time : undefined;
  return service("grafana", text(alert), { id: id(alert), sentAt, meta: { status, ...labelled(labels) } });
}

const readable = (alert) =>
  typeof alert?.fingerprint === "string" && typeof alert.status === "string" && typeof alert.labels?.alertname === "string";

export default channel({
  hook(request) {
    if (request.method !== "POST") return answer(405);
    const alerts = request.json()?.alerts;
    if (!Array.isArray(alerts)) throw new Malformed("no list of alerts");
    const told = ok();
    for (const alert of alerts.slice(0, MOST)) {
      if (readable(alert)) told.event(event(alert));
      else told.skipped("an alert without a fingerprint, a status or a name");
    }
    if (alerts.length > MOST) told.skipped(`${alerts.length - MOST} alerts of one call`);
    return told;
  },
});
