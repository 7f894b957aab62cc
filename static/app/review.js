// Deciding by keyboard: a digit chooses the verdict and moves to its first field, Ctrl and Enter sends.
(function () {
  "use strict";

  var first = { approve: "starts_on", otherwise: "level", deny: "deny_reason", ask: "question" };

  document.addEventListener("keydown", function (event) {
    var form = document.querySelector("form.verdict");
    if (!form) { return; }
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      form.requestSubmit();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey) { return; }
    if (event.target.closest("input:not([type=radio]), textarea, select, [contenteditable]")) { return; }
    var choice = form.querySelectorAll("[name=verdict]")[Number(event.key) - 1];
    if (!choice) { return; }
    event.preventDefault();
    choice.checked = true;
    var field = form.elements[first[choice.value]] || form.elements.units;
    if (field) { field.focus(); }
  });
})();
