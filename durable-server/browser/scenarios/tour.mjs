// The tour of the README: what it tells to do in the browser, and its pictures. `MEND` is the command that it gives to mend
// what is wrong, and `FOLDER` where the shop is.

import { execFileSync } from "node:child_process";
import { mkdir } from "node:fs/promises";
import path from "node:path";

export default async function tour({ open, assert }) {
  const folder = process.env.PICTURES;
  if (folder) await mkdir(folder, { recursive: true });
  const page = await open("", { viewport: { width: 1360, height: 560 } });
  const picture = async (name) => {
    if (folder) await page.screenshot({ path: path.join(folder, `${name}.png`) });
  };
  const row = (id, state) => page.locator("tbody tr").filter({ hasText: id }).filter({ hasText: state });
  await row("order-1", "Completed").waitFor();
  await row("order-2", "Completed").waitFor();
  await row("order-3", "Failed").waitFor();
  await picture("tour-1");

  await page.getByRole("checkbox", { name: "Failed" }).check();
  await page.locator("#summary").filter({ hasText: /^1 instance$/ }).waitFor();
  await page.getByRole("link", { name: "order-3", exact: true }).click();
  const failed = page.getByRole("region", { name: "It failed" });
  await failed.getByText("there is no price for `samovar` in tour-prices.txt").first().waitFor();
  await page.locator('tr[data-kind="failed"]').waitFor();
  await picture("tour-2");

  execFileSync("bash", ["-c", process.env.MEND], { cwd: process.env.FOLDER });
  await page.getByRole("button", { name: "Rewind …" }).click();
  const dialog = page.getByRole("dialog", { name: "Rewind order-3?" });
  await dialog.getByRole("textbox", { name: "Reason" }).fill("the samovar has its price");
  await dialog.getByRole("button", { name: "Rewind" }).click();
  await dialog.waitFor({ state: "detached" });

  await page.locator(".instance-head").getByText("Completed").waitFor();
  await page.getByText("a samovar for 42000 cents is on its way").first().waitFor();
  const text = await page.locator("body").innerText();
  assert.equal(text.split("reserve@1").length - 1, 1, "what was done is not done again");
  await picture("tour-3");
}
