// Boundaries drawn on the page's own map: by mouse, by touch on a phone, by keys alone; and without a script.
import assert from 'node:assert/strict';
import { PHONE, checkPage } from './rules.mjs';
import { signIn } from './world.mjs';

async function openForm(page, world, query) {
  await signIn(page, world.haTinh, 'lanhdao', world.password);
  await page.goto(`${world.haTinh}/clusters/${world.cluster}/edit?${query}`);
  await page.locator('#dt').waitFor();
}
const field = (page) => page.locator('#i-geojson');
const ring = async (page) => JSON.parse(await field(page).inputValue()).coordinates[0];
const box = async (page) => {
  await page.locator('#draw > svg').evaluate((map) => map.scrollIntoView({ block: 'center' }));
  return page.locator('#draw > svg').boundingBox();
};
const corners = (page) => page.locator('#draw [data-corner]');
const said = (page) => page.locator('#ds').textContent();
const recorded = async (world) => (await (await fetch(`${world.haTinh}/clusters/boundaries.json?cluster=${world.cluster}`)).json()).features;

export const tests = {
  async a_boundary_is_drawn_moved_undone_and_closed_with_the_mouse({ page, world }) {
    await openForm(page, world, 'list=boundary');
    const before = await ring(page);
    assert.equal(await corners(page).count(), before.length - 1, 'what is recorded stands there as corners');
    await checkPage(page);
    await page.click('[data-do=clear]');
    assert.equal(await field(page).inputValue(), '');
    await page.click('[data-do=all]');
    const { x, y, width, height } = await box(page);
    const spots = [[0.3, 0.2], [0.7, 0.2], [0.7, 0.8], [0.3, 0.8]].map(([a, b]) => [x + a * width, y + b * height]);
    for (const [at, to] of spots) await page.mouse.click(at, to);
    assert.match(await said(page), /^4 góc, chưa khép kín/);
    await page.mouse.click(...spots[0]);
    assert.match(await said(page), /^4 góc, [\d.,]+ ha/);
    const drawn = await ring(page);
    assert.deepEqual(drawn[0], drawn[4], 'the ring is closed');
    assert.ok(drawn[0][0] < drawn[1][0] && drawn[0][1] > drawn[2][1], 'east is right, north is up');
    await page.mouse.move(...spots[2]);
    await page.mouse.down();
    await page.mouse.move(spots[2][0] + 20, spots[2][1] - 30, { steps: 4 });
    await page.mouse.up();
    const moved = await ring(page);
    assert.ok(moved[2][0] > drawn[2][0] && moved[2][1] > drawn[2][1], 'the corner follows');
    assert.deepEqual([moved[0], moved[1], moved[3]], [drawn[0], drawn[1], drawn[3]], 'the others stay');
    await page.click('[data-do=undo]');
    assert.deepEqual(await ring(page), drawn);
    await page.mouse.click((spots[0][0] + spots[1][0]) / 2, spots[0][1]);
    assert.equal(await corners(page).count(), 5, 'a tap on the line adds a corner there');
    await page.click('[data-do=undo]');
    await page.mouse.move(x + width / 2, y + height / 2);
    await page.mouse.down();
    await page.mouse.move(x + width / 2 + 60, y + height / 2, { steps: 4 });
    await page.mouse.up();
    assert.deepEqual(await ring(page), drawn, 'moving the map changes nothing');
    await field(page).fill(JSON.stringify({ type: 'Polygon', coordinates: [before] }));
    assert.equal(await corners(page).count(), before.length - 1, 'what is typed is drawn');
    await field(page).fill(JSON.stringify({ type: 'Polygon', coordinates: [[before[0], before[2], before[1], before[3], before[0]]] }));
    assert.match(await said(page), /tự cắt/);
    page.expected.push(/422/);
    await page.click('form[action*="/clusters/"] button.p');
    assert.match(await page.locator('main').textContent(), /tự cắt/, 'the node judges');
    assert.deepEqual((await recorded(world))[0].geometry.coordinates[0], before, 'nothing was written');
  },

  async a_boundary_is_drawn_by_touch_on_a_phone_and_saved({ open, world }) {
    const page = await open(PHONE);
    await openForm(page, world, 'list=boundary');
    await checkPage(page);
    const before = await ring(page);
    await page.tap('[data-do=clear]');
    const { x, y, width, height } = await box(page);
    for (const [a, b] of [[0.1, 0.1], [0.9, 0.1], [0.9, 0.9], [0.1, 0.9]]) await page.touchscreen.tap(x + a * width, y + b * height);
    await page.tap('[data-do=close]');
    const drawn = await ring(page);
    assert.equal(drawn.length, 5);
    await page.click('form[action*="/clusters/"] button.p');
    await page.waitForURL(`**/clusters/${world.cluster}`);
    assert.deepEqual((await recorded(world)).find((f) => f.id === world.cluster).geometry.coordinates[0], drawn, 'the register has what was drawn');
    assert.equal(await page.locator('section[aria-labelledby=gr] path[stroke="var(--brand)"]').count(), 1, 'and the page shows it');
    await checkPage(page);
    await page.goto(`${world.haTinh}/clusters/${world.cluster}/edit?list=boundary`);
    await field(page).fill(JSON.stringify({ type: 'Polygon', coordinates: [before] }));
    await page.click('form[action*="/clusters/"] button.p');
    await page.waitForURL(`**/clusters/${world.cluster}`);
  },

  async the_boundary_of_a_plot_is_drawn_by_keys_alone_within_its_cluster({ page, world }) {
    await openForm(page, world, 'list=plot&item=A1');
    await page.waitForSelector('#draw path.other', { state: 'attached' }); // the cluster behind it
    const map = page.locator('#draw > svg');
    await map.focus();
    for (const key of ['+', 'Enter', 'Shift+ArrowRight', 'Enter', 'Shift+ArrowDown', 'Enter', 'Shift+ArrowLeft', 'Enter']) await map.press(key);
    assert.match(await said(page), /^4 góc, chưa/);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    assert.match(await said(page), /^4 góc, [\d.,]+ ha/);
    const drawn = await ring(page);
    await page.keyboard.press('ArrowUp');
    assert.ok((await ring(page))[0][1] > drawn[0][1], 'an arrow moves the corner that has the focus');
    await page.keyboard.press('ArrowUp');
    assert.equal(await page.evaluate(() => document.activeElement.dataset.corner), '0', 'which keeps it');
    await page.keyboard.press('Control+z');
    await page.keyboard.press('Control+z');
    assert.deepEqual(await ring(page), drawn);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Delete');
    assert.equal((await ring(page)).length, 4, 'a corner is gone');
    await page.keyboard.press('Control+z');
    await checkPage(page);
    await page.click('form[action*="/clusters/"] button.p');
    await page.waitForURL(`**/clusters/${world.cluster}`);
    assert.deepEqual((await recorded(world)).find((f) => f.id === 'A1').geometry.coordinates[0], drawn);
  },

  async without_a_script_the_field_takes_text_and_the_map_shows_what_is_recorded({ open, world }) {
    const page = await open({ javaScriptEnabled: false });
    await signIn(page, world.haTinh, 'lanhdao', world.password);
    await page.goto(`${world.haTinh}/clusters/${world.cluster}/edit?list=boundary`);
    assert.equal(await page.locator('#dt').isVisible(), false, 'no button that does nothing');
    assert.equal(await page.locator('#draw path[stroke="var(--brand)"]').count(), 1);
    const text = await field(page).inputValue();
    await field(page).fill(text);
    await page.click('form[action*="/clusters/"] button.p');
    assert.equal(new URL(page.url()).pathname, `/clusters/${world.cluster}`);
    await page.goto(`${world.haTinh}/clusters/${world.cluster}/edit?list=boundary`);
    await page.setInputFiles('#u-file', { name: 'ranh-gioi.geojson', mimeType: 'application/geo+json', buffer: Buffer.from(text) });
    await page.click('form[enctype] button');
    assert.equal(new URL(page.url()).pathname, `/clusters/${world.cluster}`);
  },
};
