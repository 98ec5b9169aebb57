// The entry grid of a report: keys as in Excel, paste, checks, autosave, without a network, without a script.
import assert from 'node:assert/strict';
import { PHONE, checkPage } from './rules.mjs';
import { cell, focused, month, paste, saved, signIn, value } from './world.mjs';

// Each test takes a month of its own: 4 to 11 back, and those no other file names.
async function openForm(page, world, back) {
  const address = `${world.haTinh}/forms/monthly/42/${month(back)}`;
  await signIn(page, world.haTinh, 'chuyenvien', world.password);
  await page.goto(address);
  return address;
}

export const tests = {
  async numbers_are_read_as_people_write_them({ page, world }) {
    await openForm(page, world, 4);
    const wrong = await page.evaluate(() => [
      ['1.234,5', 'vi', 1234.5], ['1234,5', 'vi', 1234.5], ['1 234,5', 'vi', 1234.5], ['1234.5', 'vi', 1234.5],
      ['1,234.5', 'vi', 1234.5], ['1.234', 'vi', 1234], ['1.234', 'en', 1.234], ['1,234', 'en', 1234],
      ['1,234', 'vi', 1.234], ['4.1O2,5', 'vi', NaN], ['', 'vi', null], ['\u22123,5', 'vi', -3.5],
      ['1.234.567', 'vi', 1234567], ['12.34.5', 'vi', NaN], ['.', 'vi', NaN],
    ].filter(([text, lang, expected]) => !Object.is(globalThis.cnGrid.parse(text, lang), expected)).map((c) => c[0]));
    assert.deepEqual(wrong, []);
  },

  async keys_move_and_edit_as_in_excel({ page, world }) {
    await openForm(page, world, 4);
    await cell(page, '1').focus();
    await page.keyboard.type('112,35');
    await page.keyboard.press('Enter');
    assert.equal(await focused(page), 'c-1.1');
    assert.equal(await value(page, '1'), '112,35');
    await page.keyboard.press('Shift+Enter');
    assert.equal(await focused(page), 'c-1');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowUp');
    assert.equal(await focused(page), 'c-1');
    await page.keyboard.press('F2');
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.type('9');
    assert.equal(await value(page, '1'), '112,395');
    await page.keyboard.press('Escape');
    assert.equal(await value(page, '1'), '112,35');
    await page.keyboard.type('5');
    assert.equal(await value(page, '1'), '5', 'typing replaces the value at once');
    await page.keyboard.press('Escape');
    await page.keyboard.press('Control+End');
    assert.equal(await focused(page), 'c-10');
    await page.keyboard.press('Control+Home');
    assert.equal(await focused(page), 'c-1');
    await page.keyboard.press('ArrowRight');
    assert.equal(await focused(page), 'c-1.1', 'right of the last column is the next row');
    await page.keyboard.press('ArrowLeft');
    assert.equal(await focused(page), 'c-1');
    await page.keyboard.press('Tab');
    assert.equal(await focused(page), 'c-1.1');
    await page.keyboard.press('Control+d');
    assert.equal(await value(page, '1.1'), '112,35', 'filled down');
    await page.keyboard.press('Delete');
    assert.equal(await value(page, '1.1'), '');
    await page.keyboard.press('Control+z');
    assert.equal(await value(page, '1.1'), '112,35');
    await page.keyboard.press('Control+z');
    assert.equal(await value(page, '1.1'), '');
    await page.keyboard.press('Control+y');
    assert.equal(await value(page, '1.1'), '112,35');
    await page.keyboard.press('Shift+F2');
    assert.equal(await focused(page), 'g-1.1');
    await page.keyboard.press('Escape');
    assert.equal(await focused(page), 'c-1.1');
  },

  async keys_for_ranges_runs_and_foreign_keyboards({ page, world }) {
    await openForm(page, world, 14);
    const keys = page.keyboard;
    await cell(page, '2').focus();
    for (const text of ['480,2', '741,3', '1234', '1102,5']) {
      await keys.type(text);
      await keys.press('ArrowDown');
    }
    assert.equal(await value(page, '4'), '1.234,0', 'what is typed is written as the row shows it');
    assert.equal(await focused(page), 'c-6', 'headings are passed over');
    // A range is marked with Shift, copied, cleared and brought back as one step.
    await cell(page, '2').focus();
    await keys.press('Shift+ArrowDown');
    await keys.press('Shift+ArrowDown');
    assert.equal(await page.locator('.in.sel').count(), 3);
    await keys.press('Delete');
    assert.deepEqual([await value(page, '2'), await value(page, '3'), await value(page, '4')], ['', '', '']);
    await keys.press('Control+z');
    assert.deepEqual([await value(page, '2'), await value(page, '3'), await value(page, '4')], ['480,2', '741,3', '1.234,0']);
    await keys.press('Control+Shift+z');
    assert.equal(await value(page, '3'), '');
    await keys.press('Control+z');
    // The first cell of a range fills those below it.
    await cell(page, '4').focus();
    await keys.press('Shift+ArrowDown');
    await keys.press('Control+d');
    assert.equal(await value(page, '5'), '1.234,0');
    await keys.press('Control+z');
    assert.equal(await value(page, '5'), '1.102,5');
    // Shift+Tab goes back; Tab leaves the grid after its last cell, as anywhere.
    await cell(page, '3').focus();
    await keys.press('Shift+Tab');
    assert.equal(await focused(page), 'c-2');
    await keys.press('Control+End');
    await keys.press('Tab');
    assert.doesNotMatch(await focused(page), /^c-/);
    // Inside a cell the arrows stay inside; Backspace clears a cell that is not being edited.
    await cell(page, '2').focus();
    await keys.press('F2');
    await keys.press('ArrowUp');
    assert.equal(await focused(page), 'c-2');
    await keys.press('Escape');
    await keys.press('Backspace');
    assert.equal(await value(page, '2'), '');
    await keys.press('Control+z');
    // A click selects, so that typing replaces; a second click edits.
    await cell(page, '3').click();
    await keys.type('9');
    assert.equal(await value(page, '3'), '9');
    await keys.press('Escape');
    await cell(page, '3').click();
    await keys.press('End');
    await keys.press('ArrowLeft');
    assert.equal(await focused(page), 'c-3');
    await keys.press('Escape');
    // Keyboards that compose letters send keys which mean nothing until they are done.
    await page.evaluate(() => {
      for (const key of ['Enter', 'ArrowDown', 'Delete', 'Process'])
        document.activeElement.dispatchEvent(new KeyboardEvent('keydown', { key, keyCode: 229, isComposing: true, bubbles: true, cancelable: true }));
    });
    assert.equal(await focused(page), 'c-3');
    assert.equal(await value(page, '3'), '741,3');
    // What was copied goes to another place of the grid.
    await cell(page, '2').focus();
    await keys.press('Shift+ArrowDown');
    const copied = await page.evaluate(() => {
      const data = new DataTransfer();
      document.activeElement.dispatchEvent(new ClipboardEvent('copy', { clipboardData: data, bubbles: true, cancelable: true }));
      return data.getData('text/plain');
    });
    await cell(page, '7.4').focus();
    await paste(page, copied);
    assert.deepEqual([await value(page, '7.4'), await value(page, '7.5')], ['480,2', '741,3']);
    await saved(page);
  },

  async a_range_is_pasted_as_one_step_over_headings({ page, world }) {
    await openForm(page, world, 5);
    await cell(page, '1.5').focus();
    await paste(page, '116,45\r\n\r\n480,2\r\n741,3\r\n"1.234"\r\nxyz\r\n');
    assert.equal(await value(page, '1.5'), '116,45');
    assert.equal(await value(page, '2'), '480,2', 'the empty line stands for the heading');
    assert.equal(await value(page, '3'), '741,3');
    assert.equal(await value(page, '4'), '1.234,0');
    assert.equal(await value(page, '5'), 'xyz', 'what is no number is kept');
    assert.equal(await cell(page, '5').getAttribute('aria-invalid'), 'true');
    await page.keyboard.press('Control+z');
    for (const id of ['1.5', '2', '3', '4', '5']) assert.equal(await value(page, id), '', `${id} is empty again`);
    await cell(page, '2').focus();
    await paste(page, 'Thép\tnghìn tấn\t480,2\nĐiện\ttriệu kWh\t741,3\n');
    assert.equal(await value(page, '2'), '480,2', 'labels copied along are left out');
    assert.equal(await value(page, '3'), '741,3');
    await page.keyboard.press('Shift+ArrowDown');
    const copied = await page.evaluate(() => {
      const data = new DataTransfer();
      document.activeElement.dispatchEvent(new ClipboardEvent('copy', { clipboardData: data, bubbles: true, cancelable: true }));
      return data.getData('text/plain');
    });
    assert.equal(copied, '480,2\n741,3');
  },

  async problems_stand_at_the_cell_and_in_the_bar_and_a_click_mends_them({ page, world }) {
    await openForm(page, world, 6);
    await cell(page, '6').fill('4.1O2,5');
    await page.keyboard.press('F9');
    await saved(page);
    await page.waitForFunction(() => document.activeElement.id === 'tt');
    const messages = page.locator('[id="m-6"]');
    assert.match(await messages.innerText(), /4\.102,5/);
    assert.ok(await page.locator('#ttl a[href="#c-6"]').count() > 0);
    await messages.locator('button').click();
    assert.equal(await value(page, '6'), '4.102,5');
    await saved(page);
    await page.waitForFunction(() => document.querySelectorAll('[id="m-6"] .em:not(.hn)').length === 0);
    await cell(page, '7').fill('100');
    await cell(page, '7.1').fill('20');
    await cell(page, '7.2').fill('90');
    await page.keyboard.press('F9');
    await page.waitForFunction(() => /110,0/.test(document.getElementById('m-7').textContent));
    await page.locator('[id="m-7"] button').click();
    assert.equal(await value(page, '7'), '110,0');
  },

  async what_is_typed_is_saved_by_itself_and_is_there_again({ page, world }) {
    const address = await openForm(page, world, 7);
    await cell(page, '8').fill('224,1');
    await page.keyboard.press('Enter');
    assert.equal(await page.locator('tr[data-id="8"]').getAttribute('data-state'), 'pc');
    await saved(page);
    assert.equal(await page.locator('tr[data-id="8"]').getAttribute('data-state'), 'node');
    await page.goto(address);
    assert.equal(await value(page, '8'), '224,1');
    await page.goto(`${world.haTinh}/`);
    const link = page.locator(`a[href^="/forms/monthly/42/${month(7)}"]`).first();
    assert.match(await link.getAttribute('href'), /#c-8$/, 'the way back leads to the last cell');
  },

  async without_a_network_everything_is_kept_and_goes_by_itself({ page, world }) {
    const address = await openForm(page, world, 8);
    await page.context().setOffline(true);
    await cell(page, '9').fill('4');
    await page.keyboard.press('Control+s');
    await page.locator('#off').waitFor({ state: 'visible' });
    await cell(page, '10').fill('214');
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => Object.keys(localStorage).some((k) => k.startsWith('caunoi:') && /"214/.test(localStorage[k])));
    await page.context().setOffline(false);
    await saved(page);
    assert.ok(await page.locator('#off').isHidden());
    await page.goto(address);
    assert.equal(await value(page, '9'), '4');
    assert.equal(await value(page, '10'), '214,0');
    assert.equal(await page.evaluate(() => Object.keys(localStorage).filter((k) => k.startsWith('caunoi:')).length), 0);
    page.expected.push(/ERR_INTERNET_DISCONNECTED/);
  },

  async two_windows_on_one_cell_are_asked_which_value_stands({ page, open, world }) {
    const other = await open();
    await openForm(page, world, 9);
    await openForm(other, world, 9);
    await cell(page, '8').fill('100');
    await page.keyboard.press('Control+s');
    await saved(page);
    await cell(other, '8').fill('200');
    await other.keyboard.press('Control+s');
    await other.locator('#cf').waitFor({ state: 'visible' });
    assert.match(await other.locator('#cf').innerText(), /100,0/);
    await other.locator('#cf button').nth(1).click();
    assert.equal(await value(other, '8'), '100,0');
    assert.ok(await other.locator('#cf').isHidden());
    other.expected.push(/409/);
  },

  async the_form_works_without_a_script({ open, world }) {
    const page = await open({ javaScriptEnabled: false });
    const address = await openForm(page, world, 10);
    await cell(page, '6').fill('4.102,5');
    await page.locator('button:has-text("Lưu nháp"):visible, button:has-text("Save draft"):visible').last().click();
    assert.equal(page.url(), address);
    assert.equal(await value(page, '6'), '4.102,5');
    await cell(page, '6').fill('4.1O2,5');
    await cell(page, '6').press('Enter');
    assert.equal(await value(page, '6'), '4.1O2,5', 'Enter saves, nothing more');
    await page.locator('[id="m-6"] button').click();
    assert.equal(await value(page, '6'), '4.102,5', 'a fix is a button of the form');
    const answer = page.waitForResponse((r) => r.request().method() === 'POST');
    await page.locator('.act button[data-submit]').click();
    assert.equal((await answer).status(), 422, 'required cells are missing');
    page.expected.push(/422/);
  },

  async the_page_is_accessible_and_fits_a_phone({ page, open, world }) {
    await openForm(page, world, 11);
    await cell(page, '6').fill('abc');
    await page.keyboard.press('F9');
    await saved(page);
    await checkPage(page);
    const phone = await open(PHONE);
    await openForm(phone, world, 11);
    await checkPage(phone);
  },
};
