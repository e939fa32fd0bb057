// Dark and light: by the system and by the switch, with enough contrast in both, on every page.

const PAGES = [["", "tbody tr:not(.gap)"], ["#/instances/order-1043", 'tr[data-kind="sub-orchestration"]'], ["#/instances/order-1045", 'tr[data-kind="failed"]'],
  ["#/versions", ".v-deletable"], ["#/workers", ".worker"], ["#/fences", ".panel h2"]];

export default async function themes({ open, assert, say }) {
  const ground = (page) => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const dark = await open("", { colorScheme: "dark" });
  const light = await open("", { colorScheme: "light" });
  const [night, day] = [await ground(dark), await ground(light)];
  assert.notEqual(night, day);
  // The switch goes from the system's choice to light to dark, and is kept.
  const button = dark.locator("#theme");
  await button.click();
  assert.equal(await ground(dark), day);
  assert.equal(await button.getAttribute("aria-label"), "Theme: light");
  await button.click();
  assert.equal(await ground(dark), night);
  await button.click();
  await button.click();
  await dark.reload();
  assert.equal(await ground(dark), day);

  for (const colorScheme of ["light", "dark"]) {
    let looked = 0;
    for (const [hash, ready] of PAGES) {
      const page = await open(hash, { colorScheme });
      await page.locator(ready).first().waitFor();
      const { faint, texts } = await page.evaluate(contrast);
      looked += texts;
      assert.deepEqual(faint, [], `${colorScheme} ${hash}`);
      await page.context().close();
    }
    assert.ok(looked > 200);
    say(`${colorScheme}: ${looked} texts have a contrast of at least 4.5`);
  }
}

/** Runs in the page: finds texts of less contrast than WCAG's level AA asks of small ones. */
function contrast() {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  // A canvas reads every way to write a colour.
  const rgba = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const over = ([r, g, b, a], [r2, g2, b2]) => [r, g, b].map((part, at) => part * (a / 255) + [r2, g2, b2][at] * (1 - a / 255));
  const light = (colour) => {
    const [r, g, b] = colour.map((part) => {
      const value = part / 255;
      return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (element) => {
    const layers = [];
    for (let at = element; at; at = at.parentElement) layers.push(rgba(getComputedStyle(at).backgroundColor));
    return layers.reverse().reduce((below, layer) => over(layer, below), [255, 255, 255]);
  };
  const faint = [];
  let texts = 0;
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.textContent.trim() || !element.checkVisibility() || element.closest("noscript, button:disabled")) continue;
    texts += 1;
    const ground = behind(element);
    const ink = over(rgba(getComputedStyle(element).color), ground);
    const [high, low] = [light(ink), light(ground)].sort((a, b) => b - a);
    const ratio = (high + 0.05) / (low + 0.05);
    if (ratio < 4.5) faint.push(`${walker.currentNode.textContent.trim()}: ${ratio.toFixed(2)}`);
  }
  return { faint, texts };
}
