// A scheme of industrial promotion in the browser: an enterprise registers it, its province appraises and submits it, the ministry decides the
// money of the year, appraises and approves it; each sees it where their own work waits.
import assert from 'node:assert/strict';
import { PHONE, checkPage } from './rules.mjs';
import { signIn } from './world.mjs';

const SECONDS_TO_ARRIVE = 20; // generous: other programs share the machine

async function fill(form, values) {
  for (const [name, value] of Object.entries(values)) {
    const field = form.locator(`[name="${name}"]`);
    if ((await field.evaluate((it) => it.tagName)) === 'SELECT') await field.selectOption(value);
    else await field.fill(value);
  }
  await Promise.all([form.page().waitForNavigation(), form.locator('button').last().click()]);
}

// Open a case by its form; its path.
async function begin(page, address, workflow, values) {
  await page.goto(`${address}/cases/new/${workflow}`);
  await fill(page.locator(`form[action="/cases/${workflow}"]`), values);
  return new URL(page.url()).pathname;
}

// What the page of the case offers, by the link of its next step where it is that.
async function act(page, address, path, action, values) {
  await page.goto(`${address}${path}?do=${action}`);
  await fill(page.locator(`form[action="${path}/${action}"]`), values);
  assert.equal(new URL(page.url()).pathname, path, await page.locator('main').innerText());
  // What was done and what follows, read from there on without a script: the address leads to it.
  assert.equal(new URL(page.url()).hash, '#done');
  assert.match(await page.locator('#done[role=status]').innerText(), /^Đã thực hiện: .*\s+Hồ sơ /);
}

const paper = (name, number, on) => ({ [`document-${name}`]: number, [`document-${name}-on`]: on });

async function arrives(page, url, state) {
  for (const deadline = Date.now() + SECONDS_TO_ARRIVE * 1000; ;) {
    const response = await page.request.get(`${url}.json`);
    if (response.ok() && (await response.json()).state === state) return;
    if (Date.now() > deadline) throw new Error(`${url} is not ${state} within ${SECONDS_TO_ARRIVE} s`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

export const tests = {
  async a_scheme_goes_from_the_enterprise_that_registers_it_to_the_plan_of_the_ministry({ open, world }) {
    const [firm, official, leader, bureau, minister] = [await open(PHONE), await open(), await open(PHONE), await open(), await open()];
    await signIn(firm, world.haTinh, 'doanhnghiep', world.password);
    await signIn(official, world.haTinh, 'chuyenvien', world.password);
    await signIn(leader, world.haTinh, 'lanhdao', world.password);
    await signIn(bureau, world.ministry, 'chuyenvien', world.password);
    await signIn(minister, world.ministry, 'lanhdao', world.password);

    // Guidance, estimate and money of the year.
    const programme = await begin(bureau, world.ministry, 'promotion_budget', { title: 'Kế hoạch khuyến công quốc gia 2027 (minh họa)', case_unit: 'VN', on: '2026-02-02',
      'field-plan_year': '2027', 'field-activity': 'all', ...paper('guidance', '12/BCT', '2026-02-02') });
    await act(bureau, world.ministry, programme, 'propose', { on: '2026-07-01', ...paper('estimate', '13/BCT', '2026-07-01') });
    await act(minister, world.ministry, programme, 'decide', { on: '2026-11-02', 'field-amount': '75.000.000.000', ...paper('decision', '14/QĐ', '2026-11-02') });

    const scheme = await begin(firm, world.haTinh, 'promotion_national', { title: 'Máy sấy gỗ (minh họa)', case_unit: '42', on: '2026-05-04', 'field-plan_year': '2027', 'field-activity': 'a4',
      'field-beneficiary': 'Cơ sở minh họa', 'field-tax_code': '3000000042', 'field-implementer': 'Cơ sở minh họa', 'field-quantity': '1', 'field-eligible_cost': '820.000.000',
      'field-support': '310.000.000', 'field-other_state': '0', 'field-enterprise_money': '520.000.000', 'field-other_money': '0', 'field-machines_planned': '1',
      'field-jobs_planned': '6', 'field-turnover_planned': '2.000.000.000', 'field-energy_planned': '12,5', ...paper('application', '1/ĐN', '2026-05-04'),
      ...paper('scheme_text', '2/ĐA', '2026-05-04') });
    assert.match(await firm.locator('main').innerText(), /vượt trần/, 'the enterprise is told at once that it asks for too much');
    await checkPage(firm);
    await firm.goto(`${world.haTinh}/cases?which=all`);
    assert.deepEqual(await firm.locator('tbody th a').allInnerTexts(), ['Máy sấy gỗ (minh họa)'], 'what an enterprise sees is its own');
    await checkPage(firm);

    await act(official, world.haTinh, scheme, 'take', { on: '2026-05-11' });
    await leader.goto(`${world.haTinh}/`);
    await Promise.all([leader.waitForNavigation(), leader.getByRole('link', { name: /Máy sấy gỗ/ }).first().click()]);
    assert.match(await leader.locator('main').innerText(), /Trình thẩm định cấp Bộ/, 'what waits for the leader');
    const papers = { ...paper('base_minutes', '3/BB', '2026-06-01'), ...paper('summary', '4/TH', '2026-06-01') };
    leader.expected.push(/422/);
    await leader.goto(`${world.haTinh}${scheme}?do=submit_ministry`);
    await fill(leader.locator(`form[action="${scheme}/submit_ministry"]`), { on: '2026-06-01', ...papers });
    assert.match(await leader.locator('main').innerText(), /Kinh phí đề nghị vượt trần hỗ trợ[\s\S]*Thông tư 28\/2018\/TT-BTC, khoản 4 Điều 8/, 'why it is refused');
    // The form came back as it was filled in, marked where it is wrong: one number is corrected, nothing else is typed again.
    assert.equal(await leader.evaluate(() => document.activeElement.id), 'refused', 'what went wrong is read first');
    assert.match(await leader.title(), /^Lỗi: /);
    for (const screen of [{ width: 1366, height: 768 }, PHONE.viewport]) {
      await leader.setViewportSize(screen);
      await checkPage(leader);
    }
    const form = leader.locator(`form[action^="${scheme}/submit_ministry"]`);
    for (const [name, typed] of Object.entries({ on: '2026-06-01', ...papers })) assert.equal(await form.locator(`[name="${name}"]`).inputValue(), typed, name);
    await leader.locator('#refused a').click();
    const support = form.locator('[name="field-support"]');
    assert.equal(await leader.evaluate(() => document.activeElement.name), 'field-support', 'the error leads to its input');
    assert.equal(await support.getAttribute('aria-invalid'), 'true');
    assert.match(await leader.locator(`#${(await support.getAttribute('aria-describedby')).split(' ')[0]}`).innerText(), /vượt trần/, 'and it is said there');
    await fill(form, { 'field-support': '300.000.000' });
    assert.equal(new URL(leader.url()).pathname, scheme, await leader.locator('main').innerText());

    await arrives(minister, `${world.ministry}${scheme}`, 'ministry_appraisal');
    await minister.goto(`${world.ministry}/cases?which=mine&q=s%E1%BA%A5y`);
    assert.ok(await minister.getByRole('link', { name: 'Máy sấy gỗ (minh họa)' }).isVisible(), 'it waits for the ministry');
    await act(minister, world.ministry, scheme, 'pass_ministry', { on: '2026-09-01', ...paper('ministry_opinion', '5/TĐ', '2026-09-01') });
    await act(minister, world.ministry, scheme, 'approve', { on: '2026-11-10', 'field-approved': '300.000.000', ...paper('plan_decision', '6/QĐ', '2026-11-10') });
    await checkPage(minister);

    await arrives(firm, `${world.haTinh}${scheme}`, 'approved');
    await firm.goto(`${world.haTinh}${scheme}`);
    assert.match(await firm.locator('main').innerText(), /Đã phê duyệt kế hoạch[\s\S]*300\.000\.000/, 'the enterprise reads the decision at its own node');
    await checkPage(firm);
  },
};
