// Ten thousand instances: one scrolls through all of them, and few rows are there at a time.

export default async function manyInstances({ open, api, assert, say }) {
  const began = performance.now();
  const page = await open();
  const rows = page.locator("tbody tr:not(.gap)");
  await rows.first().waitFor();
  const first = performance.now() - began;
  const table = page.locator(".scroll");
  const summary = page.locator("#summary");
  const scrolling = performance.now();
  while (!/^10,000 instances$/.test(await summary.textContent())) {
    const before = await summary.textContent();
    await table.evaluate((element) => { element.scrollTop = element.scrollHeight; });
    await page.waitForFunction((text) => document.getElementById("summary").textContent !== text, before);
  }
  const all = performance.now() - scrolling;
  await table.evaluate((element) => { element.scrollTop = element.scrollHeight; });
  await page.getByRole("link", { name: "import-00000", exact: true }).waitFor();
  assert.ok(await rows.count() < 100, "few rows are there");
  assert.equal(await page.getByRole("table").getAttribute("aria-rowcount"), "10001");

  // Every frame of a scroll from the end to the beginning.
  const frames = await table.evaluate(async (element) => {
    const times = [];
    const steps = 120;
    const height = element.scrollHeight;
    let last = performance.now();
    for (let step = steps; step >= 0; step -= 1) {
      element.scrollTop = (height * step) / steps;
      await new Promise(requestAnimationFrame);
      times.push(performance.now() - last);
      last = performance.now();
    }
    return times.sort((a, b) => a - b);
  });
  await page.getByRole("link", { name: "newsletter-09999", exact: true }).waitFor();

  const filtering = performance.now();
  await page.getByRole("searchbox").fill("import-0123");
  await summary.filter({ hasText: /^10 instances$/ }).waitFor();
  const filtered = performance.now() - filtering;
  const asking = performance.now();
  const found = await api("GET", "durable/instances?newestFirst=true&top=200");
  const answered = performance.now() - asking;
  assert.ok(found.items.length >= 100 && found.next);
  const ids = new Set();
  let after = null;
  do {
    const headers = after ? { "x-ms-continuation-token": after } : {};
    const answer = await (await fetch(`${process.env.BASE}durable/instances?newestFirst=true&top=1000`, { headers })).json();
    for (const item of answer.items) {
      assert.ok(!ids.has(item.instanceId), "none comes twice");
      ids.add(item.instanceId);
    }
    after = answer.next;
  } while (after);
  assert.equal(ids.size, 10_000, "and none is left out");
  say(`first rows after ${first.toFixed(0)} ms, all 10,000 after ${all.toFixed(0)} ms more; a frame while scrolling: median ` +
    `${frames[60].toFixed(1)} ms, 95 % ${frames[114].toFixed(1)} ms; a filter ${filtered.toFixed(0)} ms (250 ms of them waiting for more letters); ` +
    `a page of 200 from the server ${answered.toFixed(0)} ms`);
}
