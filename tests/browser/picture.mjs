// Takes a picture of a report for the README:
//
//   node picture.mjs report.html picture.png [WIDTH HEIGHT [SELECTOR]]
//
// Without a selector it is the first screen, else the first element that fits, unfolded.

import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';

const [report, picture, width = '1200', height = '1000', selector] = process.argv.slice(2);
const browser = await chromium.launch({
  executablePath: process.env.TMFCTK_CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu'],
});
try {
  const page = await browser.newPage({ viewport: { width: Number(width), height: Number(height) } });
  await page.goto(pathToFileURL(resolve(report)).href);
  if (selector) {
    const element = page.locator(selector).first();
    for (const folded of await element.locator('details').all()) {
      await folded.evaluate((details) => { details.open = true; });
    }
    await element.evaluate((found) => found.scrollIntoView());
    const { x, y, width: wide, height: high } = await element.boundingBox();
    const clip = { x: x - 16, y, width: wide + 32, height: Math.min(high, Number(height) - y) };
    await page.screenshot({ path: picture, clip });
  } else {
    await page.screenshot({ path: picture });
  }
} finally {
  await browser.close();
}
