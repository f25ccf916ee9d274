// Opens rendered reports in Debian's Chromium: do they show, stay silent, print, and read well?
//
//   npm ci
//   TMFCTK_REPORTS=one/report.html:two/report.html TMFCTK_DOCUMENTS=dossier/certification-document.html \
//     TMFCTK_APART=one/index.html npm test
//
// `cargo test --test library` leaves pages of every kind in target/tmp/reports/*/report.html.
// TMFCTK_CHROMIUM names another browser than /usr/bin/chromium, TMFCTK_SHOTS a folder for pictures.

import assert from 'node:assert/strict';
import { mkdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { basename, dirname, join, resolve } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const reports = (process.env.TMFCTK_REPORTS ?? '').split(':').filter(Boolean).map((path) => resolve(path));
const documents = (process.env.TMFCTK_DOCUMENTS ?? '').split(':').filter(Boolean).map((path) => resolve(path));
const apart = (process.env.TMFCTK_APART ?? '').split(':').filter(Boolean).map((path) => resolve(path));
const shots = process.env.TMFCTK_SHOTS;

let browser;
before(async () => {
  browser = await chromium.launch({
    executablePath: process.env.TMFCTK_CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu'],
  });
});
after(() => browser?.close());

/** Opens a report in a context of its own; `seen` gathers what a report must not do. */
const open = async (t, report, options = {}) => {
  const context = await browser.newContext(options);
  t.after(() => context.close());
  const page = await context.newPage();
  const seen = { requests: [], messages: [], dialogs: [] };
  const own = pathToFileURL(report).href;
  page.on('request', (request) => {
    const url = request.url();
    if (url.split('#')[0] !== own && !url.startsWith('data:')) seen.requests.push(url);
  });
  page.on('console', (message) => seen.messages.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => seen.messages.push(`error: ${error.message}`));
  page.on('dialog', (dialog) => {
    seen.dialogs.push(dialog.message());
    return dialog.dismiss();
  });
  await page.goto(own);
  return { page, seen };
};

test('there are reports to look at', () => {
  assert.ok(reports.length > 0, 'TMFCTK_REPORTS names no report');
});

// Structure is the same in both themes and, but for what a report has not, in all reports: all rules
// are held against the first one, and against the others those for what differs.
const ALL = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'];
const COLOURS = { type: 'rule', values: ['color-contrast', 'link-in-text-block', 'scrollable-region-focusable'] };

for (const [index, report] of reports.entries()) {
  describe(join(basename(dirname(report)), basename(report)), () => {
    test('shows its verdict, asks nothing of the network, and complains of nothing', async (t) => {
      const { page, seen } = await open(t, report);
      assert.match(await page.locator('header .verdict-word').innerText(), /^(Conformant|Non-conformant|Inconclusive)$/);
      assert.equal(await page.locator('.levels > .level').count(), 5);
      assert.equal(await page.locator('h1').count(), 1);
      await page.locator('#tool-expand').click();
      for (const link of await page.locator('nav a').all()) await link.click();
      assert.deepEqual(seen, { requests: [], messages: [], dialogs: [] });
    });

    test('stops what its own policy forbids', async (t) => {
      const { page, seen } = await open(t, report);
      await page.evaluate(() => {
        const image = document.createElement('img');
        image.src = 'http://127.0.0.1:9/x.png';
        const script = document.createElement('script');
        script.textContent = 'window.stolen = true';
        document.body.append(image, script);
      });
      assert.equal(await page.evaluate(() => window.stolen), undefined);
      assert.ok(seen.messages.every((message) => message.includes('Content Security Policy')), seen.messages.join('\n'));
      assert.ok(seen.messages.length >= 2);
    });

    test('reads without JavaScript', async (t) => {
      const { page, seen } = await open(t, report, { javaScriptEnabled: false });
      assert.ok(await page.locator('header .verdict-word').isVisible());
      assert.ok(await page.locator('#levels').isVisible());
      assert.equal(await page.locator('#tools').isVisible(), false, 'tools without their script');
      const exchange = page.locator('#evidence details.exchange').first();
      if (await exchange.count()) {
        if (!(await exchange.isVisible())) await page.locator('#evidence .fold > summary').first().click();
        const request = exchange.locator('.start').first();
        assert.equal(await request.isVisible(), false);
        await exchange.locator('summary').first().click();
        assert.ok(await request.isVisible(), 'an exchange unfolds');
      }
      assert.deepEqual(seen.requests, []);
    });

    for (const [colorScheme, width] of [['light', 1400], ['dark', 400]]) {
      test(`has no accessibility violation, ${colorScheme}, ${width} px`, async (t) => {
        const { page } = await open(t, report, { colorScheme, viewport: { width, height: 900 } });
        if (shots) {
          await mkdir(shots, { recursive: true });
          const name = `${basename(dirname(report))}-${width}-${colorScheme}.png`;
          await page.screenshot({ path: join(shots, name) });
        }
        const folded = await page.locator('details.exchange').count();
        // Everything unfolded is what axe must see; of many exchanges some are enough.
        if (folded <= 100) await page.locator('#tool-expand').click();
        await page.evaluate(axe);
        const runOnly = colorScheme === 'light' && index === 0 ? ALL : COLOURS;
        const { violations, passes } = await page.evaluate((only) => window.axe.run({ runOnly: only }), runOnly);
        assert.ok(passes.length > (runOnly === ALL ? 10 : 0), 'axe looked at something');
        assert.deepEqual(
          violations.map(({ id, nodes }) => `${id}: ${nodes.slice(0, 5).map((node) => node.html.slice(0, 160)).join(' | ')}`),
          [],
        );
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
        assert.ok(wide <= 0, `scrolls sideways by ${wide} px`);
      });
    }

    test('searches, filters, and counts what is left', async (t) => {
      const { page } = await open(t, report);
      const total = await page.locator('.item').count();
      const visible = () => page.locator('.item:not([hidden])').count();
      // One by one each question goes to the browser and back: that takes a minute.
      const shown = (attribute) => page
        .locator('.item:not([hidden])')
        .evaluateAll((items, name) => items.map((item) => item.getAttribute(name)), attribute);
      assert.equal(await visible(), total);

      await page.selectOption('#tool-level', 'certification');
      for (const level of await shown('data-level')) assert.equal(level, 'certification');
      await page.locator('#tool-reset').click();
      await page.waitForFunction((all) => document.querySelectorAll('.item:not([hidden])').length === all, total);

      await page.selectOption('#tool-status', 'passed');
      for (const status of await shown('data-status')) assert.equal(status, 'passed');
      await page.locator('#tool-reset').click();

      const id = (await page.locator('.matrix .id').first().innerText()).trim();
      await page.fill('#tool-text', id);
      await page.waitForFunction(() => document.getElementById('tool-count').textContent !== '');
      const left = await visible();
      assert.ok(left >= 1 && left < total, `${left} of ${total}`);
      assert.match(await page.locator('#tool-count').innerText(), /^[\d,]+ of [\d,]+ entries shown$/);

      await page.locator('#tool-reset').click();
      await page.waitForFunction((all) => document.querySelectorAll('.item:not([hidden])').length === all, total);

      assert.ok(await page.locator('#tool-requirements option').count() > 10, 'the ids are offered');
      await page.fill('#tool-requirement', id.toLowerCase());
      await page.waitForFunction((all) => document.querySelectorAll('.item:not([hidden])').length < all, total);
      assert.ok(await visible() >= 1);
      for (const ids of await shown('data-requirements')) assert.ok(ids.split(' ').includes(id), ids);
      const kept = await page.evaluate(() => location.hash);
      assert.match(kept, /^#find:requirement=/);
      const { page: again } = await open(t, report);
      await again.goto(pathToFileURL(report).href + kept);
      await again.waitForFunction((all) => document.querySelectorAll('.item:not([hidden])').length < all, total);
      assert.equal(await again.inputValue('#tool-requirement'), id.toLowerCase());
      await page.fill('#tool-requirement', '');

      await page.fill('#tool-text', 'no such word anywhere');
      await page.waitForFunction(() => !document.querySelector('.item:not([hidden])'));
    });

    test('a link unfolds what it leads to', async (t) => {
      const { page } = await open(t, report);
      const link = page.locator('.matrix a[href^="#scenario-"]').first();
      if (!(await link.count())) return t.skip('no scenario is linked');
      const target = page.locator(`[id="${(await link.getAttribute('href')).slice(1)}"]`);
      assert.equal(await target.isVisible(), false);
      // The link itself may stand in a part that is folded.
      await link.evaluate((element) => {
        for (let part = element.closest('details'); part; part = part.parentElement.closest('details')) {
          part.open = true;
        }
      });
      await link.click();
      await target.waitFor({ state: 'visible' });
    });

    test('draws when each exchange took place, and how long each operation took', async (t) => {
      const { page } = await open(t, report);
      const answered = await page.locator('.exchange .code:not(.c-none)').count();
      if (!answered) return t.skip('nothing was answered');
      assert.ok(await page.locator('.exchange .fall').count() > 0);
      const bars = await page.locator('#latency .most').evaluateAll((all) => all.map((bar) => ({
        x: Number(bar.getAttribute('x')),
        width: Number(bar.getAttribute('width')),
      })));
      assert.ok(bars.length > 0);
      for (const { x, width } of bars) assert.ok(x >= 0 && width > 0 && x + width <= 1000);
    });

    test('is reached by keyboard alone', async (t) => {
      const { page } = await open(t, report);
      await page.keyboard.press('Tab');
      assert.equal(await page.evaluate(() => document.activeElement.className), 'skip');
      await page.keyboard.press('Enter');
      assert.equal(await page.evaluate(() => document.activeElement.id), 'main');
      await page.keyboard.press('Tab');
      assert.equal(await page.evaluate(() => document.activeElement.id), 'tool-text');
    });

    test('prints, with the appendix only when asked', async (t) => {
      const { page } = await open(t, report, { viewport: { width: 1400, height: 900 } });
      const pages = async () => {
        const pdf = await page.pdf({ preferCSSPageSize: true, printBackground: true });
        assert.equal(pdf.subarray(0, 5).toString(), '%PDF-');
        return pdf.toString('latin1').match(/\/Type\s*\/Page\b(?!s)/g)?.length ?? 0;
      };
      const without = await pages();
      assert.ok(without >= 1);
      await page.check('#with-appendix');
      const appended = await pages();
      assert.ok(appended > without, `${without} pages without the appendix, ${appended} with it`);
    });
  });
}

// Parts that lie apart: as a server shows them that allows no inline style and no script (Jenkins).
for (const report of apart) {
  describe(join(basename(dirname(report)), basename(report)), () => {
    test('has its style, and its evidence a link away, where only own files are allowed', async (t) => {
      const files = ['index.html', 'evidence.html', 'report.css', 'report.js'];
      const served = createServer(async (request, response) => {
        const name = files.find((file) => request.url === `/${file}`);
        const types = { html: 'text/html', css: 'text/css', js: 'text/javascript' };
        response.writeHead(name ? 200 : 404, {
          'content-type': types[name?.split('.').pop()] ?? 'text/plain',
          'content-security-policy': "sandbox; default-src 'none'; img-src 'self'; style-src 'self'",
        });
        response.end(name ? await readFile(join(dirname(report), name)) : '');
      });
      await new Promise((ready) => served.listen(0, '127.0.0.1', ready));
      t.after(() => served.close());
      const context = await browser.newContext();
      t.after(() => context.close());
      const page = await context.newPage();
      const missing = [];
      page.on('response', (response) => { if (response.status() !== 200) missing.push(response.url()); });
      await page.goto(`http://127.0.0.1:${served.address().port}/index.html`);
      const colour = await page.locator('body').evaluate((body) => getComputedStyle(body).backgroundColor);
      assert.notEqual(colour, 'rgba(0, 0, 0, 0)', 'the stylesheet acts');
      assert.equal(await page.locator('#evidence').count(), 0);
      await page.locator('nav a[href="evidence.html#evidence"]').click();
      assert.ok(await page.locator('#evidence').isVisible());
      assert.ok(await page.locator('[id^="exchange-"]').count() > 0);
      assert.deepEqual(missing, []);
    });

    test('opens from a disk, with its script', async (t) => {
      const context = await browser.newContext();
      t.after(() => context.close());
      const page = await context.newPage();
      const messages = [];
      page.on('console', (message) => messages.push(message.text()));
      await page.goto(pathToFileURL(report).href);
      assert.ok(await page.locator('#tools').isVisible());
      await page.goto(pathToFileURL(join(dirname(report), 'evidence.html')).href);
      assert.deepEqual(messages, []);
    });
  });
}

for (const document of documents) {
  describe(join(basename(dirname(document)), basename(document)), () => {
    test('asks nothing of the network, complains of nothing, and prints', async (t) => {
      const { page, seen } = await open(t, document);
      assert.equal(await page.locator('h1').count(), 1);
      const pdf = await page.pdf({ preferCSSPageSize: true, printBackground: true });
      assert.equal(pdf.subarray(0, 5).toString(), '%PDF-');
      assert.deepEqual(seen, { requests: [], messages: [], dialogs: [] });
    });

    for (const [colorScheme, width] of [['light', 1400], ['dark', 400]]) {
      test(`has no accessibility violation, ${colorScheme}, ${width} px`, async (t) => {
        const { page } = await open(t, document, { colorScheme, viewport: { width, height: 900 } });
        await page.evaluate(axe);
        const runOnly = colorScheme === 'light' ? ALL : COLOURS;
        // The watermark is decoration, and faint on purpose: that it is a draft stands in the text.
        const { violations, passes } = await page.evaluate(
          (only) => window.axe.run({ exclude: ['.watermark'] }, { runOnly: only }),
          runOnly,
        );
        assert.ok(passes.length > (runOnly === ALL ? 10 : 0), 'axe looked at something');
        assert.deepEqual(
          violations.map(({ id, nodes }) => `${id}: ${nodes.slice(0, 5).map((node) => node.html.slice(0, 160)).join(' | ')}`),
          [],
        );
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
        assert.ok(wide <= 0, `scrolls sideways by ${wide} px`);
      });
    }
  });
}
