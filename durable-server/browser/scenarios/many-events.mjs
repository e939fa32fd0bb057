// Ten thousand events in one history.

export default async function manyEvents({ open, api, managed, assert, say }) {
  const began = performance.now();
  const page = await open("#/instances/audit-2026");
  const rows = page.locator(".timeline tbody tr:not(.gap)");
  await rows.nth(5).waitFor();
  const first = performance.now() - began;
  const answer = await api("GET", "durable/instances/audit-2026/timeline");
  assert.ok(answer.events >= 10_000, `${answer.events} events`);
  assert.ok(await rows.count() < 100, "few rows are there");
  assert.equal(await page.getByRole("table", { name: "Timeline" }).getAttribute("aria-rowcount"), String(answer.items.length + 1));

  const frames = await page.locator(".timeline .scroll").evaluate(async (element) => {
    const times = [];
    let last = performance.now();
    for (let step = 0; step <= 120; step += 1) {
      element.scrollTop = (element.scrollHeight * step) / 120;
      await new Promise(requestAnimationFrame);
      times.push(performance.now() - last);
      last = performance.now();
    }
    return times.sort((a, b) => a - b);
  });
  const zooming = await page.evaluate(async () => {
    const times = [];
    for (let step = 0; step < 12; step += 1) {
      const begin = performance.now();
      dispatchEvent(new KeyboardEvent("keydown", { key: step < 6 ? "+" : "-" }));
      await new Promise(requestAnimationFrame);
      times.push(performance.now() - begin);
    }
    return times.sort((a, b) => a - b);
  });
  await page.getByRole("checkbox", { name: "only problems" }).check();
  await rows.filter({ hasText: "charge_card@1" }).first().waitFor();
  assert.equal(await rows.filter({ hasText: "pack@1" }).count(), 0);
  await page.getByRole("checkbox", { name: "only problems" }).uncheck();

  // A change is told as a change, and not as the whole history again.
  const known = await api("GET", "durable/instances/audit-2026/timeline");
  const waiting = page.waitForResponse((response) => response.url().includes("known=") && response.status() === 200);
  await api("POST", `${managed}/audit-2026/raiseEvent/signed`, "null");
  await page.locator(".instance-head").getByText("Completed").waitFor();
  const told = await (await waiting).json();
  assert.equal(told.whole, false);
  assert.ok(told.items.length < 10, `${told.items.length} items`);
  say(`${known.events} events, ${known.items.length} items: first rows after ${first.toFixed(0)} ms; a frame while scrolling: median ` +
    `${frames[60].toFixed(1)} ms, 95 % ${frames[114].toFixed(1)} ms; a zoom: median ${zooming[6].toFixed(1)} ms, slowest ${zooming[11].toFixed(1)} ms`);
}
