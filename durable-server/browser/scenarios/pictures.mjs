// Pictures for the documentation: made where `PICTURES` names a folder, and only looked at otherwise.

import { mkdir } from "node:fs/promises";
import path from "node:path";

const WIDE = { width: 1360, height: 720 };
const NARROW = { width: 420, height: 860 };

export default async function pictures({ open, api }) {
  const folder = process.env.PICTURES;
  if (folder) await mkdir(folder, { recursive: true });
  const versions = await api("GET", "durable/versions");
  const failed = (await api("GET", "durable/instances?runtimeStatus=Failed&newestFirst=true")).items[0].instanceId;
  const shots = [
    ["instances-light", "", WIDE, "light", (page) => page.locator("tbody tr:not(.gap)").nth(12).waitFor()],
    ["instances-dark", "#/instances?status=Running,Failed,Suspended", WIDE, "dark", (page) => page.locator("tbody tr:not(.gap)").nth(5).waitFor()],
    ["instance-dark", "#/instances/order-1043", WIDE, "dark", async (page) => {
      await page.locator('[data-kind="sub-orchestration"]').waitFor();
      await page.locator(".tree a").first().waitFor();
    }],
    ["failed-light", `#/instances/${failed}`, WIDE, "light", async (page) => {
      await page.getByRole("button", { name: /charge_card/ }).last().click();
      await page.getByRole("heading", { name: "activity charge_card@1" }).waitFor();
    }],
    ["rewind-dark", `#/instances/${failed}`, WIDE, "dark", async (page) => {
      await page.locator('[data-kind="failed"]').waitFor();
      await page.getByRole("button", { name: "Rewind …" }).click();
      await page.getByRole("dialog").waitFor();
    }],
    ["versions-light", "#/versions", WIDE, "light", (page) => page.getByText("may be deleted").first().waitFor()],
    ["narrow-instance-light", "#/instances/order-1043", NARROW, "light", (page) => page.locator('[data-kind="sub-orchestration"]').waitFor()],
  ];
  if (versions.length === 0) throw new Error("the demo has versions");
  for (const [name, hash, viewport, colorScheme, ready] of shots) {
    const page = await open(hash, { viewport, colorScheme });
    await ready(page);
    if (folder) await page.screenshot({ path: path.join(folder, `${name}.png`) });
    await page.context().close();
  }
}
