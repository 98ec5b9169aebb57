// The frame of pages, and what every page must keep, whoever looks at it and on whatever screen.
import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import { PHONE, checkOnBothScreens, checkPage } from './rules.mjs';
import { month, signIn } from './world.mjs';

const FIGURE = 'indicator=iip_yoy&unit=42';

// Every page there is, by the node and the account that sees the most of it.
const everybody = ['/overview', '/overview?ky=2021-12&xem=bang', '/provinces/42', '/provinces/25?ky=2021', '/figures',
  '/figures?indicator=iip_yoy&unit=VN&from=2021-01&to=2021-12&compare=mom', '/figures?indicator=iip_yoy&unit=42&from=1999&to=1999',
  `/figures/explain?${FIGURE}&period=2021`, `/figures/revisions?${FIGURE}`, `/figures/triangle?${FIGURE}`, '/sdmx',
  '/analysis?indicator=export_value&unit=VN', '/analysis?indicator=gdp_const2010&unit=VN', '/analysis?indicator=iip_yoy&unit=42',
  '/analysis/outliers?indicator=export_value&from=2023-01', '/analysis/outliers?indicator=export_value&unit=42',
  '/tables', '/tables?indicator=markets&unit=42&from=1999&to=1999', '/figures/entry/{entry}', '/quality/sources', '/quality/rules',
  '/calendar', '/growth', '/growth?unit=42&period=2021', '/growth?of=industry&period=2024', '/growth?unit=04', '/growth/explain?period=2024&item=dich_vu&number=points', '/clusters', '/clusters?unit=42', '/clusters?unit=42&q=nowhere', '/clusters?unit=42&on=2020-06-01', '/clusters/{cluster}?on=2025-06-01', '/clusters/{cluster}', '/clusters/plots', '/clusters/plan?unit=42', '/clusters/compare', '/clusters/compare?id={cluster}', '/search', '/search?q=ha+tinh', '/search?q=zzz', '/units', '/units/42', '/units/changes', '/indicators', '/status', '/receipts', '/sign-in', '/nowhere'];
const seen = [
  { node: 'ministry', login: null, pages: everybody },
  { node: 'haTinh', login: 'chuyenvien', pages: ['/', '/todo', '/overview', '/forms', `/forms/monthly/42/${month(13)}`, '/status', '/password'] },
  { node: 'haTinh', login: 'lanhdao', pages: ['/clusters/work', '/clusters/new', '/clusters/{cluster}', '/clusters/{cluster}/edit?list=areas', '/clusters/{cluster}/edit?list=plot', '/clusters/reports', '/clusters/reports/04/42/2026', '/clusters/reports/02/{cluster}/2026', '/conflicts', '/conflicts/{conflict}', '/personal', '/personal/{person}',
    '/figures?unit=42&from=2012-01&to=2012-01', '/cases', '/cases?which=ended', '/cases/{case}', '/cases/{case}?history=money', '/cases/{case}?history=limits', '/iip', '/iip?month=2026-06&compare=ytd', '/iip?series=labour', '/iip/why?node=TOTAL', '/iip/why?node=xi_mang', '/iip/why?month=2026-07&node=TOTAL&link=1',
    '/forms?known=2100-01-01', `/forms/monthly/42/${month(13)}?known=2100-01-01`] },
  { node: 'ministry', login: 'chuyenvien', pages: ['/', '/forms', '/import', '/conflicts/{conflict}', '/iip', '/iip?unit=25', '/iip/import', '/iip/form?unit=42',
    '/promotion', '/promotion?year=2021&map=63', '/promotion?source=local', '/promotion/schemes', '/promotion/schemes?year=2021&show=jobs', '/promotion/findings', '/promotion/products', '/promotion/norms', '/promotion/programme', '/cases/{scheme}', '/cases/new/promotion_budget',
    '/quality', '/quality?state=all&severity=info', '/quality?unit=25', '/quality/units', '/quality/finding?key=figures_year/sources/iip_yoy/42@2004-01-01/2021//',
    '/quality?known=2100-01-01', '/conflicts/{conflict}?known=2100-01-01', '/clusters?unit=42&known=2100-01-01'] },
  { node: 'haTinh', login: 'canboxa', pages: ['/cases', '/cases/new/cluster_establishment', '/cases/{case}', '/cases/workflows/cluster_establishment'] },
  { node: 'haTinh', login: 'trungtam', pages: ['/promotion', '/promotion/schemes', '/cases/new/promotion_national'] },
  { node: 'haTinh', login: 'doanhnghiep', pages: ['/', '/cases', '/cases?which=all', '/cases/new/promotion_local'] },
  { node: 'haTinh', login: 'chudautu', pages: ['/todo', '/clusters/reports', '/clusters/reports/02/{cluster}/2026'] },
  { node: 'haTinh', login: 'tuvan', pages: ['/todo'] },
  { node: 'ministry', login: 'quantri', pages: ['/admin/users', '/nodes', '/nodes/{key}/revoke', '/successions'] },
];

// What people do not read in a browser, what the journey of a report looks at, and a page about what the demo has none of.
const NO_PAGES = /^\/(assets|ledger|sdmx)\/|^\/(health|metrics|openapi)$|\/(file|metadata|boundaries)$|^\/cases\/.*\/papers\/|^\/forms\/.*\/(submit|withdraw|approve|attachments\/.*)$/;
const ELSEWHERE = ['/receipts/{code}', '/successions/{hash}/undo'];

async function entries(page) {
  return page.$$eval('nav.nav a', (links) => links.map((link) => link.getAttribute('href')));
}

async function eachEntry(page, address, check) {
  await page.goto(`${address}/`);
  const found = await entries(page);
  assert.ok(found.length > 0, 'the navigation is empty');
  for (const href of found) {
    const response = await page.goto(address + href);
    assert.equal(response.status(), 200, href);
    await check(href, response);
  }
}

async function eachPage(open, world, check) {
  const wrong = [];
  const { peers: links } = await (await fetch(`${world.ministry}/status.json`)).json();
  for (const { node, login, pages } of seen) {
    const page = await open();
    page.expected.push(/404/);
    if (login !== null) await signIn(page, world[node], login, world.password);
    for (const path of pages) {
      const response = await page.goto(world[node] + path.replace('{conflict}', world.conflict).replace('{case}', world.case).replace('{scheme}', world.scheme).replace('{person}', world.persons[0]).replace('{entry}', world.entry).replace('{cluster}', world.cluster).replace('{key}', links[0].node));
      if (response.status() !== (path === '/nowhere' ? 404 : 200)) wrong.push(`${path} answers ${response.status()}`);
      await check(page, response).catch((error) => wrong.push(error.message));
    }
    await page.close();
  }
  assert.ok(wrong.length === 0, wrong.join('\n'));
}

export const tests = {
  async the_demo_is_there_at_once_when_it_is_started_again_and_keeps_its_data({ world }) {
    console.log(`# told: demo made in ${world.seconds.first} s, again in ${world.seconds.second} s;`);
    assert.ok(world.isSame, 'the same password');
    assert.ok(world.seconds.second < 5, `starting again took ${world.seconds.second} s`);
  },

  async every_entry_of_the_navigation_opens_for_the_public({ page, world }) {
    await eachEntry(page, world.ministry, async (href) => {
      assert.equal(await page.locator('nav.nav a[aria-current=page]').count(), 1, `${href} marks where one is`);
    });
    assert.deepEqual(await entries(page), ['/overview', '/figures', '/clusters', '/units', '/status']);
    await page.goto(`${world.ministry}/`);
    assert.equal(new URL(page.url()).pathname, '/overview', 'the public begins with the overview');
  },

  async every_entry_of_the_navigation_opens_for_an_officer_and_an_administrator({ open, world }) {
    for (const [login, last] of [['chuyenvien', '/status'], ['quantri', '/admin/users']]) {
      const page = await open();
      await signIn(page, world.haTinh, login, world.password);
      await eachEntry(page, world.haTinh, async () => {});
      const found = await entries(page);
      assert.deepEqual([found[0], found.at(-1)], ['/', last]);
      assert.equal(found.includes('/forms'), true);
    }
  },

  async no_page_is_left_out_of_these_tests({ page, world }) {
    const { paths } = await (await page.request.get(`${world.ministry}/openapi.json`)).json();
    const visited = seen.flatMap((one) => one.pages).map((path) => path.split('?')[0]);
    const missing = Object.keys(paths).filter((path) => paths[path].get !== undefined && !NO_PAGES.test(path) && !ELSEWHERE.includes(path))
      .filter((path) => !visited.some((one) => new RegExp(`^${path.replace(/\{[^}]*\}/g, '[^/]+')}$`).test(one)));
    assert.deepEqual(missing, []);
  },

  async every_page_is_accessible_fits_a_phone_in_the_dark_too_is_small_and_asks_nobody_else({ open, world }) {
    const asked = new Set();
    await eachPage(open, world, async (page, response) => {
      const size = gzipSync(await response.body()).length;
      assert.ok(size <= 20 * 1024, `${response.url()} has ${size} bytes compressed`);
      const hosts = await page.evaluate(() => performance.getEntriesByType('resource').map((e) => new URL(e.name).host));
      for (const host of hosts) asked.add(host);
      await checkOnBothScreens(page);
    });
    assert.deepEqual([...asked].sort(), [world.ministry, world.haTinh].map((address) => new URL(address).host).sort());
  },

  async styles_and_scripts_in_the_page_are_forbidden({ page, world }) {
    const response = await page.goto(`${world.ministry}/`);
    const policy = response.headers()['content-security-policy'] ?? '';
    assert.match(policy, /default-src 'self'|default-src 'none'/);
    assert.doesNotMatch(policy, /unsafe-inline|unsafe-eval/);
  },

  async the_end_of_the_header_stands_at_the_right({ page, world }) {
    await page.goto(`${world.ministry}/`);
    const [end, width] = await page.evaluate(() => [document.querySelector('.hdr .util').getBoundingClientRect().right,
      document.querySelector('.hdr .w').getBoundingClientRect().right]);
    assert.ok(width - end < 40, `it ends ${width - end} px before the page does`);
  },

  async the_search_box_works_without_scripts_and_on_a_phone_from_the_menu({ open, world }) {
    const page = await open({ javaScriptEnabled: false });
    await page.goto(`${world.ministry}/units`);
    await page.fill('.srch input', 'ha tinh');
    await Promise.all([page.waitForURL(/\/search\?q=ha\+tinh/), page.press('.srch input', 'Enter')]);
    await Promise.all([page.waitForURL(/provinces\/42/), page.click('main a[href="/provinces/42"]')]);
    const phone = await open(PHONE);
    phone.expected.push(/404/);
    await phone.goto(`${world.ministry}/nowhere`); // also where something went wrong
    await phone.click('.tabbar summary');
    await Promise.all([phone.waitForURL(/\/search$/), phone.click('.tabbar a[href="/search"]')]);
    await phone.fill('#words', 'zzz');
    await Promise.all([phone.waitForURL(/q=zzz/), phone.click('main button')]);
    await phone.waitForSelector('.empty');
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
    page.expected.push(/401/);
    await page.goto(`${world.haTinh}/sign-in`);
    await page.fill('#login', 'lanhdao');
    await page.fill('#password', 'not this one');
    const [response] = await Promise.all([page.waitForResponse((r) => r.request().method() === 'POST'), page.click('main button')]);
    assert.equal(response.status(), 401);
    await page.waitForSelector('.alert.err');
  },

  async signing_out_ends_the_session({ page, world }) {
    await signIn(page, world.phuTho, 'chuyenvien', world.password);
    await page.click('.util .menu summary');
    await Promise.all([page.waitForNavigation(), page.click('.util .menu form[action="/sign-out"] button')]);
    assert.equal(await page.locator('form[action="/sign-out"]').count(), 0);
    await page.goto(`${world.phuTho}/`);
    assert.equal(await page.locator('.util a[href^="/sign-in"]').count(), 1);
  },

  async a_file_is_attached_to_a_draft_and_taken_off_without_scripts({ open, world }) {
    const address = `${world.haTinh}/forms/monthly/42/${month(14)}`;
    const [plain, page] = [await open({ javaScriptEnabled: false }), await open(PHONE)];
    for (const one of [plain, page]) await signIn(one, world.haTinh, 'chuyenvien', world.password);
    const name = 'phu-luc-danh-sach-co-so-cong-nghiep-nong-thon-co-ten-rat-dai.txt';
    await plain.goto(address);
    await plain.setInputFiles('#attf', { name, mimeType: 'text/plain', buffer: Buffer.from('Phụ lục') });
    await plain.click('#att button:has-text("Đính kèm")');
    assert.match(await plain.textContent('#att'), new RegExp(name));
    await page.goto(address);
    await checkPage(page);
    await plain.click('#att .att button');
    assert.doesNotMatch(await plain.textContent('#att'), new RegExp(name));
  },

  async a_person_is_erased_by_the_leader_without_scripts_and_the_entries_stand({ open, world }) {
    const [page, phone] = [await open({ javaScriptEnabled: false }), await open(PHONE)];
    for (const one of [page, phone]) await signIn(one, world.haTinh, 'lanhdao', world.password);
    await page.goto(`${world.haTinh}/status`);
    await Promise.all([page.waitForURL(/personal$/), page.click('a[href="/personal"]')]);
    await Promise.all([page.waitForURL(/personal\/p/), page.click(`a[href="/personal/${world.persons[1]}"]`)]);
    assert.match(await page.locator('main').innerText(), /ly-lich\.txt[\s\S]*nguyên vẹn/);
    await page.fill('#why', 'Người lao động yêu cầu xóa');
    await page.fill('#basis', 'Điều 14 Luật 91/2025/QH15');
    await Promise.all([page.waitForNavigation(), page.click('form[action$="/erase"] button')]);
    const text = await page.locator('main').innerText();
    assert.match(text, /Đã xóa[\s\S]*Điều 14 Luật 91\/2025\/QH15[\s\S]*Người lao động yêu cầu xóa/i);
    assert.equal(text.match(/nguyên vẹn/g).length, 2, 'both entries stand');
    assert.equal(await page.locator('form[action$="/erase"]').count(), 0);
    assert.doesNotMatch(text, /ly-lich/);
    await phone.goto(page.url());
    await checkPage(phone);
  },

  async a_conflict_is_decided_by_its_leader_with_the_keyboard_alone_and_without_scripts({ open, world }) {
    const [plain, page] = [await open({ javaScriptEnabled: false }), await open(PHONE)];
    for (const one of [plain, page]) await signIn(one, world.haTinh, 'lanhdao', world.password);
    await plain.goto(`${world.haTinh}/todo`);
    assert.ok(await plain.locator('a[href^="/conflicts"]').count() > 0, 'the work of the day leads to it');
    await plain.goto(`${world.haTinh}/conflicts/${world.conflict}`);
    const first = await plain.getAttribute('main input[type=radio]', 'name');
    await plain.focus(`input[name="${first}"]:checked`);
    const before = await plain.inputValue(`input[name="${first}"]:checked`);
    await plain.keyboard.press('ArrowDown'); // the other version of the first figure
    const chosen = await plain.inputValue(`input[name="${first}"]:checked`);
    await plain.focus('#reason');
    await plain.keyboard.type('Theo tờ khai hải quan');
    await plain.focus('input[name=publish]'); // another version has been published
    await plain.keyboard.press('Space');
    await plain.focus('button[value=cells]');
    await Promise.all([plain.waitForURL(/conflicts/), plain.keyboard.press('Enter')]);
    await plain.waitForSelector('.alert.ok');
    assert.match(chosen, /^[0-9a-f]{64}$/); // named by its entry
    assert.notEqual(chosen, before);
    assert.match(await plain.textContent('.alert.ok'), /Theo tờ khai hải quan/);
    for (const path of ['/conflicts', `/conflicts/${world.conflict}`]) {
      await page.goto(world.haTinh + path);
      await checkPage(page);
    }
  },

  async everything_can_be_read_without_scripts({ open, world }) {
    const page = await open({ javaScriptEnabled: false });
    await eachEntry(page, world.ministry, async () => {});
  },
};
