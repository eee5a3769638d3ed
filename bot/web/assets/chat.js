// Asks without leaving the page. Without this script the same forms are posted
// as they are, and the server answers with the whole page.
"use strict";

const byId = (id) => document.getElementById(id);
const log = byId("log");
const input = byId("text");
const waiting = byId("waiting");
const restart = byId("restart");

const slowAfterMs = 500;
const giveUpAfterMs = 15000;

let queue = Promise.resolve(); // one question after the other, in the order asked

document.addEventListener("submit", (event) => {
  const button = event.submitter;
  if (event.target.matches(".feedback")) {
    event.preventDefault();
    judge(event.target, button);
    return;
  }
  const picked = button && button.name === "choice";
  const text = input.value.trim();
  if (!picked && text === "") {
    event.preventDefault();
    input.focus();
    return;
  }
  event.preventDefault();
  const question = picked
    ? { label: button.textContent, form: { choice: button.value }, picked, startOver: button === restart }
    : { label: text, form: { text } };
  if (!picked) input.value = "";
  queue = queue.then(() => ask(question));
});

// judge sends a verdict and puts what comes back in the form's place: the next
// question, thanks, or why it was not taken.
async function judge(form, button) {
  const fields = new URLSearchParams(new FormData(form, button));
  fields.set("part", "1");
  for (const b of form.querySelectorAll("button")) b.disabled = true;
  try {
    const next = await fetchPart("/feedback", fields);
    form.replaceWith(next);
    next.querySelector("p").focus({ preventScroll: true });
  } catch (failure) {
    for (const b of form.querySelectorAll("button")) b.disabled = false;
    form.querySelector("p").textContent = failure.message;
    button.focus();
  }
}

async function ask(question) {
  log.setAttribute("aria-busy", "true"); // announce question and answer in one go
  const asked = addQuestion(question.label);
  const slow = setTimeout(() => { waiting.textContent = "Looking that up…"; }, slowAfterMs);
  try {
    const answer = await fetchPart("/turn", new URLSearchParams(question.form));
    if (question.startOver) log.replaceChildren();
    log.append(answer);
    restart.hidden = Boolean(question.startOver);
    show(question.startOver ? answer : asked, answer, question.picked);
  } catch (failure) {
    addFailure(asked, question, failure);
  } finally {
    clearTimeout(slow);
    waiting.textContent = "";
    log.removeAttribute("aria-busy");
  }
}

// fetchPart returns the element that a form is answered with. What it throws has a
// message for the reader when the server sent one.
async function fetchPart(address, fields) {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), giveUpAfterMs);
  let reply, body;
  try {
    reply = await fetch(address, { method: "POST", body: fields, signal: stop.signal });
    body = await reply.text();
  } catch {
    throw new Error("The question did not get through. Please check your connection.");
  } finally {
    clearTimeout(timer);
  }
  const type = reply.headers.get("Content-Type") || "";
  if (!reply.ok) {
    throw new Error(type.startsWith("text/plain") ? body.trim() : "The server could not answer just now.");
  }
  const holder = document.createElement("template");
  holder.innerHTML = body; // our own server's, escaped there
  return holder.content.firstElementChild;
}

function addQuestion(label) {
  const asked = document.createElement("p");
  asked.className = "asked";
  const who = document.createElement("span");
  who.className = "hidden";
  who.textContent = "You asked: ";
  const words = document.createElement("bdi");
  words.textContent = label;
  asked.append(who, words);
  log.append(asked);
  return asked;
}

// show brings the new turn into view. Someone who typed on a keyboard goes on
// typing; someone who pressed a button, or whose on-screen keyboard hides the
// answer, is taken to it.
function show(top, answer, picked) {
  for (const menu of log.querySelectorAll("details[open]")) menu.open = false;
  if (picked || matchMedia("(pointer: coarse)").matches) {
    answer.querySelector("h2").focus({ preventScroll: true });
  }
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  top.scrollIntoView({ block: "start", behavior: still ? "auto" : "smooth" });
}

function addFailure(asked, question, failure) {
  const box = byId("failed").content.firstElementChild.cloneNode(true);
  box.querySelector("span").textContent = failure.message;
  const again = box.querySelector("button");
  again.addEventListener("click", () => {
    asked.remove();
    box.remove();
    queue = queue.then(() => ask({ ...question, picked: true })); // the pressed button is gone
  });
  log.append(box);
  box.scrollIntoView({ block: "nearest" });
  if (question.picked) again.focus();
}
