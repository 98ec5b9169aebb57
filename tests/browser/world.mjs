// world.mjs - the demo world for the tests: made in a temporary folder on free ports, as a user makes it; then served
// node by node, so that a test can stop one and start it again.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const SECONDS_TO_MAKE = 300;
const SECONDS_TO_START = 30;
const SECONDS_TO_STOP = 20;
const FOLDERS = { ministry: 'bo', haTinh: 'ha-tinh', phuTho: 'phu-tho', commune: 'thanh-sen' };
const ABOVE = { haTinh: 'ministry', phuTho: 'ministry', commune: 'haTinh' };
const COMMUNE = '18073'; // the ward Thành Sen of Hà Tĩnh
// Who works at the commune's node, and whom the procedures need beside the people of the demo: node, login, role, unit where it is not the node's.
const MORE = [['commune', 'canboxa', 'commune'], ['commune', 'lanhdaoxa', 'head'], ['commune', 'chuyenvienxa', 'specialist'], ['commune', 'coso', 'enterprise'],
  ['haTinh', 'truongphong', 'head'], ['ministry', 'truongphong', 'head'], ['phuTho', 'canboxa', 'commune', '05092']]; // the commune Thung Nai

const children = new Set();
process.on('exit', () => { for (const child of children) child.kill('SIGTERM'); });

// A process of the program: its text so far, and a promise of its exit status.
function run(top, ...args) {
  const child = spawn(join(top, 'caunoi'), args, { cwd: top, stdio: ['pipe', 'pipe', 'pipe'] });
  const it = { text: '', status: null, stdin: child.stdin };
  children.add(child);
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes) => { it.text += bytes; });
  it.ended = new Promise((resolve) => {
    const end = (status) => { children.delete(child); it.status = status; resolve(status); };
    child.on('exit', (code, signal) => end(code ?? signal));
    child.on('error', (error) => { it.text += error.message; end('not started'); });
  });
  it.stop = async () => {
    child.kill('SIGTERM');
    const late = setTimeout(() => child.kill('SIGKILL'), SECONDS_TO_STOP * 1000);
    const status = await it.ended;
    clearTimeout(late);
    return status;
  };
  it.until = async (find, seconds) => {
    for (const deadline = Date.now() + seconds * 1000; ; await new Promise((resolve) => setTimeout(resolve, 20))) {
      const found = find(it.text);
      if (found) return found;
      if (it.status !== null || Date.now() > deadline) {
        await it.stop();
        throw new Error(`caunoi ${args.join(' ')}: ${it.status}\n${it.text}`);
      }
    }
  };
  return it;
}

// Resolves to { ministry, haTinh, phuTho: addresses; openCommune(): serves a commune's node below Hà Tĩnh's, at .commune from then on; password; seconds: how long making and starting again took; conflict: the
// name of one between the ministry and Hà Tĩnh; case: one of a commune of Hà Tĩnh; cluster, plot: one of its illustrated clusters, a vacant plot of it; persons: two about whom Hà Tĩnh holds a file; stop(name), start(name): one node; end(): whether all ended well }.
export async function startWorld(top) {
  const parent = mkdtempSync(join(tmpdir(), 'caunoi-browser-'));
  const folder = join(parent, 'demo');
  const names = ['ministry', 'haTinh', 'phuTho'];
  const world = { seconds: {} };
  // Once the world is complete the demo prints a line a node and the password.
  const complete = (text) => {
    const addresses = [...text.matchAll(/^ {2}\S.*?(http:\/\/127\.0\.0\.1:\d+)/gm)].map((match) => match[1]);
    const password = text.match(/^ {4}([a-z0-9]{4}-[a-z0-9]{4}-[a-z0-9]{4})$/m)?.[1];
    return addresses.length === 3 && password ? { addresses, password } : null;
  };
  const demo = async (what) => {
    const begun = Date.now();
    const it = run(top, 'demo', folder, '--listen', '127.0.0.1:0', '--lang', 'en');
    const found = await it.until(complete, SECONDS_TO_MAKE);
    world.seconds[what] = (Date.now() - begun) / 1000;
    const status = await it.stop();
    if (status !== 0) throw new Error(`the demo ended with ${status} after SIGTERM\n${it.text}`);
    return found;
  };
  const first = await demo('first');
  const second = await demo('second');
  world.isSame = first.password === second.password;
  world.password = second.password;

  const served = {};
  let isWell = true;
  names.forEach((name, i) => { world[name] = second.addresses[i]; });
  world.start = async (name) => {
    const upstream = name in ABOVE ? ['--upstream', world[ABOVE[name]]] : [];
    served[name] = run(top, 'serve', join(folder, FOLDERS[name]), '--listen', world[name] === undefined ? '127.0.0.1:0' : new URL(world[name]).host, ...upstream);
    world[name] = await served[name].until((text) => text.match(/http:\/\/127\.0\.0\.1:\d+/)?.[0], SECONDS_TO_START);
  };
  world.stop = async (name) => {
    if (served[name] === undefined) return;
    const status = await served[name].stop();
    if (status !== 0) {
      console.log(`# the node ${name} ended with ${status}\n${served[name].text.replace(/^/gm, '# ')}`);
      isWell = false;
    }
    delete served[name];
  };
  // The last that each node said, for when something went wrong.
  world.said = () => Object.entries(served).map(([name, { text }]) => `${name}: ${text.slice(-3000)}`.replace(/^/gm, '# ')).join('\n');
  world.end = async () => {
    for (const name of ['commune', ...names]) await world.stop(name);
    rmSync(parent, { recursive: true, force: true });
    return isWell;
  };
  const command = async (...args) => {
    const it = run(top, ...args);
    it.stdin.on('error', () => {}); // most commands end without reading it
    it.stdin.end(`${world.password}\n`); // of a new account
    const status = await it.ended;
    if (status !== 0) throw new Error(`caunoi ${args.join(' ')}: ${status}\n${it.text}`);
    return it.text;
  };
  for (const [name, value] of [['ministry', 180], ['haTinh', 191.25]]) {
    const file = join(parent, `${name}.csv`);
    writeFileSync(file, `indicator,unit,period,value\nretail_sales,42,2012-01,${value}\nexport_value,42,2012-01,${value}\n`);
    await command('import', join(folder, FOLDERS[name]), file);
  }
  // A commune below Hà Tĩnh; it is served when a test wants it.
  const commune = join(folder, FOLDERS.commune);
  const key = async (...args) => (await command(...args)).match(/[0-9a-f]{64}/)[0];
  await command('trust', join(folder, FOLDERS.haTinh), await key('init', commune, '--unit', COMMUNE), '--unit', COMMUNE);
  for (const [name, unit] of [['ministry', 'VN'], ['haTinh', '42']]) await command('trust', commune, await key('key', join(folder, FOLDERS[name])), '--unit', unit);
  for (const [name, login, role, ...unit] of MORE) await command('user', 'add', join(folder, FOLDERS[name]), login, '--role', role, ...unit.flatMap((code) => ['--unit', code]));
  world.openCommune = async () => {
    if (world.commune === undefined) await world.start('commune');
  };
  // Two persons about whom Hà Tĩnh holds something: one to look at, one to erase.
  const about = join(parent, 'ly-lich.txt');
  writeFileSync(about, 'Họ tên, số điện thoại');
  world.persons = [];
  for (let i = 0; i < 2; i += 1) {
    const { person } = JSON.parse(await command('blob', 'person', join(folder, FOLDERS.haTinh), '--json'));
    await command('blob', 'add', join(folder, FOLDERS.haTinh), about, '--person', person, '--of', `report/monthly/42@2004-01-01/${month(13)}`);
    world.persons.push(person);
  }
  // A commune's official opens a case there.
  const token = (await command('user', 'token', join(folder, FOLDERS.haTinh), 'canboxa')).match(/\bcn_[A-Za-z0-9_-]+/)[0];
  const reader = (await command('user', 'token', join(folder, FOLDERS.ministry), 'chuyenvien')).match(/\bcn_[A-Za-z0-9_-]+/)[0];
  for (const name of names) await world.start(name);
  world.cluster = (await (await fetch(`${world.haTinh}/clusters.json?unit=42`)).json()).rows[0].id;
  world.plot = (await (await fetch(`${world.haTinh}/clusters/plots.json?unit=${COMMUNE}`)).json()).rows[0].plot;
  const opened = await fetch(`${world.haTinh}/cases/cluster_establishment.json`, { method: 'POST', redirect: 'manual',
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({ title: 'Cụm công nghiệp Thành Sen (minh họa)', case_unit: '18073', fields: { cluster: 'Thành Sen', act: 'establish', area_ha: '42.5' },
      documents: { letter: { number: '12/ĐN', on: '2026-11-02' } } }) });
  world.case = opened.headers.get('location').match(/cases\/(\w+)/)[1];
  const deadline = Date.now() + SECONDS_TO_START * 1000;
  for (const name of ['ministry', 'haTinh']) {
    while (!(await (await fetch(`${world[name]}/metrics`)).text()).includes('caunoi_conflicts_open 1')) {
      if (Date.now() > deadline) throw new Error(`the node ${name} knows no conflict`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  // A scheme of the illustration, as the ministry's official finds it in the list.
  const schemes = await (await fetch(`${world.ministry}/promotion/schemes.json?unit=25`, { headers: { Authorization: `Bearer ${reader}` } })).json();
  world.scheme = schemes.rows.find((row) => row.title.includes('gỗ ghép thanh')).case;
  world.entry = (await (await fetch(`${world.ministry}/figures/explain.json?indicator=iip_yoy&unit=42&period=2021`)).json()).entry;
  world.conflict = JSON.parse(await command('conflicts', join(folder, FOLDERS.haTinh), '--json')).conflicts[0].id;
  return world;
}

// Sign in by the form, as people do.
export async function signIn(page, address, login, password) {
  await page.goto(`${address}/sign-in`);
  await page.fill('#login', login);
  await page.fill('#password', password);
  await Promise.all([page.waitForURL((url) => url.pathname !== '/sign-in'), page.click('main button')]);
}

// At one page people take turns: each signs in by the form once, and what the browser keeps of them is put aside while others sit there.
const kept = new Map(); // from node and login to cookies
export async function become(page, address, login, password) {
  const who = `${login} at ${address}`;
  if (page.who === who) return;
  if (page.who !== undefined) kept.set(page.who, await page.context().cookies());
  await page.context().clearCookies();
  if (kept.has(who)) await page.context().addCookies(kept.get(who));
  else await signIn(page, address, login, password);
  page.who = who;
}

// "2026-10" for 1 in November of 2026, in Vietnam; counted from when the tests began, which may be in the last minutes of a month.
// Each test of reports has months of its own.
const began = new Date(Date.now() + 7 * 3600 * 1000);
export function month(back) {
  const first = new Date(Date.UTC(began.getUTCFullYear(), began.getUTCMonth() - back, 1));
  return `${first.getUTCFullYear()}-${String(first.getUTCMonth() + 1).padStart(2, '0')}`;
}

export const cell = (page, id) => page.locator(`[id="c-${id}"]`);
export const value = (page, id) => cell(page, id).inputValue();
export const focused = (page) => page.evaluate(() => document.activeElement.id);
export const saved = (page) => page.waitForFunction(() => /nút|node/.test(document.getElementById('sv').textContent)
  && !document.getElementById('sv').classList.contains('wait'));

// What Ctrl+V does with this text on the clipboard.
export function paste(page, text) {
  return page.evaluate((content) => {
    const data = new DataTransfer();
    data.setData('text/plain', content);
    document.activeElement.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));
  }, text);
}
