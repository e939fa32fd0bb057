// The list: filters, their place in the address, and what changes while one looks.

export default async function list({ open, api, managed, assert }) {
  const page = await open();
  const rows = page.locator("tbody tr:not(.gap)");
  const row = (id) => rows.filter({ has: page.getByRole("link", { name: id, exact: true }) });
  await row("order-1044").waitFor();
  const all = Number((await page.locator("#summary").textContent()).match(/^[\d,]+/)[0]);
  assert.ok(all > 50, `there are ${all}`);
  assert.equal(await page.getByRole("table", { name: "Instances" }).getAttribute("aria-rowcount"), String(all + 1));
  // The newest stands at the top.
  assert.equal(await rows.first().getByRole("link").textContent(), "newsletter-tonight");

  await page.getByRole("checkbox", { name: "Failed" }).check();
  await page.locator("#summary").filter({ hasText: /^4 instances$/ }).waitFor();
  assert.deepEqual(await rows.locator("td.state").allTextContents(), ["Failed", "Failed", "Failed", "Failed"]);
  assert.match(page.url(), /#\/instances\?status=Failed$/);

  // A page that is opened at such an address has the same filter.
  await page.reload();
  await page.locator("#summary").filter({ hasText: /^4 instances$/ }).waitFor();
  assert.ok(await page.getByRole("checkbox", { name: "Failed" }).isChecked());
  await page.getByRole("checkbox", { name: "Failed" }).uncheck();

  await page.getByRole("searchbox").fill("payout");
  await page.locator("#summary").filter({ hasText: /^1 instance$/ }).waitFor();
  await row("payout-2026-11").getByText("Stalled").waitFor();
  await page.getByRole("searchbox").fill("");
  await page.getByRole("combobox", { name: "Orchestrator" }).selectOption("order");
  await page.getByRole("combobox", { name: "Version" }).selectOption("1");
  await page.locator("#summary").filter({ hasText: /^12 instances$/ }).waitFor();
  await page.getByRole("combobox", { name: "Version" }).selectOption("");
  await page.getByRole("textbox", { name: /Tag/ }).fill("region=south");
  await page.getByRole("checkbox", { name: "Blocked" }).check();
  await page.getByText("No instance matches.").waitFor();
  await page.getByRole("textbox", { name: /Tag/ }).fill("region=north");
  await page.keyboard.press("Enter");
  await row("order-1042").getByText("Blocked").waitFor();

  // What ends while one looks is shown as ended, and leaves a list of what runs.
  const running = await open("#/instances?status=Running");
  const live = running.locator("tbody tr:not(.gap)").filter({ has: running.getByRole("link", { name: "order-1013", exact: true }) });
  await live.waitFor();
  await page.goto(`${page.url().split("#")[0]}#/instances?id=order-1013`);
  await row("order-1013").getByText("Running").waitFor();
  await api("POST", `${managed}/order-1013/raiseEvent/approval`, "true");
  await row("order-1013").getByText("Completed").waitFor();
  await live.waitFor({ state: "detached" });

  // What begins while one looks appears at the top.
  await page.goto(`${page.url().split("#")[0]}#/instances?name=newsletter`);
  await row("newsletter-tonight").waitFor();
  const order = { number: 1, customer: "you", cents: 1, gift: false };
  await api("POST", "runtime/webhooks/durabletask/orchestrators/newsletter/newsletter-now", JSON.stringify(order));
  await row("newsletter-now").getByText("Completed").waitFor();
  assert.equal(await rows.first().getByRole("link").textContent(), "newsletter-now");
}
