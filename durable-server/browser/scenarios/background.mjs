// A page that nobody sees asks nothing, and goes on when it is seen again.

export default async function background({ open, assert }) {
  const page = await open();
  let asked = 0;
  page.on("request", () => { asked += 1; });
  const next = () => page.waitForRequest(/durable\/instances/);
  await next();
  const hide = (hidden) => page.evaluate((value) => {
    Object.defineProperty(document, "hidden", { configurable: true, get: () => value });
    document.dispatchEvent(new Event("visibilitychange"));
  }, hidden);
  await hide(true);
  await page.locator("#live").filter({ hasText: "paused" }).waitFor();
  const before = asked;
  // Longer than two of its pauses, by its own clock.
  await page.evaluate(() => new Promise((resolve) => { setTimeout(resolve, 5000); }));
  assert.equal(asked, before);
  await Promise.all([next(), hide(false)]);
  await page.locator("#live").filter({ hasText: "live" }).waitFor();
}
