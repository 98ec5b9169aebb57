#!/usr/bin/env node
// run.mjs - the browser tests: starts the demo world in a temporary folder, opens Chromium, runs every
// *_test.mjs beside it in order of name, prints TAP. Arguments pick tests by a part of their name.
//
// A test file exports tests: an object from name (a sentence) to async function ({ browser, world, page, open, meet }).
// Each test gets a fresh page, more by open(). meet(node, login): one page for all tests, at which that person sits from then on.
// Errors on the console and refused styles or scripts fail it.
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { become, startWorld } from './world.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const wanted = process.argv.slice(2);
const SECONDS_A_TEST = 600;

const tests = [];
for (const file of readdirSync(here).filter((name) => name.endsWith('_test.mjs')).sort()) {
  const module = await import(join(here, file));
  for (const [name, run] of Object.entries(module.tests)) {
    if (wanted.length === 0 || wanted.some((part) => name.includes(part))) tests.push({ name, run });
  }
}
console.log(`1..${tests.length}`);

const world = await startWorld(join(here, '..', '..'));
const executablePath = [process.env.CHROMIUM, '/usr/bin/chromium-headless-shell', '/usr/bin/chromium', '/usr/bin/chromium-browser']
  .find((path) => path && existsSync(path));
// Pages live for a second: what their scripts would gain from being optimised is less than that costs.
const browser = await chromium.launch({
  executablePath,
  args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
    '--disable-background-networking', '--disable-component-update', '--disable-sync', '--js-flags=--no-turbofan --no-maglev'],
});

// A page that notes what goes wrong in it; what a test expects to go wrong it adds to page.expected.
async function openPage(options) {
  // Colours that fade would be judged half way.
  const context = await browser.newContext({ locale: 'vi-VN', viewport: { width: 1366, height: 768 }, reducedMotion: 'reduce', ...options });
  const page = await context.newPage();
  page.problems = [];
  page.expected = [];
  page.setDefaultTimeout(30000);
  page.on('pageerror', (error) => page.problems.push(`script: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error') page.problems.push(`console: ${message.text()} (${message.location().url})`);
  });
  return page;
}

const pictures = join(here, '..', '..', 'build', 'check');
mkdirSync(pictures, { recursive: true });
let shared; // the page at which people take turns
let failed = 0;
let number = 0;
for (const { name, run } of tests) {
  const pages = [];
  const open = async (options) => {
    const page = await openPage(options);
    pages.push(page);
    return page;
  };
  const meet = async (node, login) => {
    shared ??= await openPage({ viewport: { width: 390, height: 200 } }); // little of it is drawn
    await become(shared, world[node], login, world.password);
    if (!pages.includes(shared)) pages.push(shared);
    return shared;
  };
  let timer;
  number += 1;
  try {
    const late = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new Error(`took more than ${SECONDS_A_TEST} s`)), SECONDS_A_TEST * 1000);
    });
    // Only a test that names a page gets one made.
    const page = run.toString().match(/^async \w+\(\{[^}]*\bpage\b/) ? await open() : null;
    await Promise.race([run({ browser, world, open, meet, page }), late]);
    const problems = pages.flatMap((page) => page.problems.filter((p) => !page.expected.some((pattern) => pattern.test(p))));
    if (problems.length > 0) throw new Error(problems.join('\n'));
    console.log(`ok ${number} - ${name}`);
  } catch (error) {
    failed += 1;
    console.log(`not ok ${number} - ${name}`);
    console.log(String(error.stack ?? error).replace(/^/gm, '# '));
    console.log(world.said());
    for (const [i, page] of pages.entries()) {
      if (page.isClosed()) continue;
      const picture = join(pictures, `${name}-${i + 1}.png`);
      await page.screenshot({ path: picture, fullPage: true }).then(
        () => console.log(`# at ${page.url()}, picture in ${picture}`), () => {});
    }
  } finally {
    clearTimeout(timer);
    if (shared) shared.problems = [];
    await Promise.all(pages.filter((page) => page !== shared).map((page) => page.context().close().catch(() => {})));
  }
}
await browser.close();
if (!(await world.end())) failed += 1;
process.exit(failed > 0 ? 1 : 0);
