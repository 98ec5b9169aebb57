// rules.mjs - what every page must keep, whoever looks at it and on whatever screen.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

export const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, colorScheme: 'dark' };

// One h1, rules of accessibility, no inline style, nothing wider than the screen.
export async function checkPage(page) {
  const where = page.url();
  assert.equal(await page.locator('h1').count(), 1, `${where} has one h1`);
  assert.equal(await page.locator('[style]').count(), 0, `${where} has no style of its own`);
  // The bar of buttons stays at the bottom of the screen: what lies under it can be scrolled away from there.
  await page.evaluate(() => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync('.act { position: static }');
    document.adoptedStyleSheets = [sheet];
  });
  // The page's policy holds for scripts it did not bring itself: axe comes in through the driver.
  await page.evaluate(axe);
  // Only what is wrong is described; axe would work out where everything stands that is right.
  const found = await page.evaluate((runOnly) => globalThis.axe.run(document, { runOnly, reporter: 'no-passes', resultTypes: ['violations'],
    preload: false, iframes: false }), RULES);
  const violations = found.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(' ')).slice(0, 4).join(' | ')}`);
  assert.deepEqual(violations, [], where);
  const wider = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  assert.ok(wider <= 0, `${where} is ${wider} px wider than the screen`);
}
