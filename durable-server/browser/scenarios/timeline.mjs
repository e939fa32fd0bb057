// One instance: its retries, timer, event and child, its data, and what happens while one looks.

export default async function timeline({ open, api, managed, assert }) {
  const page = await open("#/instances/order-1043");
  const line = (kind) => page.locator(`tr[data-kind="${kind}"]`);
  await line("sub-orchestration").waitFor();
  const charges = line("activity").filter({ hasText: "charge_card@1" });
  assert.equal(await charges.count(), 3);
  assert.deepEqual(await charges.locator(".attempt").allTextContents(), ["1/3", "2/3", "3/3"]);
  const outcomes = await charges.evaluateAll((rows) => rows.map((row) => row.dataset.outcome));
  assert.deepEqual(outcomes, ["failed", "failed", "done"]);
  assert.equal(await line("pause").count(), 2);
  assert.equal(await line("timer").count(), 1);
  assert.equal(await line("event").count(), 1);

  // By time, each bar begins where the one before it ended.
  const steps = page.getByRole("checkbox", { name: "by step" });
  assert.ok(await steps.isChecked(), "an hour of waiting would leave no room for the steps");
  await steps.uncheck();
  await page.getByRole("button", { name: "Zoom in (+)" }).waitFor();
  const box = (locator) => locator.locator(".bar").boundingBox();
  await charges.first().getByRole("button").focus();
  for (let press = 0; press < 8; press += 1) await page.keyboard.press("+");
  const [first, pause] = [await box(charges.first()), await box(line("pause").first())];
  assert.ok(Math.abs(first.x + first.width - pause.x) < 4, `${JSON.stringify([first, pause])}`);
  await page.keyboard.press("0");

  // A step tells all it knows.
  await charges.first().getByRole("button").click();
  const detail = page.getByRole("region", { name: "Step" });
  await detail.locator(".message").filter({ hasText: "the bank does not answer: connection reset by peer" }).waitFor();
  await detail.getByText('"customer": "Radia Perlman"').waitFor();
  await page.keyboard.press("Escape");
  await detail.waitFor({ state: "hidden" });

  // Its child is in the family, and leads there and back.
  const family = page.getByRole("region", { name: "Family" });
  await family.getByRole("link").click();
  await page.getByRole("heading", { name: /^order-1043:/ }).waitFor();
  await page.getByText("called by").getByRole("link", { name: "order-1043" }).click();
  await page.getByRole("heading", { name: "order-1043", exact: true }).waitFor();

  // What its child waits for comes, and both are seen to end.
  await page.getByRole("region", { name: "Waits for" }).getByRole("link").waitFor();
  const child = await page.getByRole("region", { name: "Waits for" }).getByRole("link").textContent();
  await api("POST", `${managed}/${encodeURIComponent(child)}/raiseEvent/picked-up`, '"by the carrier"');
  await line("completed").waitFor();
  await page.locator(".instance-head").getByText("Completed").waitFor();
  await page.getByRole("region", { name: "Waits for" }).waitFor({ state: "detached" });
  await page.locator(".payload").filter({ hasText: "Output" }).getByText('"paid-1043"').waitFor();
  assert.equal(await line("sub-orchestration").getAttribute("data-outcome"), "done");

  await page.goto(`${page.url().split("#")[0]}#/instances/nobody`);
  await page.getByText("There is no instance nobody.").waitFor();
}
