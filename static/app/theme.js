// Runs before the first paint: the stored theme, else the system's.
(function () {
  var root = document.documentElement, key = "theme", stored = null;
  try { stored = localStorage.getItem(key); } catch (e) { /* storage refused: the system's theme serves */ }
  var set = function (theme) { root.setAttribute("data-bs-theme", theme); };
  var dark = function () { return root.getAttribute("data-bs-theme") === "dark"; };
  set(stored || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light"));

  var mark = function () {
    document.querySelectorAll("[data-theme-toggle]").forEach(function (button) {
      button.setAttribute("aria-pressed", dark());
    });
  };
  addEventListener("DOMContentLoaded", mark);
  document.addEventListener("click", function (event) {
    if (event.target.closest("[data-theme-toggle]")) {
      set(dark() ? "light" : "dark");
      mark();
      try { localStorage.setItem(key, dark() ? "dark" : "light"); } catch (e) { /* lasts for this page */ }
    }
    if (event.target.closest("[data-print]")) { window.print(); }
  });
  // Paper is always light; the figures in <details> belong on it.
  var before = null, opened = [];
  addEventListener("beforeprint", function () {
    before = root.getAttribute("data-bs-theme");
    set("light");
    opened = Array.from(document.querySelectorAll("main details:not([open]):not(.filters)"));
    opened.forEach(function (details) { details.open = true; });
  });
  addEventListener("afterprint", function () {
    set(before || "light");
    opened.forEach(function (details) { details.open = false; });
  });
})();
