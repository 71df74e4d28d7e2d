// What the guest is asked. `lockgate` is the host's object: it adds the token of this page, and is the only way out of it.

/** An answer that says no; its message is the guest's own words. */
class Refusal extends Error {}

async function answerOf(response) {
  if (response.ok) return response.json();
  const said = await response.json().catch(() => ({}));
  throw new Refusal(said.error ?? { 401: "this link has expired", 503: "the channel is busy" }[response.status] ?? `the answer was ${response.status}`);
}

async function ask(path) {
  return answerOf(await lockgate.fetch(path));
}

async function post(path, body) {
  return answerOf(await lockgate.fetch(path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  }));
}

const reasonOf = error => (error instanceof Refusal ? error.message : "the connection broke");
