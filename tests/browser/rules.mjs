// rules.mjs - what every page must keep, whoever looks at it and on whatever screen.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

// Attributes that tell one kind of element from another, beside its name; the others hold words, numbers and addresses.
const SAYS = /^(class|role|type|scope|hidden|disabled|checked|open|lang|tabindex|accesskey|colspan|rowspan|aria-(?!label|describedby|controls|details|owns|activedescendant).*)$/.source;

export const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, colorScheme: 'dark' };
const DESK = { viewport: { width: 1366, height: 768 }, hasTouch: false, colorScheme: 'light' };

// Turns an open page to another kind of screen: all of it at once, since each change is drawn.
async function turnTo(page, screen) {
  const { viewport, hasTouch, colorScheme } = screen;
  page.devtools ??= await page.context().newCDPSession(page);
  const features = [{ name: 'prefers-color-scheme', value: colorScheme }, { name: 'prefers-reduced-motion', value: 'reduce' }];
  await Promise.all([page.devtools.send('Emulation.setTouchEmulationEnabled', { enabled: hasTouch }),
    page.devtools.send('Emulation.setEmulatedMedia', { media: '', features }),
    page.devtools.send('Emulation.setDeviceMetricsOverride', { ...viewport, deviceScaleFactor: 1, mobile: false })]);
  assert.deepEqual(await page.evaluate(() => [innerWidth, matchMedia('(pointer:coarse)').matches, matchMedia('(prefers-color-scheme:dark)').matches]),
    [viewport.width, hasTouch, colorScheme === 'dark'], 'the screen is another');
  page.screen = screen;
}

// In the page: what only all of it shows. The driver's handles would cost more than the look.
function wrongInWhole() {
  const wrong = [];
  const all = [...document.querySelectorAll('*')];
  const ids = all.map((e) => e.id).filter((id) => id !== '').sort();
  const twice = ids.filter((id, i) => id === ids[i - 1]);
  if (document.querySelectorAll('h1').length !== 1) wrong.push('does not have one h1');
  if (document.querySelector('[style]')) wrong.push('has a style of its own');
  if (twice.length > 0) wrong.push(`has these ids twice: ${twice.join(' ')}`);
  const wider = document.documentElement.scrollWidth - window.innerWidth;
  if (wider > 0) wrong.push(`is ${wider} px wider than the screen`);
  for (const e of all) {
    const [isWide, isHigh] = [e.scrollWidth > e.clientWidth + 13, e.scrollHeight > e.clientHeight + 13]; // pixels that axe lets pass too
    if (!isWide && !isHigh) continue;
    const { overflowX, overflowY } = getComputedStyle(e);
    const scrolls = (isWide && /auto|scroll/.test(overflowX)) || (isHigh && /auto|scroll/.test(overflowY));
    if (scrolls && e.tabIndex < 0 && ![...e.querySelectorAll('*')].some((inner) => inner.tabIndex >= 0 && inner.checkVisibility()))
      wrong.push(`cannot be scrolled by keys: ${e.outerHTML.slice(0, 100)}`);
  }
  return wrong;
}

// In the page: of neighbours that are alike in all but their words, numbers and addresses (rows, items, areas of a map), two stay until
// what was taken out is put back. What one of them would break, each of them breaks.
function keepTwoOfEachKind(says) {
  const SAYS = new RegExp(says);
  const kinds = new Map();
  const kindOf = (element) => {
    const parts = [element.localName];
    for (const { name, value } of element.attributes) parts.push(SAYS.test(name) ? `${name}=${value}` : name + (value.trim() === '' ? '=' : ''));
    for (const child of element.childNodes) {
      if (child instanceof Element) parts.push(kindOf(child));
      else if (child instanceof Text && child.data.trim() !== '') parts.push('.');
    }
    kinds.set(element, `(${parts.join(' ')})`);
    return kinds.get(element);
  };
  kindOf(document.body);
  globalThis.takenOut = [];
  const thin = (element) => {
    const met = new Map();
    for (const child of [...element.childNodes].filter((node) => node instanceof Element)) {
      const times = (met.get(kinds.get(child)) ?? 0) + 1;
      met.set(kinds.get(child), times);
      if (times <= 2 || child.contains(document.activeElement)) {
        thin(child);
      } else {
        globalThis.takenOut.push([element, child, child.nextSibling]);
        child.remove();
      }
    }
  };
  thin(document.body);
}

// In the page: the kinds of element in it, each told by itself and by all it lies in, as a style sheet can.
function kindsShown(says) {
  const SAYS = new RegExp(says), kinds = new Set();
  const look = (element, above) => {
    const said = [...element.attributes].filter(({ name }) => SAYS.test(name)).map(({ name, value }) => `${name}=${value}`).sort();
    const kind = `${above} ${[element.localName, ...said].join(',')}`;
    kinds.add(kind);
    for (const child of element.childNodes) if (child instanceof Element) look(child, kind);
  };
  look(document.body, '');
  return [...kinds];
}

function putBack() {
  for (const [parent, child, next] of globalThis.takenOut.reverse()) parent.insertBefore(child, next);
}

// One h1, rules of accessibility, no inline style, no id twice, nothing wider than the screen, nothing that scrolls by the mouse alone.
export async function checkPage(page, isJudged = true) {
  const wrong = await page.evaluate(wrongInWhole);
  if (!isJudged) return assert.deepEqual(wrong, [], page.url());
  // The bar of buttons stays at the bottom of the screen: what lies under it can be scrolled away from there.
  await page.evaluate(() => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync('.act { position: static }');
    document.adoptedStyleSheets = [sheet];
  });
  await page.evaluate(keepTwoOfEachKind, SAYS);
  let found;
  try {
    // The page's policy holds for scripts it did not bring itself: axe comes in through the driver.
    if (await page.evaluate(() => globalThis.axe === undefined)) await page.evaluate(axe);
    // Only what is wrong is described; axe would work out where everything stands that is right.
    found = await page.evaluate((runOnly) => globalThis.axe.run(document, { runOnly, reporter: 'no-passes', resultTypes: ['violations'],
      preload: false, iframes: false }), RULES);
  } finally {
    await page.evaluate(putBack);
  }
  wrong.push(...found.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(' ')).slice(0, 4).join(' | ')}`));
  assert.deepEqual(wrong, [], page.url());
}

// Kinds of element that were judged on a phone.
const known = new Set();

async function showsNewKind(page) {
  const kinds = await page.evaluate(kindsShown, SAYS);
  const isNew = kinds.some((kind) => !known.has(kind));
  for (const kind of kinds) known.add(kind);
  return isNew;
}

// The same on a desk and on a phone in the dark. The phone has the same elements in other styles: the rules of accessibility are judged there
// where one of them is of a kind that no page before has shown. The page is left on the screen it was turned to, where the next one
// begins: a turn costs nearly as much as opening a page.
export async function checkOnBothScreens(page) {
  page.screen ??= DESK;
  const errors = [];
  const isNew = await showsNewKind(page);
  for (const screen of page.screen === DESK ? [DESK, PHONE] : [PHONE, DESK]) {
    if (page.screen !== screen) await turnTo(page, screen);
    await checkPage(page, screen === DESK || isNew).catch((error) => errors.push(`${screen === PHONE ? 'on a phone: ' : ''}${error.message}`));
  }
  if (errors.length > 0) throw new Error(errors.join('\n'));
}
