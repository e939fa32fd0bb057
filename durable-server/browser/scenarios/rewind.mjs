// Whoever looks after the shop finds what failed, rewinds it, and sees it go on.

export default async function rewind({ open, assert }) {
  const page = await open();
  await page.getByRole("checkbox", { name: "Failed" }).check();
  await page.locator("#summary").filter({ hasText: /^4 instances$/ }).waitFor();
  await page.getByRole("link", { name: "order-1045", exact: true }).click();
  const failed = page.getByRole("region", { name: "It failed" });
  await failed.getByText("the card was declined: insufficient funds").first().waitFor();
  await page.locator('tr[data-kind="failed"]').waitFor();

  await page.getByRole("button", { name: "Rewind …" }).click();
  const dialog = page.getByRole("dialog", { name: "Rewind order-1045?" });
  // A version that is none is refused, with the reason, and the dialog stays.
  await dialog.getByRole("textbox", { name: "To version" }).fill("newest");
  await dialog.getByRole("button", { name: "Rewind" }).click();
  await dialog.getByRole("alert").filter({ hasText: "toVersion" }).waitFor();
  await dialog.getByRole("textbox", { name: "To version" }).fill("");
  await dialog.getByRole("textbox", { name: "Reason" }).fill("the customer has another card");
  await dialog.getByRole("button", { name: "Rewind" }).click();
  await dialog.waitFor({ state: "detached" });

  await failed.waitFor({ state: "detached" });
  await page.locator('tr[data-kind="rewound"]').filter({ hasText: "the customer has another card" }).waitFor();
  await page.locator(".instance-head").getByText("Running").waitFor();
  await page.getByText('"waiting for approval"').waitFor();

  // It goes on to its end.
  await page.getByRole("button", { name: "Raise event …" }).click();
  const event = page.getByRole("dialog");
  await event.getByRole("textbox", { name: "Name" }).fill("approval");
  await event.getByRole("textbox", { name: "Data, as JSON" }).fill("tru");
  await event.getByRole("button", { name: "Raise", exact: true }).click();
  await event.getByRole("alert").filter({ hasText: "no JSON" }).waitFor();
  await event.getByRole("textbox", { name: "Data, as JSON" }).fill("true");
  await event.getByRole("button", { name: "Raise", exact: true }).click();
  await page.locator('tr[data-kind="completed"]').waitFor();
  await page.locator(".instance-head").getByText("Completed").waitFor();
  assert.equal(await page.getByRole("button", { name: "Rewind …" }).count(), 0, "what is not failed is not rewound");
}
