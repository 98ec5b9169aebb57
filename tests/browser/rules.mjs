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
  for (const e of document.querySelectorAll('[for], [form], [list], [headers], [aria-labelledby], [aria-describedby], [aria-owns]'))
    for (const name of ['for', 'form', 'list', 'headers', 'aria-labelledby', 'aria-describedby', 'aria-owns'])
      for (const id of (e.getAttribute(name) ?? '').split(/\s+/).filter((one) => one !== ''))
        if (document.getElementById(id) === null) wrong.push(`names what is not there in ${name}: ${e.outerHTML.slice(0, 100)}`);
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

// In the page: tells kinds of element by a number each: of an element with all in it (of words, numbers and addresses only whether they are
// there), what names it or comes before it where that matters, and all it lies in, as a style sheet can tell it. globalThis.kinds: from
// element to kind; globalThis.within: the same but for what it lies in.
function tellKinds(says) {
  const SAYS = new RegExp(says);
  const number = (text) => { // a hash of 53 bits
    let a = 0xdeadbeef, b = 0x41c6ce57;
    for (let i = 0; i < text.length; i++) {
      a = Math.imul(a ^ text.charCodeAt(i), 2654435761);
      b = Math.imul(b ^ text.charCodeAt(i), 1597334677);
    }
    a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
    b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909);
    return 4294967296 * (2097151 & b) + (a >>> 0);
  };
  globalThis.kinds = new Map();
  globalThis.within = new Map();
  let heading = '';
  const nearby = (element) => {
    if (/^h[1-6]$/.test(element.localName)) {
      const before = heading;
      heading = element.localName;
      return `after ${before}`;
    }
    if (/^(nav|aside|section|form)$/.test(element.localName)) return element.getAttribute('aria-label') ?? '';
    return element.labels === undefined || element.labels === null ? '' : `labels ${element.labels.length > 0}`;
  };
  const look = (element, above) => {
    const said = [...element.attributes].map(({ name, value }) => (SAYS.test(name) ? `${name}=${value}` : name + (value.trim() === '' ? '=' : ''))).sort();
    const own = `${element.localName} ${said.join(' ')} ${nearby(element)}`;
    const path = number(`${above} ${own}`);
    const parts = [own];
    for (const child of element.childNodes) {
      if (child instanceof Element) parts.push(look(child, path));
      else if (child instanceof Text && child.data.trim() !== '') parts.push('.');
    }
    const kind = number(parts.join(' '));
    globalThis.within.set(element, kind);
    globalThis.kinds.set(element, number(`${path} ${kind}`));
    return kind;
  };
  look(document.body, `${innerWidth} ${matchMedia('(prefers-color-scheme:dark)').matches}`);
}

// In the page: of neighbours that are alike two stay until what was taken out is put back. What one of them would break, each of them breaks.
// The kinds of what stays, in order.
function keepTwoOfEachKind() {
  globalThis.takenOut = [];
  const thin = (element) => {
    const met = new Map();
    for (const child of [...element.childNodes].filter((node) => node instanceof Element)) { // a form's input may be called children
      const kind = globalThis.within.get(child);
      const times = (met.get(kind) ?? 0) + 1;
      met.set(kind, times);
      if (times <= 2 || child.contains(document.activeElement)) {
        thin(child);
      } else {
        globalThis.takenOut.push([element, child, child.nextSibling]);
        child.remove();
      }
    }
  };
  thin(document.body);
  return [...document.body.querySelectorAll('*')].map((element) => globalThis.kinds.get(element));
}

// In the page: the rules of accessibility, for elements of the kinds that are not known; those that are known stand by and are seen.
// What is wrong.
function judge([runOnly, isKnown]) {
  const known = new Set([...document.body.querySelectorAll('*')].filter((element, i) => isKnown[i]));
  const exclude = [...known].filter((element) => !known.has(element.parentElement));
  // Only what is wrong is described; axe would work out where everything stands that is right.
  return globalThis.axe.run({ include: [document], exclude }, { runOnly, reporter: 'no-passes', resultTypes: ['violations'], preload: false, iframes: false });
}

function putBack() {
  for (const [parent, child, next] of globalThis.takenOut.reverse()) parent.insertBefore(child, next);
}

// Kinds of element in which nothing was wrong, on the screen they were on.
const known = new Set();

// One h1, rules of accessibility, no inline style, no id twice, nothing wider than the screen, nothing that scrolls by the mouse alone.
export async function checkPage(page) {
  const wrong = await page.evaluate(wrongInWhole);
  // The bar of buttons stays at the bottom of the screen: what lies under it can be scrolled away from there.
  await page.evaluate(() => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync('.act { position: static }');
    document.adoptedStyleSheets = [sheet];
  });
  await page.evaluate(tellKinds, SAYS);
  const kinds = await page.evaluate(keepTwoOfEachKind);
  const isKnown = kinds.map((kind) => known.has(kind));
  let found = { violations: [] };
  try {
    if (isKnown.includes(false)) {
      // The page's policy holds for scripts it did not bring itself: axe comes in through the driver.
      if (await page.evaluate(() => globalThis.axe === undefined)) await page.evaluate(axe);
      found = await page.evaluate(judge, [RULES, isKnown]);
    }
    if (found.violations.length === 0) for (const kind of kinds) known.add(kind);
  } finally {
    await page.evaluate(putBack);
  }
  wrong.push(...found.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(' ')).slice(0, 4).join(' | ')}`));
  assert.deepEqual(wrong, [], page.url());
}

// The same on a desk and on a phone in the dark. The page is left on the screen it was turned to, where the next one begins: a turn costs
// nearly as much as opening a page.
export async function checkOnBothScreens(page) {
  page.screen ??= DESK;
  const errors = [];
  for (const screen of page.screen === DESK ? [DESK, PHONE] : [PHONE, DESK]) {
    if (page.screen !== screen) await turnTo(page, screen);
    await checkPage(page).catch((error) => errors.push(`${screen === PHONE ? 'on a phone: ' : ''}${error.message}`));
  }
  if (errors.length > 0) throw new Error(errors.join('\n'));
}
