// A server that answers slowly is asked seldom: at most a tenth of the time goes by while it answers.

/** How long each answer takes at least, in milliseconds. */
const ANSWER = 500;

export default async function slow({ open, assert }) {
  const page = await open();
  await page.locator("#live").filter({ hasText: "live" }).waitFor();
  const list = (request) => request.url().includes("durable/instances?");
  await page.route((url) => url.pathname.endsWith("durable/instances"), async (route) => {
    await new Promise((resolve) => { setTimeout(resolve, ANSWER); });
    await route.continue();
  });
  // The first that is slow from its beginning, and two after it.
  const pauses = [];
  let answered;
  for (let time = 0; time < 3; time += 1) {
    await page.waitForRequest(list);
    if (answered !== undefined) pauses.push(performance.now() - answered);
    await page.waitForEvent("requestfinished", { predicate: list });
    answered = performance.now();
  }
  for (const pause of pauses) assert.ok(pause > ANSWER * 8, `it pauses for ${pause} ms`);
}
