// Asking again and again, gently: one request at a time, a pause between, longer ones after failures and where answers take
// long, and none while the page is in the background.

const PAUSE = 500;
/** The pause after an answer, in multiples of the time that it took: a tenth of the time at most is spent on asking. */
const REST = 9;
const SLOWEST = 30_000;

/**
 * Follows something: `look` asks once. With `waits` the server lets it wait for a change, so that the time it takes is no work.
 * Returns what ends it.
 */
export function follow(look, { pause = PAUSE, waits = false, onError = () => {} } = {}) {
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
      const begun = performance.now();
      try {
        await look(request.signal);
        if (stopped) break;
        state("live");
        wait = waits ? pause : Math.max(pause, (performance.now() - begun) * REST);
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
