// The little that the pages do themselves; everything else is a link, a form or htmx.
(function () {
  "use strict";

  // A form is sent once: a second click on a slow line would ask twice.
  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (form.method !== "post" || form.hasAttribute("hx-post")) { return; }
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "yes";
    form.setAttribute("aria-busy", "true");
  });
  addEventListener("pageshow", function () {
    document.querySelectorAll("form[data-sent]").forEach(function (form) {
      delete form.dataset.sent;
      form.removeAttribute("aria-busy");
    });
  });

  // Controls that apply as soon as they change (page size, month); the form keeps its button for those without script.
  document.addEventListener("change", function (event) {
    if (event.target.matches("[data-autosubmit]")) { event.target.form.requestSubmit(); }
  });

  // "/" goes to the search box, unless the person is writing.
  document.addEventListener("keydown", function (event) {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) { return; }
    if (event.target.closest("input, textarea, select, [contenteditable]")) { return; }
    var box = document.getElementById("shell-search");
    if (box) { event.preventDefault(); box.focus(); }
  });

  // Filters stand open on a wide screen and folded on a phone.
  var narrow = matchMedia("(max-width: 767.98px)");
  var fold = function () {
    document.querySelectorAll("details.filters").forEach(function (details) {
      details.open = !narrow.matches || details.hasAttribute("data-active");
    });
  };
  addEventListener("DOMContentLoaded", fold);
  narrow.addEventListener("change", fold);

  // The first thing wrong in a refused form gets the focus.
  addEventListener("DOMContentLoaded", function () {
    var summary = document.querySelector("[data-error-summary]");
    if (summary) { summary.focus(); }
  });

  var offline = function () {
    var bar = document.getElementById("offline-bar");
    if (bar) { bar.hidden = navigator.onLine; }
  };
  addEventListener("online", offline);
  addEventListener("offline", offline);
  document.addEventListener("htmx:sendError", function () {
    var bar = document.getElementById("offline-bar");
    if (bar) { bar.hidden = false; }
  });
  document.addEventListener("htmx:afterRequest", function (event) {
    if (event.detail.successful) { offline(); }
  });
})();
