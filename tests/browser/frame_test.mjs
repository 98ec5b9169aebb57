// The frame of pages: what every page must keep, whoever looks at it and on whatever screen.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { gzipSync } from 'node:zlib';
import { signIn } from './world.mjs';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true };

async function entries(page) {
  return page.$$eval('nav.nav a', (links) => links.map((link) => link.getAttribute('href')));
}

// Chromium obeys the page's policy for scripts it did not bring itself: axe comes in through the driver.
async function violations(page) {
  await page.evaluate(axe);
  const result = await page.evaluate(() => globalThis.axe.run(document, {
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
  }));
  return result.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(' ')).slice(0, 3).join(' | ')}`);
}

async function checkEntries(page, address, check) {
  await page.goto(`${address}/`);
  const found = await entries(page);
  assert.ok(found.length > 0, 'the navigation is empty');
  for (const href of found) {
    const response = await page.goto(address + href);
    assert.equal(response.status(), 200, href);
    await check(href, response);
  }
}

export const tests = {
  async every_entry_of_the_navigation_opens_for_the_public({ page, world }) {
    await checkEntries(page, world.ministry, async (href) => {
      assert.equal(await page.locator('h1').count(), 1, `${href} has one h1`);
      assert.equal(await page.locator('nav.nav a[aria-current=page]').count(), 1, `${href} marks where one is`);
    });
  },

  async every_entry_of_the_navigation_opens_for_an_officer({ page, world }) {
    await signIn(page, world.haTinh, 'chuyenvien', world.password);
    await checkEntries(page, world.haTinh, async (href) => {
      assert.equal(await page.locator('h1').count(), 1, `${href} has one h1`);
    });
  },

  async no_page_breaks_a_rule_of_accessibility({ page, world }) {
    await signIn(page, world.haTinh, 'chuyenvien', world.password);
    await checkEntries(page, world.haTinh, async (href) => assert.deepEqual(await violations(page), [], href));
  },

  async no_page_breaks_a_rule_of_accessibility_on_a_phone_in_the_dark({ open, world }) {
    const page = await open({ ...PHONE, colorScheme: 'dark' });
    await checkEntries(page, world.ministry, async (href) => assert.deepEqual(await violations(page), [], href));
    await page.goto(`${world.ministry}/sign-in`);
    assert.deepEqual(await violations(page), []);
  },

  async nothing_is_wider_than_a_phone({ open, world }) {
    const page = await open(PHONE);
    await checkEntries(page, world.ministry, async (href) => {
      const wider = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      assert.ok(wider <= 0, `${href} is ${wider} px wider than the screen`);
      assert.ok(await page.locator('.tabbar').isVisible());
    });
  },

  async pages_stay_within_their_budget({ page, world }) {
    const asked = new Set();
    page.on('request', (request) => asked.add(new URL(request.url()).host));
    await checkEntries(page, world.ministry, async (href, response) => {
      const size = gzipSync(await response.body()).length;
      assert.ok(size <= 20 * 1024, `${href} has ${size} bytes compressed`);
    });
    assert.deepEqual([...asked], [new URL(world.ministry).host], 'pages ask nobody else');
  },

  async styles_and_scripts_in_the_page_are_forbidden({ page, world }) {
    const response = await page.goto(`${world.ministry}/`);
    const policy = response.headers()['content-security-policy'] ?? '';
    assert.match(policy, /default-src 'self'|default-src 'none'/);
    assert.doesNotMatch(policy, /unsafe-inline|unsafe-eval/);
    assert.equal(await page.locator('[style]').count(), 0);
  },

  async the_language_can_be_changed_and_stays({ page, world }) {
    await page.goto(`${world.ministry}/`);
    assert.equal(await page.getAttribute('html', 'lang'), 'vi');
    await page.click('.util .lang a[hreflang=en]');
    assert.equal(await page.getAttribute('html', 'lang'), 'en');
    await page.goto(`${world.ministry}/`);
    assert.equal(await page.getAttribute('html', 'lang'), 'en');
    assert.ok((await page.textContent('nav.nav')).includes('Overview'));
    await page.click('.util .lang a[hreflang=vi]');
    assert.ok((await page.textContent('nav.nav')).includes('Tổng quan'));
  },

  async the_first_tab_stop_leads_to_the_content({ page, world }) {
    await page.goto(`${world.ministry}/`);
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate(() => document.activeElement.getAttribute('href')), '#main');
    await page.keyboard.press('Enter');
    assert.equal(await page.evaluate(() => document.activeElement.id), 'main');
  },

  async a_wrong_password_is_refused_and_says_so({ page, world }) {
    await page.goto(`${world.haTinh}/sign-in`);
    await page.fill('#login', 'lanhdao');
    await page.fill('#password', 'not this one');
    const [response] = await Promise.all([page.waitForResponse((r) => r.request().method() === 'POST'), page.click('main button')]);
    assert.equal(response.status(), 401);
    await page.waitForSelector('.alert.err');
    page.problems.length = 0; // the 401 itself
  },

  async signing_out_ends_the_session({ open, world }) {
    const page = await open();
    await signIn(page, world.phuTho, 'chuyenvien', world.password);
    await page.click('.util .menu summary');
    await Promise.all([page.waitForNavigation(), page.click('.util .menu form[action="/sign-out"] button')]);
    assert.equal(await page.locator('form[action="/sign-out"]').count(), 0);
    await page.goto(`${world.phuTho}/`);
    assert.equal(await page.locator('.util a[href^="/sign-in"]').count(), 1);
  },

  async everything_can_be_read_without_scripts({ open, world }) {
    const page = await open({ javaScriptEnabled: false });
    await checkEntries(page, world.ministry, async () => {});
  },
};
