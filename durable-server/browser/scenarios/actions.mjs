// Each action asks first. Who cancels has done nothing.

export default async function actions({ open, api, managed, assert }) {
  const page = await open("#/instances/order-1044");
  const head = page.locator(".instance-head");
  const act = (name) => page.getByRole("button", { name: `${name} …` });
  const dialog = page.getByRole("dialog");
  const status = async (id) => (await api("GET", `${managed}/${id}`)).runtimeStatus;
  await head.getByText("Running").waitFor();

  await act("Terminate").click();
  await dialog.getByText("It cannot be taken back.").waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "Cancel", "Enter alone ends nothing");
  await page.keyboard.press("Enter");
  await dialog.waitFor({ state: "detached" });
  await act("Terminate").click();
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
  assert.equal(await status("order-1044"), "Running");

  await act("Suspend").click();
  await dialog.getByRole("button", { name: "Suspend" }).click();
  await head.getByText("Suspended").waitFor();
  await act("Resume").click();
  await dialog.getByRole("button", { name: "Resume" }).click();
  await head.getByText("Running").waitFor();

  // Its code waits for an event, and does not look out for the request.
  await act("Ask to end").click();
  await dialog.getByText("it may compensate first").waitFor();
  await dialog.getByRole("textbox", { name: "Reason" }).fill("nobody wants it");
  await dialog.getByRole("button", { name: "Ask to end" }).click();
  await page.locator('tr[data-kind="asked to cancel"]').filter({ hasText: "nobody wants it" }).waitFor();
  assert.equal(await status("order-1044"), "Running");

  await act("Terminate").click();
  await dialog.getByRole("textbox", { name: "Reason" }).fill("it was a test");
  await dialog.getByRole("button", { name: "Terminate" }).click();
  await head.getByText("Terminated").waitFor();
  await page.locator('tr[data-kind="terminated"]').filter({ hasText: "it was a test" }).waitFor();
  assert.equal(await status("order-1044"), "Terminated");

  await act("Restart").click();
  await dialog.getByRole("checkbox", { name: /new id/ }).check();
  await dialog.getByRole("button", { name: "Restart" }).click();
  await page.waitForURL((address) => address.hash.startsWith("#/instances/") && !address.hash.endsWith("order-1044"));
  await page.locator(".instance-head").getByText("Running").waitFor();

  await page.goto(`${page.url().split("#")[0]}#/instances/order-1044`);
  await act("Purge").click();
  await dialog.getByRole("button", { name: "Purge" }).click();
  await page.waitForURL((address) => address.hash === "#/instances");
  await page.getByRole("link", { name: "order-1043", exact: true }).waitFor();
  assert.equal(await page.getByRole("link", { name: "order-1044", exact: true }).count(), 0);

  // A fence is put up and taken down.
  await page.goto(`${page.url().split("#")[0]}#/fences`);
  await page.getByText("No fence is up").waitFor();
  await act("Put a fence up").click();
  await dialog.getByRole("textbox", { name: "Name" }).fill("release-7");
  await dialog.getByRole("textbox", { name: "Reason" }).fill("release 7");
  await dialog.getByRole("textbox", { name: "Orchestrators" }).fill("order@3, shipment");
  await dialog.getByRole("button", { name: "Put up" }).click();
  await page.getByRole("row", { name: /release-7/ }).getByText("order@3, shipment").waitFor();
  assert.equal((await api("GET", "durable/fences"))[0].reason, "release 7");
  await act("Take down").click();
  await dialog.getByRole("button", { name: "Take down" }).click();
  await page.getByText("No fence is up").waitFor();
}
