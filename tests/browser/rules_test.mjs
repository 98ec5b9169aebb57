// What was judged on one page stands by on the next: no fault hides behind it.
import assert from 'node:assert/strict';
import { checkPage } from './rules.mjs';

const GOOD = '<form aria-label="f"><label for="a">x</label> <input id="a" name="a"></form><h3>v</h3><p>text</p>'
  + '<table><tr><th scope="col">a</th></tr><tr><td>1</td></tr></table><img alt="x" src="data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7">';

// A fault, made from what is good, and what tells of it.
const FAULTS = [
  [GOOD.replace('<label for="a">x</label>', 'x'), /^label: #a$/],
  [GOOD.replace('for="a"', 'for="b"'), /^names what is not there in for: /],
  [GOOD.replaceAll('h3', 'h4'), /^heading-order: h4$/],
  [GOOD.replace('</h3>', '</h3><h5>w</h5>'), /^heading-order: h5$/],
  [GOOD.replace('alt="x" ', ''), /^image-alt: img$/],
  [`${GOOD}<a href="/x"></a>`, /^link-name: a\[href="\/x"\]$/],
  [GOOD.replace('<p>', '<p class="pale">'), /^color-contrast: p$/],
  [`${GOOD}<p id="a">twice</p>`, /^has these ids twice: a$/],
  [`${GOOD}<div class="wide">x</div>`, /^is \d+ px wider than the screen$/],
];

const whole = (main) => `<!doctype html><html lang="vi"><head><title>x</title><style>p { color: #000; background: #fff }
  .pale { color: #bbb } .wide { width: 3000px } a { display: inline-block; padding: 14px }</style></head><body>
  <header><nav aria-label="n"><a href="/">a</a></nav></header><main><h1>t</h1><h2>u</h2>${main}</main></body></html>`;

export const tests = {
  async a_fault_among_elements_that_were_judged_before_is_found({ page }) {
    for (const [main, told] of [[GOOD], [GOOD], ...FAULTS, [GOOD]]) {
      await page.setContent(whole(main));
      const wrong = await checkPage(page).then(() => [], (error) => error.actual);
      if (told === undefined) assert.deepEqual(wrong, []);
      else assert.ok(wrong.some((one) => told.test(one)), `${told} is not in ${JSON.stringify(wrong)}`);
    }
  },
};
