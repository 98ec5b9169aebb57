// walk.mjs - one procedure walked by those who have a part in it, each at the node of their level: what waits for them is opened from a list,
// the form on its page filled in, its button pressed, and what the page says then is read. A procedure is a table, no program.
//
//     { workflow, title, unit, steps: [[who, act, day, documents, fields, state, due]...] }
//
// who: a name of PEOPLE. act: of the procedure; "open" the first, "look" to read how it stands; a walk without "open" goes on with the case of that title.
// documents: "name number, name number", all of that day. fields: what is typed in, by the name of the field of the procedure or of the form; a function
// is asked of the world. With refused: [why, instead] among them it is refused for that reason, comes back as it was typed, and is sent again with what
// is typed instead. state: how the case then stands, as the page says it; without it as before. due: a day that the page then says, "dd/mm/yyyy", or another text.
//
// Forms that each level signs over what the one beneath signed (sign) are steps of [who, form, holds, typed, refused]. holds: what stands in rows before
// anything is typed. typed: what is put into rows, or as the remark. refused: [row, what is typed there first, why the page refuses that, at the row].
import assert from 'node:assert/strict';

const SECONDS_TO_ARRIVE = 30; // generous: other programs share the machine

// Who has a part: the node of their level, their login there, what they are called in docs/workflows.md.
export const PEOPLE = {
  'cục': ['ministry', 'chuyenvien', 'ministry'], 'trưởng phòng cục': ['ministry', 'truongphong', 'ministry'], 'lãnh đạo cục': ['ministry', 'lanhdao', 'ministry'],
  'sở': ['haTinh', 'chuyenvien', 'province'], 'trưởng phòng sở': ['haTinh', 'truongphong', 'province'], 'lãnh đạo sở': ['haTinh', 'lanhdao', 'province'],
  'trung tâm': ['haTinh', 'trungtam', 'centre'], 'doanh nghiệp': ['haTinh', 'doanhnghiep', 'enterprise'], 'chủ đầu tư': ['haTinh', 'chudautu', 'investor'],
  'xã': ['commune', 'canboxa', 'commune'], 'chuyên viên xã': ['commune', 'chuyenvienxa', 'commune'], 'lãnh đạo xã': ['commune', 'lanhdaoxa', 'commune'],
  'cơ sở ở xã': ['commune', 'coso', 'enterprise'],
  'xã ở Phú Thọ': ['phuTho', 'canboxa', 'commune'], 'lãnh đạo sở Phú Thọ': ['phuTho', 'lanhdao', 'province'],
};

// In the page, each at once: a driver's handles would cost more than what they do.

// How the case stands, as the page says it.
function read() {
  const text = (what) => document.querySelector(what)?.textContent.replace(/\s+/g, ' ').trim() ?? '';
  return { path: location.pathname, hash: location.hash, title: text('main h1'), state: text('main .lede span'), done: text('#done'), main: text('main') };
}

// The focus goes to a link to that address (of that text); whether there is one.
function toLink([address, words]) {
  const link = [...document.querySelectorAll('main a')].find((a) => a.getAttribute('href').startsWith(address) && a.textContent.trim().startsWith(words));
  link?.focus();
  return link !== undefined && document.activeElement === link;
}

// Fills in the form to that address as it is typed, and the focus goes to its button. given: from names of fields to what is typed. What is wrong, and
// what stood in each field before.
function fillIn([address, given]) {
  const form = [...document.forms].find((it) => it.getAttribute('action').split('?')[0] === address);
  const wrong = [];
  const before = {};
  if (form === undefined) return { wrong: ['the page does not offer it'] };
  const summary = form.closest('details')?.querySelector('summary');
  if (summary && !form.checkVisibility()) summary.click();
  const inputs = [...form.elements].filter((e) => e.name !== '' && e.type !== 'hidden' && e.type !== 'submit');
  for (const e of inputs) {
    const labels = [...e.labels, ...(e.getAttribute('aria-labelledby') ?? '').split(' ').map((id) => document.getElementById(id))];
    if (!labels.some((label) => label !== null && label.textContent.trim() !== '' && label.checkVisibility())) wrong.push(`no label is seen of ${e.name}`);
    if (e.checkVisibility() && !/checkbox|radio/.test(e.type) && e.offsetWidth < 60) wrong.push(`${e.name} is ${e.offsetWidth} px wide`);
  }
  for (const [name, value] of Object.entries(given)) {
    const input = inputs.find((e) => e.name === `field-${name}`) ?? inputs.find((e) => e.name === name);
    input?.focus();
    if (input === undefined || document.activeElement !== input) {
      wrong.push(`there is no ${name} to be filled in, but ${inputs.map((e) => e.name).join(' ')}`);
      continue;
    }
    before[input.name] = input.value;
    if (input.value === value) continue;
    if (input.tagName === 'SELECT' || input.type === 'date') { // a list and a calendar of the browser's own
      input.value = value;
      input.dispatchEvent(new Event('input', { bubbles: true }));
      input.dispatchEvent(new Event('change', { bubbles: true }));
    } else {
      input.select();
      document.execCommand('insertText', false, value);
    }
    if (input.value !== value) wrong.push(`"${value}" cannot be put into ${name}`);
  }
  const button = [...form.querySelectorAll('button')].at(-1);
  button.focus();
  if (document.activeElement !== button) wrong.push('its button cannot be reached');
  return { wrong, before };
}

const press = (page) => Promise.all([page.waitForNavigation({ waitUntil: 'domcontentloaded' }), page.keyboard.press('Enter')]);

async function follow(page, address, words = '') {
  assert.ok(await page.evaluate(toLink, [address, words]), `a link to ${address}`);
  await press(page);
}

// Asks until a page of a node has all that in it, as what was done at another node arrives.
async function arrives(page, url, all) {
  for (const deadline = Date.now() + SECONDS_TO_ARRIVE * 1000; ;) {
    const response = await page.request.get(url);
    const text = await response.text();
    const missing = all.filter((part) => !text.includes(part));
    if (response.ok() && missing.length === 0) return;
    if (Date.now() > deadline) throw new Error(`${url} has no ${missing.join(', ')} within ${SECONDS_TO_ARRIVE} s: ${response.status()}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const papersOf = (documents, day) => Object.fromEntries((documents === '' ? [] : documents.split(', ')).flatMap((one) => {
  const at = one.indexOf(' ');
  return [[`document-${one.slice(0, at)}`, one.slice(at + 1)], [`document-${one.slice(0, at)}-on`, day]];
}));

// Walks the procedure to its last step. meet: the page of somebody who is signed in, by node and login.
export async function walk(world, meet, { workflow, title, unit, steps }) {
  const seen = new Set(); // who has had the case before
  let path = null;
  let standing = '';
  let holder = null; // who did the last step
  let last = null; // and at which address
  for (const [who, action, day, documents, fields, says, due] of steps) {
    const what = `${who} ${action}`;
    const [node, login] = PEOPLE[who];
    const address = world[node];
    const page = await meet(node, login);
    const { refused, ...given } = Object.fromEntries(Object.entries(fields ?? {}).map(([name, value]) => [name, typeof value === 'function' ? value(world) : value]));
    const fill = { ...(action === 'open' ? { title, case_unit: unit } : {}), on: day, ...given, ...papersOf(documents ?? '', day) };
    if (action === 'open') {
      await page.goto(`${address}/cases`, { waitUntil: 'domcontentloaded' });
      await follow(page, `/cases/new/${workflow}`);
    } else if (who !== holder) {
      if (last !== null && last !== address) await arrives(page, `${address}${path}`, [`>${standing}</span>`]);
      if (seen.has(who)) {
        await page.goto(`${address}${path}`, { waitUntil: 'domcontentloaded' });
      } else {
        await page.goto(`${address}/cases?which=${action === 'look' ? 'all' : 'mine'}&q=${encodeURIComponent(title)}`, { waitUntil: 'domcontentloaded' });
        await follow(page, path ?? '/cases/', title);
      }
      ({ path } = await page.evaluate(read));
    }
    seen.add(who);
    holder = who;
    last = address;
    if (action === 'look') {
      assert.equal((await page.evaluate(read)).state, standing, what);
      continue;
    }
    const send = async (values) => {
      const { wrong, before } = await page.evaluate(fillIn, [action === 'open' ? `/cases/${workflow}` : `${path}/${action}`, values]);
      assert.deepEqual(wrong, [], what);
      await press(page);
      return before;
    };
    await send(fill);
    if (refused !== undefined) {
      const [why, instead] = refused;
      page.expected.push(/422|409/);
      const told = await page.evaluate(read);
      assert.match(told.main, why, `${what}: why it is refused`);
      assert.equal(told.done, '', `${what}: nothing was done`);
      const kept = await send({ ...fill, ...instead });
      for (const [name, value] of Object.entries(fill)) assert.equal(kept[`field-${name}`] ?? kept[name], value, `${what}: ${name} comes back as it was typed`);
    }
    const found = await page.evaluate(read);
    if (action === 'open') ({ path } = found);
    standing = says ?? standing;
    assert.deepEqual([found.path, found.hash, found.title, found.state], [path, '#done', title, standing], `${what}: ${found.main.slice(0, 900)}`);
    assert.match(found.done, /^Đã thực hiện: /, what);
    if (due) assert.ok(found.main.includes(due), `${what}: ${due} is not on the page: ${found.main}`);
  }
}

// In the page: whether a field is marked, and what is told beside it.
const atField = (name) => {
  const input = document.querySelector(`main [name="${name}"]`);
  const notes = (input.getAttribute('aria-describedby') ?? '').split(' ').map((id) => document.getElementById(id)?.textContent ?? '');
  return input.getAttribute('aria-invalid') === 'true' ? notes.join(' ') : 'nothing is wrong';
};

// In the page: the addresses of links to it.
const linksTo = (address) => [...document.querySelectorAll('main a')].map((a) => a.getAttribute('href')).filter((href) => href.startsWith(address));

// Signs the forms in turn, each found under "My work" of who has to sign it and gone from there then. The address of the last one.
export async function sign(world, meet, folder, steps) {
  let path;
  for (const [who, form, holds, typed, refused] of steps) {
    const what = `${who}, ${form}`;
    const [node, login] = PEOPLE[who];
    const page = await meet(node, login);
    const prefix = `${folder}/${form}/`;
    const named = (values) => Object.fromEntries(Object.entries(values).map(([row, value]) => [row === 'remark' ? row : `cell-${row}`, value]));
    await page.goto(`${world[node]}/todo`, { waitUntil: 'domcontentloaded' });
    [path] = await page.evaluate(linksTo, prefix);
    assert.ok(path, `${what}: it stands under My work`);
    await arrives(page, `${world[node]}${path}`, Object.entries(named(holds)).map(([name, value]) => `name="${name}" value="${value}"`));
    await follow(page, prefix);
    const send = async (values) => {
      const { wrong, before } = await page.evaluate(fillIn, [path, named(values)]);
      assert.deepEqual(wrong, [], what);
      await press(page);
      return before;
    };
    if (refused !== undefined) {
      const [row, first, why] = refused;
      page.expected.push(/422/);
      await send({ ...typed, [row]: first });
      assert.match(await page.evaluate(atField, `cell-${row}`), why, `${what}: why it is refused`);
      assert.equal((await page.evaluate(read)).done, '', `${what}: nothing was done`);
    }
    const kept = await send({ ...holds, ...typed });
    if (refused !== undefined) {
      const [row, first] = refused;
      for (const [name, value] of Object.entries(named({ ...typed, [row]: first }))) assert.equal(kept[name], value, `${what}: ${name} comes back as it was typed`);
    }
    const found = await page.evaluate(read);
    assert.deepEqual([found.path, found.hash], [path, '#done'], `${what}: ${found.main.slice(0, 900)}`);
    assert.ok(found.done.startsWith(`Đã ký: biểu ${form}, `), `${what}: ${found.done}`);
    await page.goto(`${world[node]}/todo`, { waitUntil: 'domcontentloaded' });
    assert.ok(!(await page.evaluate(linksTo, prefix)).includes(path), `${what}: it waits no more`);
  }
  return path;
}

// What the country's form is made of, as the ministry finds it from the list of the reports of a period: [the sum, each part], a value by row, once so many have arrived.
export async function readSum(world, meet, who, folder, form, period, count) {
  const [node, login] = PEOPLE[who];
  const page = await meet(node, login);
  await page.goto(`${world[node]}${folder}?period=${period}`, { waitUntil: 'domcontentloaded' });
  await follow(page, `${folder}/${form}/VN/`);
  const { path } = await page.evaluate(read);
  await arrives(page, `${world[node]}${path}`, [`>${count} trong ${count} `]);
  await page.reload({ waitUntil: 'domcontentloaded' });
  const shown = () => [...document.querySelectorAll('main tbody tr')].map((row) => [row.querySelector('td').textContent, row.cells[3].textContent.trim()]);
  const parts = [];
  const sum = await page.evaluate(shown);
  await page.goto(`${world[node]}${folder}?period=${period}`, { waitUntil: 'domcontentloaded' });
  for (const href of (await page.evaluate(linksTo, `${folder}/${form}/`)).filter((one) => !one.includes('/VN/'))) {
    await page.goto(`${world[node]}${href}`, { waitUntil: 'domcontentloaded' });
    parts.push(Object.fromEntries(await page.evaluate(shown)));
  }
  return [Object.fromEntries(sum), ...parts];
}
