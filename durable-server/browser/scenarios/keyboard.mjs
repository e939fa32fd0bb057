// Everything by keyboard alone.

export default async function keyboard({ open, assert }) {
  const page = await open();
  const rows = page.locator("tbody tr:not(.gap)");
  const focused = () => page.evaluate(() => document.activeElement.textContent);
  await rows.nth(5).waitFor();
  await page.keyboard.press("/");
  assert.equal(await page.evaluate(() => document.activeElement.id), "search");
  await page.keyboard.type("order-104");
  await page.locator("#summary").filter({ hasText: /^7 instances$/ }).waitFor();
  assert.equal(await page.getByRole("searchbox").inputValue(), "order-104", "its keys are letters there");
  await page.keyboard.press("Escape");
  await page.keyboard.press("j");
  assert.equal(await focused(), "order-1045");
  await page.keyboard.press("j");
  await page.keyboard.press("j");
  await page.keyboard.press("k");
  assert.equal(await focused(), "order-1044");
  await page.keyboard.press("G");
  assert.equal(await focused(), "order-1040");
  await page.keyboard.press("g");
  assert.equal(await focused(), "order-1045");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "order-1045" }).waitFor();
  await page.locator('tr[data-kind="failed"]').waitFor();

  // Steps are walked through, and Escape goes back step by step.
  await page.keyboard.press("j");
  await page.getByRole("region", { name: "Step" }).getByRole("heading", { name: "started order@3" }).waitFor();
  await page.keyboard.press("j");
  await page.getByRole("region", { name: "Step" }).getByRole("heading", { name: "activity reserve_stock@1" }).waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("region", { name: "Step" }).waitFor({ state: "hidden" });
  await page.keyboard.press("Escape");
  await page.locator("#summary").filter({ hasText: /^7 instances$/ }).waitFor();

  await page.keyboard.press("?");
  const help = page.getByRole("dialog", { name: "Keys" });
  await help.getByText("find an instance").waitFor();
  await page.keyboard.press("Escape");
  await help.waitFor({ state: "detached" });
  await page.keyboard.press("2");
  await page.getByRole("heading", { name: "Versions", exact: true }).waitFor();
  await page.keyboard.press("1");
  await rows.first().waitFor();

  // What has the focus is seen to have it, and the tab key reaches the content at once.
  await page.reload();
  await rows.first().waitFor();
  await page.keyboard.press("Tab");
  assert.equal(await focused(), "Skip to the content");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Tab");
  const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
  assert.equal(outline, "solid");
}
