// Ids, tags, reasons and payloads that would be markup on a careless page are texts on this one.

const IDS = ["<img src=x onerror=window.hacked=1>", "<script>window.hacked=1"];

export default async function hostile({ open, assert, provoke }) {
  for (const id of IDS) {
    const page = await open();
    const untouched = () => page.evaluate(() => window.hacked === undefined && !document.querySelector("main img, main script, [onerror], [onload]"));
    await page.getByRole("link", { name: id, exact: true }).waitFor();
    assert.ok(await untouched());
    await page.getByRole("link", { name: id, exact: true }).click();
    await page.getByRole("heading", { name: id, exact: true }).waitFor();
    await page.locator('tr[data-kind="terminated"]').waitFor();
    await page.getByText("</script><script>window.hacked=1</script>").first().waitFor();
    await page.getByText('"><svg onload=window.hacked=1>').waitFor();
    await page.locator('tr[data-kind="started"]').getByRole("button").click();
    await page.getByRole("region", { name: "Step" }).getByText("</script>").first().waitFor();
    await page.getByRole("button", { name: "Purge …" }).click();
    await page.getByRole("dialog", { name: `Purge ${id}?` }).waitFor();
    assert.ok(await untouched());
    assert.equal(await page.title(), `${id} · durable`);
    provoke("requires 'TrustedHTML' assignment");
    // The browser itself refuses markup made of text, and scripts within the page.
    const refused = await page.evaluate(() => {
      try {
        document.body.innerHTML = "<b>text</b>";
        return false;
      } catch (error) {
        return error instanceof TypeError;
      }
    });
    assert.ok(refused, "the policy holds");
    await page.context().close();
  }
}
