// With keys: the page asks for one, keeps it for its tab, shows it in no address, and offers what it allows.

export default async function keys({ open, assert, base }) {
  const page = await open();
  const requests = [];
  page.on("request", (request) => requests.push(request));
  const field = page.getByLabel("Key", { exact: true });
  const enter = async (key) => {
    await field.fill(key);
    await page.getByRole("button", { name: "Look" }).click();
  };
  await field.waitFor();
  assert.equal(await page.getByRole("navigation").isVisible(), false);
  await enter("dk_nonsense");
  await page.getByRole("alert").filter({ hasText: "not known" }).waitFor();
  await enter(process.env.EVENT_KEY);
  await page.getByRole("alert").filter({ hasText: "may not read" }).waitFor();

  await enter(process.env.READ_KEY);
  await page.getByRole("link", { name: "order-1043", exact: true }).click();
  await page.locator('tr[data-kind="sub-orchestration"]').waitFor();
  assert.equal(await page.getByRole("group", { name: "Actions" }).getByRole("button").count(), 0);
  await page.goto(`${base}#/fences`);
  await page.getByText("No fence is up").waitFor();
  assert.equal(await page.getByRole("button", { name: /Put a fence up/ }).count(), 0);

  await page.getByRole("button", { name: "Forget key" }).click();
  await field.waitFor();
  assert.equal(await page.evaluate(() => sessionStorage.getItem("durable-key")), null);
  await enter(process.env.ALL_KEY);
  await page.goto(`${base}#/instances/order-1043`);
  await page.getByRole("button", { name: "Terminate …" }).waitFor();
  await page.getByRole("button", { name: "Raise event …" }).waitFor();

  const secrets = [process.env.READ_KEY, process.env.ALL_KEY, process.env.EVENT_KEY];
  for (const request of requests) {
    for (const secret of secrets) assert.ok(!request.url().includes(secret), "no address holds a key");
  }
  const stored = await page.evaluate(() => JSON.stringify([{ ...localStorage }, document.cookie, location.href]));
  for (const secret of secrets) assert.ok(!stored.includes(secret), "a key is kept for its tab only");
  // Another tab is another visitor.
  const other = await open();
  await other.getByLabel("Key", { exact: true }).waitFor();
}
