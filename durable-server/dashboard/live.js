// Asking again and again, gently: one request at a time, a pause between, longer ones after failures, and none while the
// page is in the background.

const PAUSE = 500;
const SLOWEST = 30_000;

/** Follows something: `look` asks once and may take as long as the server lets it wait. Returns what ends it. */
export function follow(look, { pause = PAUSE, onError = () => {} } = {}) {
  let stopped = false;
  let request = new AbortController();
  let wake = () => {};
  const onVisibility = () => {
    if (document.hidden) request.abort();
    wake();
  };
  document.addEventListener("visibilitychange", onVisibility);

  const sleep = (milliseconds) => new Promise((resolve) => {
    const timer = Number.isFinite(milliseconds) ? setTimeout(resolve, milliseconds) : undefined;
    wake = () => { clearTimeout(timer); resolve(); };
  });

  (async () => {
    let wait = pause;
    while (!stopped) {
      if (document.hidden) {
        state("paused");
        await sleep(Infinity);
        continue;
      }
      request = new AbortController();
      try {
        await look(request.signal);
        if (stopped) break;
        state("live");
        wait = pause;
      } catch (error) {
        if (stopped || error.name === "AbortError") continue;
        wait = Math.min(Math.max(wait, PAUSE) * 2, SLOWEST);
        state("lost");
        if (onError(error) === "stop") break;
      }
      await sleep(wait);
    }
  })();

  return {
    /** Asks again at once. */
    now() { request.abort(); wake(); },
    stop() {
      stopped = true;
      request.abort();
      wake();
      document.removeEventListener("visibilitychange", onVisibility);
      state("");
    },
  };
}

const TEXTS = { live: "live", paused: "paused", lost: "no answer, trying again", "": "" };

function state(name) {
  const element = document.getElementById("live");
  if (element.dataset.state === name) return;
  element.dataset.state = name;
  element.textContent = TEXTS[name];
}
