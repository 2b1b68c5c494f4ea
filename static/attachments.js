// Sends files while their message is written, with progress, by choosing, dropping or pasting. Without this file the
// same control sends them with the form.
"use strict";

(() => {
  document.documentElement.classList.add("js");
  const queues = new WeakMap();
  const fieldOf = (node) => node.closest(".attaching") ?? node.closest("form")?.querySelector(".attaching");
  const queueOf = (field) => {
    if (!queues.has(field)) queues.set(field, { waiting: [], running: null, submitter: undefined });
    return queues.get(field);
  };
  const say = (field, text) => { field.querySelector("[role=status]").textContent = text; };
  const listOf = (field) => field.querySelector("ul.attachments");

  // With a button for removing it, a file needs no tick; a hidden control is sent just as well.
  const prepare = (root) => {
    for (const box of root.querySelectorAll("input[name=attachments][type=checkbox]")) box.type = "hidden";
  };

  const add = (field, files) => {
    const queue = queueOf(field);
    for (const file of files) {
      const item = field.querySelector("template").content.firstElementChild.cloneNode(true);
      item.querySelector(".attachment-name").textContent = file.name;
      const many = listOf(field).querySelectorAll(".attachment:not(.attachment-refused)").length >= Number(field.dataset.most);
      listOf(field).append(item);
      if (many) refuse(field, item, field.dataset.many);
      else if (file.size > Number(field.dataset.megabytes) * 1024 * 1024) refuse(field, item, field.dataset.large);
      else queue.waiting.push({ file, item });
    }
    next(field);
  };

  const refuse = (field, item, text, html) => {
    item.classList.add("attachment-refused");
    item.querySelector("progress").remove();
    item.querySelector("button").textContent = field.dataset.dismiss;
    const place = item.querySelector(".attachment-problem");
    if (html) place.innerHTML = html;
    else place.append(Object.assign(document.createElement("p"), { className: "problem", textContent: text }));
  };

  // One after the other, so that the files keep the order in which they were chosen.
  const next = (field) => {
    const queue = queueOf(field);
    if (queue.running) return;
    queue.running = queue.waiting.shift() ?? null;
    if (queue.running) send(field, queue.running);
    else if (queue.submitter !== undefined) finish(field, queue);
  };

  const send = (field, job) => {
    const request = new XMLHttpRequest();
    const body = new FormData();
    body.append("files", job.file, job.file.name);
    job.request = request;
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) job.item.querySelector("progress").value = 100 * event.loaded / event.total;
    });
    request.addEventListener("loadend", () => {
      // Who was signed out meanwhile is led to another page, which has no such item.
      const taken = request.status === 200 && itemIn(request.responseText);
      if (taken) accept(field, job.item, taken);
      else if (job.item.isConnected) {
        const told = request.status === 422 || request.status === 429;
        refuse(field, job.item, request.status === 413 ? field.dataset.large : field.dataset.failed, told && request.responseText);
      }
      queueOf(field).running = null;
      next(field);
    });
    request.open("POST", field.dataset.href);
    request.send(body);
  };

  // What is taken is the server's own fragment, in which every name is escaped.
  const itemIn = (html) => {
    const made = document.createElement("template");
    made.innerHTML = html;
    prepare(made.content);
    return made.content.querySelector(".attachment");
  };

  const accept = (field, item, fresh) => {
    const focused = item.contains(document.activeElement);
    item.replaceWith(fresh);
    if (focused) fresh.querySelector("button").focus();
    say(field, field.dataset.added);
  };

  // The message was to be sent while files were on their way.
  const finish = (field, queue) => {
    const submitter = queue.submitter;
    queue.submitter = undefined;
    const refused = field.querySelector(".attachment-refused button");
    if (refused) refused.focus();
    else field.closest("form").requestSubmit(submitter);
  };

  const take = (field, item) => {
    const queue = queueOf(field);
    queue.waiting = queue.waiting.filter((job) => job.item !== item);
    const others = [...listOf(field).querySelectorAll("button")].filter((button) => !item.contains(button));
    item.remove();
    (others[0] ?? field.querySelector("input[type=file]")).focus();
    say(field, field.dataset.removed);
    if (queue.running?.item === item) queue.running.request.abort();
  };

  document.addEventListener("change", (event) => {
    if (!event.target.matches(".attaching input[type=file]")) return;
    add(fieldOf(event.target), [...event.target.files]);
    event.target.value = "";
  });

  document.addEventListener("click", (event) => {
    const button = event.target.closest(".attaching [data-remove], .attaching [data-cancel]");
    if (!button) return;
    if (button.dataset.remove) fetch(button.dataset.remove, { method: "POST" });
    take(fieldOf(button), button.closest(".attachment"));
  });

  document.addEventListener("submit", (event) => {
    const field = event.target.querySelector(".attaching");
    if (!field || !(queueOf(field).running || queueOf(field).waiting.length)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    queueOf(field).submitter = event.submitter ?? null;
    say(field, field.dataset.waiting);
  }, true);

  // Files that are dropped beside the form would open in place of the page and of what was written.
  for (const kind of ["dragover", "dragleave", "drop"]) {
    document.addEventListener(kind, (event) => {
      if (!document.querySelector(".attaching") || ![...event.dataTransfer.types].includes("Files")) return;
      event.preventDefault();
      const field = event.target instanceof Element ? fieldOf(event.target) : null;
      for (const other of document.querySelectorAll(".attaching")) other.classList.toggle("attaching-over", other === field && kind === "dragover");
      if (kind === "drop" && field) add(field, [...event.dataTransfer.files]);
    });
  }

  document.addEventListener("paste", (event) => {
    const field = event.target instanceof Element ? fieldOf(event.target) : null;
    if (!field || !event.clipboardData.files.length) return;
    event.preventDefault();
    add(field, [...event.clipboardData.files]);
  });

  document.addEventListener("htmx:after:swap", () => prepare(document));
  prepare(document);
})();
