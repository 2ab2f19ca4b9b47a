// Asks the server. What it refuses comes back as an error with a sentence.

export class Refused extends Error {
  constructor(status, body) {
    super(body.message || "The server has refused this.");
    this.status = status;
    this.theirs = body.theirs;
  }
}

async function ask(path, options) {
  let response;
  try {
    response = await fetch(path, options);
  } catch {
    throw new Refused(0, { message: "The server does not answer. Start `autograder mark` again with the same port; what you have not saved stays in this browser." });
  }
  const body = await response.json().catch(() => ({}));
  if (!response.ok) throw new Refused(response.status, body);
  return body;
}

export const get = (path) => ask(path, { cache: "no-store" });

export const post = (path, body, more = {}) =>
  ask(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body), ...more });
