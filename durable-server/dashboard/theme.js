// Runs before the first paint, so that a page that was switched to dark never flashes white.
(() => {
  "use strict";
  const chosen = localStorage.getItem("durable-theme");
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
})();
