// From a figure to the analysis of its series, through its form, and back to a figure.
import assert from 'node:assert/strict';

export const tests = {
  async a_figure_leads_to_the_analysis_of_its_series_and_each_value_there_back({ page, world }) {
    await page.goto(`${world.ministry}/figures/explain?indicator=export_value&unit=VN&period=2024-02&item=tong_tri_gia`);
    await page.click('a:has-text("Đã loại mùa vụ và Tết")');
    assert.match(await page.textContent('.alert.warn'), /không phải số liệu chính thức/);
    assert.equal(await page.locator('svg.ch-svg.wide').count(), 2);

    // the item of the old indicator stays in the form's address and is passed over
    await page.selectOption('#a-indicator', 'product_output');
    await page.click('button:has-text("Xem")');
    assert.equal(await page.locator('svg.ch-svg.wide').count(), 2);
    await page.selectOption('#a-item', 'xi_mang');
    await page.check('input[name=robust]');
    await page.click('button:has-text("Xem")');
    assert.match(await page.textContent('.lede'), /Xi măng/);
    assert.match(await page.textContent('dl.pp'), /53 trong 75/);

    const value = page.locator('table td a').first();
    const text = await value.textContent();
    await value.click();
    assert.match(page.url(), /\/figures\/explain\?/);
    assert.equal((await page.textContent('p.big b')).trim(), text.trim());
    await page.goBack();
    await page.click('a:has-text("Số liệu bất thường")');
    assert.match(await page.textContent('main h2'), /số liệu xét được là bất thường/);
  },
};
