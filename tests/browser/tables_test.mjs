// Tables and every kind of chart: as the public sees them, wide and on a phone, and built without any script.
import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import { checkOnBothScreens } from './rules.mjs';

const pages = ['indicator=export_value&unit=VN&from=2024-10&to=2025-02&level=1&rows=item&totals=rows,columns',
  'indicator=iip_yoy,iip_mom&unit=VN&from=2024-12&to=2025-02&item=TOTAL,C&rows=item&columns=indicator,period',
  'indicator=export_value,import_value&unit=VN&from=2023-03&to=2025-02&level=0&rows=indicator&chart=line',
  'indicator=export_value&unit=VN&from=2025-02&to=2025-02&level=1&rows=item&sort=-2025-02&chart=bars',
  'indicator=gdp_current&unit=VN&from=2024-Q1&to=2024-Q4&level=1&compare=contribution&rows=item&chart=steps',
  'indicator=labour_yoy&unit=VN&children=only&from=2025-02&to=2025-02&chart=tiles',
  'indicator=labour_yoy&unit=VN&children=only&from=2025-02&to=2025-02&chart=map'].map((query) => `/tables?${query}`);

export const tests = {
  async tables_and_charts_are_accessible_fit_a_phone_in_the_dark_too_and_are_small({ page, world }) {
    const wrong = [];
    for (const path of pages) {
      const response = await page.goto(world.ministry + path);
      if (response.status() !== 200) wrong.push(`${path} answers ${response.status()}`);
      const size = gzipSync(await response.body()).length;
      if (size > 20 * 1024) wrong.push(`${path} has ${size} bytes compressed`);
      await checkOnBothScreens(page).catch((error) => wrong.push(error.message));
    }
    assert.ok(wrong.length === 0, wrong.join('\n'));
  },

  async a_table_is_built_drawn_and_sorted_without_a_script({ open, world }) {
    const page = await open({ javaScriptEnabled: false });
    await page.goto(`${world.ministry}/tables`);
    const cut = await page.$eval('#f-indicator', (select) => select.scrollWidth - select.clientWidth);
    assert.ok(cut <= 0, `names of indicators have the room they need, not ${cut} px less`);
    await page.selectOption('#f-indicator', ['labour_yoy']);
    await page.selectOption('#f-unit', ['VN']);
    await page.selectOption('#f-children', 'only');
    await page.fill('#f-from', '2025-02');
    await page.fill('#f-to', '2025-02');
    await page.click('form[action="/tables"] button');
    assert.equal(new URL(page.url()).search, '?indicator=labour_yoy&unit=VN&children=only&from=2025-02&to=2025-02', 'the address is short');
    assert.equal(await page.locator('table.pv tbody tr').count(), 63);
    await page.click('table.pv thead a');
    const values = await page.$$eval('table.pv tbody data', (all) => all.map((one) => Number(one.value)));
    assert.deepEqual(values, [...values].sort((a, b) => b - a), 'sorted, falling');
    assert.equal(await page.locator('table.pv th[aria-sort=descending]').count(), 1);
    await page.click('.seg >> text=Bản đồ');
    assert.equal(await page.locator('svg.gm path title').count(), 63);
    for (const name of ['Quần đảo Hoàng Sa', 'Quần đảo Trường Sa']) {
      const box = await page.locator(`svg.gm text:has-text("${name}")`).boundingBox();
      assert.ok(box !== null && box.width > 60, `${name} can be read`);
    }
    await page.locator('table.pv tbody a').first().click();
    assert.equal(new URL(page.url()).pathname, '/figures/explain');
  },

  async a_table_is_whole_on_paper({ page, world }) {
    await page.goto(world.ministry + pages[0]);
    await page.emulateMedia({ media: 'print' });
    for (const selector of ['.hdr', 'details.card', '.ph .btn']) assert.equal(await page.locator(selector).first().isVisible(), false, selector);
    for (const selector of ['h1', 'table.pv', '.list .src']) assert.equal(await page.locator(selector).first().isVisible(), true, selector);
    const paper = { width: 688, height: 1000 }; // A4 between its margins; what is wider is printed smaller, down to half its size
    await page.setViewportSize(paper);
    await page.goto(`${world.ministry}/tables?indicator=iip_yoy&unit=VN&from=2024-01&to=2024-12&item=TOTAL,C`);
    const [reached, needed] = await page.evaluate(() => [document.documentElement.scrollWidth, Math.max(...[...document.querySelectorAll('table.pv th')].map((th) => th.getBoundingClientRect().right))]);
    assert.ok(needed <= reached + 1 && reached <= 2 * paper.width, `twelve months are printed whole: ${needed} of ${reached}`);
  },
};
