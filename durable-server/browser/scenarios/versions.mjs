// Which versions still have work, and which may be deleted; and who is there to do it.

export default async function versions({ open, api, managed, assert }) {
  const page = await open("#/versions");
  const row = (name, version) => page.getByRole("table", { name: `Versions of ${name}` }).getByRole("row").filter({ has: page.getByRole("rowheader", { name: version, exact: true }) });
  await row("order", "1").getByText("drained: may be deleted").waitFor();
  await row("order", "2").getByText("draining").waitFor();
  await row("order", "3").getByText("current").waitFor();
  await row("payout", "7").getByText("stalled").waitFor();
  assert.equal(await page.getByText("may be deleted", { exact: false }).filter({ has: page.locator("svg") }).count(), 1);

  // The last instance of the old version ends, and the page says so.
  await api("POST", `${managed}/order-1013/raiseEvent/approval`, "true");
  await row("order", "2").getByText("drained: may be deleted").waitFor();

  // A count leads to its instances.
  await row("order", "3").getByRole("link", { name: "4", exact: true }).last().click();
  await page.locator("#summary").filter({ hasText: /^4 instances$/ }).waitFor();
  assert.match(page.url(), /name=order&version=3&status=Failed/);

  await page.getByRole("link", { name: "Workers" }).click();
  const worker = page.getByRole("region", { name: "shop-1" });
  await worker.getByText("order@3").waitFor();
  await worker.getByText("charge_card@1").waitFor();
}
