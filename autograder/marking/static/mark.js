// The marking page: one answer at a time, everything by keyboard. It draws what the server says and sends what was entered.

import { Draft, isKept, value } from "/draft.js";
import { bindKeys } from "/keys.js";
import { get, post } from "/server.js";
import { counted, drawAnswers, drawChoice, drawConflict, drawEarlier, drawEmpty, drawItems, drawProgress, element, make, stateOf, takenBack } from "/draw.js";

const EVERY = 3000; // milliseconds between two looks at what others do
let course, page, exercise, handle, answer, draft, saving;
let list = [], items = [], comments = [], others = [], seen = "";

const place = (id) => `autograder:${course.assignment}:${exercise.name}:${id}`;
const say = (text, kind = "") => Object.assign(element("status"), { textContent: text, className: kind });
const current = () => list.findIndex((one) => one.id === handle);

async function attempt(work, isUndo = false) {
  const at = handle;
  try {
    return await work();
  } catch (error) {
    if (error.theirs && at === handle && (!isUndo || error.theirs.id === handle)) showConflict(error.theirs);
    say(error.message, "bad");
    return undefined;
  }
}

// What the server knows

async function watch() {
  const who = element("who").value;
  const asked = exercise.number;
  const found = await post("/api/watch", { page, who, exercise: asked, answer: handle || "", seen });
  if (asked !== exercise.number) return;
  others = found.others;
  if (found.answers) ({ answers: list, items, comments, seen } = found);
  drawProgress(found.progress, exercise);
  if (found.answers) drawList();
  drawOthers();
  await followOthers();
}

async function followOthers() {
  const line = list[current()] || {}; // one that is gone has become part of a group's
  if (!answer || line.version === answer.version || saving) return;
  if (!draft.isChanged()) {
    await open(handle, false);
    say("Somebody else has changed this answer: this is how it is now.");
  } else if (element("conflict").hidden) {
    say("Somebody else has changed this answer. When you save, you will see both.", "bad");
  }
}

function drawList() {
  drawAnswers(list, handle, others.filter((one) => one.exercise === exercise.number), (id) => isKept(place(id)), go);
  drawEarlier(comments, reuse);
  drawEmpty(list);
  if (draft) drawMark();
}

function drawOthers() {
  const here = others.filter((one) => one.exercise === exercise.number && one.answer === handle);
  const names = [...new Set(here.map((one) => one.who))].join(", ");
  element("others").hidden = !names;
  element("others").textContent = names && `${names} ${here.length > 1 ? "are" : "is"} on this one, too.`;
}

// One exercise, one answer

async function choose(number, id = "") {
  exercise = course.exercises.find((one) => one.number === number) || course.exercises[0];
  [list, seen, handle, answer, draft] = [[], "", "", undefined, undefined];
  element("exercise").value = String(exercise.number);
  element("title").textContent = `: ${exercise.title}`;
  element("asked").innerHTML = exercise.asked;
  element("notes").innerHTML = exercise.notes;
  element("notes-box").hidden = !exercise.notes;
  element("differs").textContent = exercise.differs;
  element("most").textContent = `of ${exercise.most}`;
  await watch();
  const first = list.find((one) => one.id === id) || list.find(isFree) || list.find(isOpen) || list[0];
  if (first) await open(first.id);
  else say("Nobody has handed in an answer to this exercise.");
}

const isOpen = (line) => line.state !== "marked";
const isFree = (line) =>
  isOpen(line) && !others.some((one) => one.exercise === exercise.number && one.answer === line.id);

async function open(id, move = true) {
  const found = await get(`/api/answer/${exercise.number}/${id}`);
  [handle, answer] = [found.id, found];
  draft = new Draft(place(handle), found, exercise.most, course.beyond);
  history.replaceState(null, "", `#${exercise.number}/${handle}`);
  element("answer").innerHTML = found.html;
  element("label").textContent = found.label;
  element("conflict").hidden = true;
  drawMark();
  drawOthers();
  say(draft.isBack ? "What you had entered and not saved is back." : "");
  if (move) {
    element("label").focus({ preventScroll: true });
    scrollTo(0, 0);
  }
}

function drawMark() {
  const line = list[current()] || answer;
  element("state").textContent = `${current() + 1} of ${list.length}, ${stateOf(line, exercise.most)}${draft.isChanged() ? ", unsaved" : ""}`;
  element("group").textContent = answer.group;
  element("group").hidden = !answer.group;
  drawItems(items, answer.items, draft, toggle, forgetItem);
  if (document.activeElement !== element("points")) element("points").value = draft.points;
  if (document.activeElement !== element("comment") || draft.comment !== element("comment").value) {
    element("comment").value = draft.comment;
  }
  const differs = draft.items.length && draft.typed && value(draft.points) !== value(draft.sum());
  element("sum").textContent = differs ? `The items come to ${draft.sum()}.` : "";
  drawChoice(list, handle);
}

const changed = () => { say(""); draft.keep(); drawMark(); };
const toggle = (item) => { draft.toggle(item); changed(); };

function go(id) {
  return attempt(async () => { await open(id); await watch(); });
}

function step(by) {
  const line = list[current() + by];
  return line ? go(line.id) : say(by > 0 ? "This is the last answer." : "This is the first answer.");
}

function nextUnmarked() {
  const after = [...list.slice(current() + 1), ...list.slice(0, Math.max(current(), 0))];
  const line = after.find(isFree) || after.find(isOpen);
  return line ? go(line.id) : say("All answers to this exercise are marked.", "good");
}

function stepExercise(by) {
  const there = course.exercises.find((one) => one.number === exercise.number + by);
  return there ? attempt(() => choose(there.number)) : say("There is no further exercise.");
}

// Writing

async function save(moveOn, version = draft.seen) {
  if (saving) return;
  const { items: chosen, points, comment } = draft;
  const entry = { exercise: exercise.number, answer: handle, seen: version, points: String(points), comment };
  const rank = (item) => (items.findIndex((one) => one.text === item.text) + 1) || items.length + 1;
  const inOrder = [...chosen].sort((one, other) => rank(one) - rank(other));
  entry.items = inOrder.map((item) => [String(item.points), item.text]);
  const [sent, content] = [draft, draft.content()];
  saving = true;
  const done = await attempt(() => post("/api/save", { page, entry }));
  saving = false;
  if (!done) return;
  sent.forget();
  if (sent !== draft) return;
  const saved = new Draft(place(handle), done, exercise.most, course.beyond);
  const wentOn = draft.content() !== content; // what was typed while this was on its way is not saved yet
  if (wentOn) draft.follow(saved);
  else draft = saved;
  answer = { ...answer, ...done };
  element("conflict").hidden = true;
  await attempt(watch);
  drawMark();
  if (moveOn && !wentOn) await nextUnmarked();
  if (!moveOn) say(`Saved: ${done.points} of ${counted(exercise.most)}.`, "good");
  else if (element("status").textContent === "") say(`Saved ${done.label}: ${counted(done.points)}.`, "good");
}

async function undo() {
  const done = await attempt(() => post("/api/undo", { page }), true);
  if (!done) return;
  if (done.exercise !== exercise.number) await choose(done.exercise, done.id);
  localStorage.removeItem(place(done.id));
  await go(done.id);
  say(takenBack(done), "good");
}

async function zeroEmpty() {
  const done = await attempt(() => post("/api/zero", { page, exercise: exercise.number }));
  if (!done) return;
  element("empty-box").open = false;
  if (draft.isChanged()) await attempt(watch);
  else await go(handle);
  element("label").focus({ preventScroll: true });
  const many = done.labels.length;
  say(`0 points for ${many} empty ${many === 1 ? "answer" : "answers"}: ${done.labels.join("; ")}. Undo (u) takes ${many === 1 ? "it" : "all of them"} back.`, "good");
}

function showConflict(theirs) {
  if (theirs.exercise !== exercise.number) return;
  drawConflict(theirs, exercise.most, keepTheirs, () => save(false, theirs.version));
}

async function keepTheirs() {
  draft.forget();
  await go(handle);
}

function reuse(text) {
  draft.comment = draft.comment.trim() ? `${draft.comment.trimEnd()}\n${text}` : text;
  changed();
  element("label").focus();
}

async function addItem() {
  const [points, text] = [element("new-points").value, element("new-text").value];
  const found = await attempt(() => post("/api/items", { exercise: exercise.number, points, text }));
  if (!found) return;
  items = found.items;
  const words = text.trim().split(/\s+/).join(" ");
  const item = items.find((one) => one.text === words);
  if (item && draft.has(item.text)) draft.toggle(item);
  if (item) draft.toggle(item);
  for (const id of ["new-points", "new-text"]) element(id).value = "";
  element("new-item").open = false;
  changed();
  element("label").focus();
}

async function forgetItem(item) {
  const found = await attempt(() => post("/api/items", { exercise: exercise.number, text: item.text }));
  if (found) ({ items } = found);
  changed();
}

function full() {
  draft.items = items.filter((item) => value(item.points) > 0).map(({ points, text }) => ({ points, text }));
  draft.addUp();
  if (value(draft.points) !== exercise.most) draft.type(String(exercise.most));
  changed();
}

function zero() {
  draft.items = draft.items.filter((item) => value(item.points) <= 0);
  draft.type("0");
  changed();
}

function unfold(id, field) {
  element(id).open = !field || !element(id).open || document.activeElement !== field;
  if (field) field.focus();
}

function conflictKey(id) {
  if (!element("conflict").hidden) element(id).click();
}

const toggleKth = (number) => items[number - 1] && toggle(items[number - 1]);
const fold = (id) => { element(id).open = !element(id).open; };

function bind() {
  bindKeys({
    item: toggleKth, full, zero, step, nextUnmarked, stepExercise, undo,
    save: () => save(false), saveNext: () => save(true),
    points: () => { element("points").focus(); element("points").select(); },
    comment: () => element("comment").focus(),
    reuse: () => { element("earlier-box").open = true; element("earlier").querySelector("button")?.focus(); },
    newItem: () => unfold("new-item", element("new-points")),
    question: () => fold("question"), keys: () => fold("keys"),
    all: () => { fold("all"); if (element("all").open) element("answers").querySelector("[aria-current]")?.focus(); },
    theirs: () => conflictKey("theirs"), mine: () => conflictKey("mine"),
    empty: () => { if (!element("empty-box").hidden) unfold("empty-box", element("zero-empty")); else say("No answer here waits that is empty or as it was handed out."); },
    leave: () => element("label").focus(), addItem,
  }, () => Boolean(draft));
  element("form").addEventListener("submit", (event) => { event.preventDefault(); if (draft) save(true); });
  for (const [id, what] of [["save", () => save(false)], ["undo", undo], ["add", addItem], ["zero-empty", zeroEmpty], ["previous", () => step(-1)], ["next", () => step(1)], ["unmarked", nextUnmarked]]) {
    element(id).addEventListener("click", () => draft && what());
  }
  element("points").addEventListener("input", (event) => { draft?.type(event.target.value); changed(); });
  element("points").addEventListener("change", () => { element("points").value = draft.points; });
  element("comment").addEventListener("input", (event) => { draft.comment = event.target.value; changed(); });
  element("exercise").addEventListener("change", (event) => attempt(() => choose(Number(event.target.value))));
  element("who").addEventListener("change", (event) => localStorage.setItem("autograder:who", event.target.value));
  addEventListener("pagehide", () => { post("/api/leave", { page }, { keepalive: true }).catch(() => {}); });
  document.addEventListener("visibilitychange", () => { if (!document.hidden && exercise) attempt(watch); });
}

async function start() {
  const found = await attempt(() => get("/api/begin"));
  if (!found) return;
  [course, page] = [found, found.page];
  document.title = `Marking ${course.assignment}`;
  element("assignment").textContent = `Marking ${course.assignment}`;
  element("who").value = localStorage.getItem("autograder:who") || course.who;
  const terms = [course.anonymous && "without names", course.part && `part ${course.part}`, course.beyond && "points beyond the limits allowed"];
  element("terms").textContent = terms.filter(Boolean).join(", ");
  element("exercise-choice").hidden = course.exercises.length < 2;
  element("exercise").append(...course.exercises.map((one) => make("option", { value: one.number, textContent: one.title })));
  bind();
  element("keys").open = matchMedia("(min-width: 60rem)").matches;
  const [, number, id] = location.hash.match(/^#(\d+)\/([0-9a-f]+)$/) || [];
  await attempt(() => choose(Number(number || 1), id));
  const look = async () => { await watch().catch((error) => say(error.message, "bad")); setTimeout(look, EVERY); };
  setTimeout(look, EVERY);
  document.documentElement.dataset.ready = "yes";
}

start();
