/* The entry grid: makes the plain form of a report as quick as a spreadsheet. Without this file the page is a form
 * with Save, Check and Submit buttons; nothing here decides anything: the node checks what is sent. */
(() => {
'use strict';

/* ---- numbers as people write them ------------------------------------------------------------------------ */

/* null: empty; NaN: not a number. "1.234" is 1234 in Vietnamese, 1.234 in English; "1,234" the reverse. */
function parse(text, lang) {
  let t = text.replace(/[\s\u00a0\u2007\u2009\u202f]/g, '').replace(/\u2212/g, '-');
  if (!t) return null;
  const sign = /^[+-]/.test(t) ? (t[0] === '-' ? -1 : 1) : 1;
  t = t.replace(/^[+-]/, '');
  if (!/^[\d.,]*\d[\d.,]*$/.test(t)) return NaN;
  const group = lang === 'en' ? ',' : '.', point = lang === 'en' ? '.' : ',';
  const grouped = (s, g) => new RegExp('^\\d{1,3}(\\' + g + '\\d{3})+$').test(s);
  const value = (whole, rest) => sign * Number((whole || '0') + (rest === undefined ? '' : '.' + (rest || '0')));
  const plain = /^\d*$/;
  for (const [p, g] of [[point, group], [group, point]]) {
    const parts = t.split(p);
    if (parts.length > 2) { if (grouped(t, p)) return value(t.split(p).join('')); continue; }
    if (parts.length === 1) {
      if (plain.test(t)) return value(t);
      if (grouped(t, g)) return value(t.split(g).join(''));
      continue;
    }
    const [whole, rest] = parts;
    if (!plain.test(rest)) continue;
    if (plain.test(whole)) {
      if (p === group && grouped(t, group)) return value(t.split(group).join(''));
      return value(whole, rest);
    }
    if (grouped(whole, g)) return value(whole.split(g).join(''), rest);
  }
  return NaN;
}

function format(x, least, most, lang) {
  return new Intl.NumberFormat(lang === 'en' ? 'en-GB' : 'vi-VN',
    { minimumFractionDigits: least, maximumFractionDigits: Math.max(least, most) }).format(x).replace('-', '\u2212');
}

/* What spreadsheets put on the clipboard: quoted cells may hold tabs, line ends and doubled quotes. */
function tsv(text) {
  const rows = [[]];
  let cell = '', quoted = false, fresh = true;
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (quoted) {
      if (c !== '"') cell += c;
      else if (text[i + 1] === '"') { cell += '"'; i++; } else quoted = false;
    } else if (c === '"' && fresh) { quoted = true; fresh = false; }
    else if (c === '\t') { rows.at(-1).push(cell); cell = ''; fresh = true; }
    else if (c === '\n' || c === '\r') {
      if (c === '\r' && text[i + 1] === '\n') i++;
      rows.at(-1).push(cell); rows.push([]); cell = ''; fresh = true;
    } else { cell += c; fresh = false; }
  }
  rows.at(-1).push(cell);
  if (rows.length > 1 && rows.at(-1).length === 1 && rows.at(-1)[0] === '') rows.pop();
  return rows;
}

globalThis.cnGrid = { parse, format, tsv };

const form = document.getElementById('grid');
document.documentElement.classList.add('has-js');
if (!form || !form.dataset.editable) return;

/* ---- what is on the page ------------------------------------------------------------------------------------ */

const $ = id => document.getElementById(id);
const lang = form.dataset.lang, texts = $('gx').dataset, status = $('sv');
const say = (name, ...values) => { let i = 0; return (texts[name] || '').replace(/%s/g, () => values[i++]); };
const rows = [...form.querySelectorAll('tr[data-id]')];
const grid = rows.map(r => [...r.querySelectorAll('.in input')]);
const cells = grid.flat();
const rowOf = i => i.closest('tr');
const idOf = i => i.name.slice(5);
const byId = new Map(cells.map(i => [idOf(i), i]));
const notes = new Map(rows.map(r => [r.dataset.id, $('g-' + r.dataset.id)]));
const place = i => { const y = rows.indexOf(rowOf(i)); return [y, grid[y].indexOf(i)]; };
const num = s => s === '' || s === undefined ? null : Number(s);
const clock = () => new Date().toLocaleTimeString('en-GB', { timeZone: 'Asia/Ho_Chi_Minh', hour: '2-digit', minute: '2-digit' });

/* ---- comparisons while typing --------------------------------------------------------------------------------- */

const signed = (x, points) => (x > 0 ? '+' : '') + format(x, 1, 1, lang) + (points ? ' ' + texts.points : '');
function change(d, side, v, base) {
  if (v === null || Number.isNaN(v)) return '–';
  const own = side === 'y' ? ['yoy', 'ytd'] : ['mom'];
  if (d.x && own.includes(d.x)) return signed(v - 100, false);
  if (base === null) return '–';
  if (d.x) return signed(v - base, true);
  return base > 0 ? signed((v / base - 1) * 100, false) : '–';
}
function todate(d, v) {
  if (v === null || Number.isNaN(v)) return null;
  if (d.c === 'level') return v;
  const base = num(d.b);
  if (base === null) return null;
  return d.c === 'sum' ? base + v : d.c === 'average_index' ? (base + v) / (Number(d.n) + 1) : null;
}
function calculate(input) {
  const row = rowOf(input), d = row.dataset, v = parse(input.value, lang);
  const put = (css, text) => { const cell = row.querySelector(css); if (cell) cell.textContent = text; };
  put('.k-p', change(d, 'p', v, num(d.p)));
  put('.k-y', change(d, 'y', v, num(d.y)));
  const sum = todate(d, v);
  put('.k-t', sum === null ? '–' : format(sum, Number(d.d), Number(d.d), lang));
  put('.k-u', sum === null ? '–' : change(d, 'y', sum, num(d.t)));
  const wrong = Number.isNaN(v);
  input.setAttribute('aria-invalid', String(wrong));
  row.classList.toggle('empty', input.value === '');
  if (wrong) show(row, [{ severity: 'error', cell: d.id, message: texts.nan, fix: null }]);
}

/* ---- messages under the rows, and the bar above -------------------------------------------------------------- */

const PATHS = { error: 'M9 5.5v4.2M9 12.3v.1M9 2.2a6.8 6.8 0 100 13.6 6.8 6.8 0 000-13.6z',
  warning: 'M9 2.5l7 12.5H2zM9 7v3.8M9 12.9v.1', hint: 'M3 3.5h12v8.5H8.5L5 15v-3H3z' };
function icon(name) {
  const ns = 'http://www.w3.org/2000/svg', svg = document.createElementNS(ns, 'svg'), path = document.createElementNS(ns, 'path');
  svg.setAttribute('class', 'i'); svg.setAttribute('viewBox', '0 0 18 18'); svg.setAttribute('aria-hidden', 'true');
  path.setAttribute('d', PATHS[name]); svg.append(path);
  return svg;
}
function element(tag, css, ...children) {
  const e = document.createElement(tag);
  if (css) e.className = css;
  e.append(...children);
  return e;
}
function show(row, problems) {
  const box = row.querySelector('.msgs'), mark = row.querySelector('.mk'), input = row.querySelector('.in input');
  const open = p => p.severity === 'error' || (p.severity === 'warning' && !p.explained);
  box.replaceChildren(...problems.map(p => {
    const text = element('span', '', p.message + ' ');
    if (p.fix !== null && p.fix !== undefined) {
      const b = element('button', 'lk', say('fix', p.fix));
      b.type = 'button'; b.dataset.fix = p.fix; text.append(b);
    }
    if (p.explained) text.append(element('span', 'xp', '· ' + texts.explained));
    return element('p', p.severity === 'error' ? 'em' : p.severity === 'warning' ? 'em wn' : 'em hn', icon(p.severity), text);
  }));
  const worst = problems.some(p => p.severity === 'error') ? 'error' : problems.some(open) ? 'warning' : '';
  row.classList.toggle('err', worst === 'error');
  row.classList.toggle('warn', worst === 'warning');
  mark.replaceChildren(...(worst ? [icon(worst)] : []));
  input.setAttribute('aria-invalid', String(worst === 'error'));
  if (problems.some(p => p.severity === 'warning')) row.querySelector('.gt').open = true;
}
function showAll(answer) {
  const of = new Map(rows.map(r => [r.dataset.id, []]));
  const isCalm = form.dataset.checked === '';  /* nobody asked yet what is missing: it is only counted */
  const missing = answer.problems.filter(p => p.missing), told = answer.problems.filter(p => !p.missing);
  for (const p of isCalm ? told : answer.problems) of.get(p.cell)?.push(p);
  for (const r of rows) {
    const input = r.querySelector('.in input');
    if (!dirty.has(r.dataset.id)) show(r, of.get(r.dataset.id));
    r.classList.toggle('empty', input.value === '');
  }
  const errors = answer.errors - (isCalm ? missing.length : 0), warnings = answer.warnings_open;
  $('tth').textContent = errors && warnings ? say('problems', errors, warnings) : errors ? say('errors', errors)
    : warnings ? say('warnings', warnings) : missing.length ? texts.missing : texts.clear;
  $('tt').className = 'alert chk no-print ' + (errors ? 'err' : warnings ? 'warn' : missing.length ? '' : 'ok');
  const link = (p, text, ...before) => {
    const label = rowOf(byId.get(p.cell)).querySelector('th > span').firstChild.textContent.trim();
    const a = element('a', '', ...before, `${p.cell}. ${label}${text}`);
    a.href = '#c-' + p.cell;
    return element('li', p.severity === 'error' && before.length ? 'e' : '', a);
  };
  $('ttl').replaceChildren(...told.filter(p => p.severity === 'error' || (p.severity === 'warning' && !p.explained))
    .map(p => link(p, ': ' + p.message, icon(p.severity))));
  const more = $('ttm');
  more.hidden = !missing.length;
  if (!isCalm) more.open = true;
  $('ttn').textContent = missing.length;
  more.querySelector('ul').replaceChildren(...missing.map(p => link(p, '')));
  if (answer.state === 'draft') { $('rs').textContent = texts.draft; $('rs').className = 'chip info'; }
  $('fc').textContent = say('entered', answer.filled, rows.length);
}

/* ---- where a value is kept: this computer, the node ---------------------------------------------------------- */

const KEY = 'caunoi:' + form.dataset.save;
const dirty = new Map();              /* cell -> {typed?, explanation?}: not yet at the node */
let version = Number(form.dataset.version), timer, localTimer, retry = 0, sending = null, reachable = true;

function mark(id, where) {
  const row = rows.find(r => r.dataset.id === id);
  row.dataset.state = where;
  if (document.activeElement === byId.get(id)) tell(byId.get(id));
}
function keepLocally() {
  try {
    if (dirty.size) localStorage.setItem(KEY, JSON.stringify({ version, cells: Object.fromEntries(dirty) }));
    else localStorage.removeItem(KEY);
    return true;
  } catch { return false; }
}
function tellSaved(where) {
  status.textContent = (where === 'node' ? say('node', clock()) : say('pc', clock())) +
    (dirty.size ? ' · ' + say('wait', dirty.size) : '');
  status.classList.toggle('wait', dirty.size > 0);
}
function note(id, part) {
  dirty.set(id, { ...dirty.get(id), ...part });
  mark(id, 'pc');
  clearTimeout(localTimer);
  localTimer = setTimeout(() => { if (keepLocally() && reachable && dirty.size) tellSaved('pc'); }, 600);
  later(3000);
}
function later(ms) { clearTimeout(timer); timer = setTimeout(flush, ms); }
function offline(is) {
  reachable = !is;
  document.querySelector('.util .dot')?.classList.toggle('off', is);
  $('off').hidden = !is;
  if (is) { keepLocally(); status.textContent = texts.offline + ' · ' + say('wait', dirty.size); status.classList.add('wait'); }
}

/* Send what is not at the node yet. Cells typed meanwhile stay dirty. True when the node has everything. */
function flush(always) {
  if (sending) return sending.then(() => dirty.size ? flush() : true);
  if (!dirty.size && !always) return Promise.resolve(true);
  sending = send().finally(() => { sending = null; });
  return sending;
}
async function send() {
  const batch = new Map([...dirty].map(([id, part]) => [id, { ...part }]));
  let reply;
  clearTimeout(timer);
  try {
    reply = await fetch(form.dataset.save, { method: 'PUT', credentials: 'same-origin',
      headers: { 'Content-Type': 'application/json', 'Accept': 'application/json', 'X-CSRF-Token': form.dataset.csrf },
      body: JSON.stringify({ base_version: version, cells: Object.fromEntries(batch) }) });
  } catch {
    offline(true);
    retry = Math.min(retry + 1, 5);
    later(2000 * 2 ** retry);
    return false;
  }
  offline(false);
  retry = 0;
  const answer = await reply.json().catch(() => ({}));
  if (reply.ok) {
    version = answer.draft_version;
    form.elements.base_version.value = version;
    for (const [id, part] of batch) {
      const now = dirty.get(id);
      if (now && now.typed === part.typed && now.explanation === part.explanation) { dirty.delete(id); mark(id, 'node'); }
    }
    keepLocally();
    showAll(answer);
    tellSaved('node');
    if (dirty.size) later(3000);
    return dirty.size === 0;
  }
  keepLocally();
  if (reply.status === 409 && answer.conflicts) { conflict(answer); return false; }
  status.textContent = reply.status === 401 ? texts.signin : (answer.error ? [answer.error.message, answer.error.hint].filter(Boolean).join('; ') : String(reply.status));
  status.classList.add('wait');
  if (reply.status >= 500 || reply.status === 429 || reply.status === 401) later(10000);
  return false;
}
function conflict(answer) {
  const box = $('cf'), list = box.querySelector('ul');
  box.hidden = false;
  list.replaceChildren(...answer.conflicts.map(c => {
    const mine = element('button', 'btn s', say('yours', c.yours || texts.empty)), theirs = element('button', 'btn s', say('theirs', c.theirs || texts.empty));
    const item = element('li', '', `${say('row', c.cell)}, ${say('by', c.by)}: `, mine, ' ', theirs);
    const done = () => { item.remove(); if (!list.children.length) { box.hidden = true; flush(true); } };
    mine.type = theirs.type = 'button';
    mine.onclick = () => { version = answer.draft_version; form.elements.base_version.value = version; done(); };
    theirs.onclick = () => {
      const part = dirty.get(c.cell);
      if (part && part.typed !== undefined) { byId.get(c.cell).value = c.theirs; calculate(byId.get(c.cell)); }
      else if (notes.get(c.cell)) notes.get(c.cell).value = c.theirs;
      dirty.delete(c.cell); mark(c.cell, 'node');
      version = answer.draft_version; form.elements.base_version.value = version; done();
    };
    return item;
  }));
  box.querySelector('button')?.focus();
}

/* ---- changing cells, with unlimited undo ------------------------------------------------------------------------ */

const undone = [], done = [];
let old = '', mode = 'ready', anchor = null;

function put(input, value) { input.value = value; calculate(input); note(idOf(input), { typed: value }); }
function set(changes) {
  const before = changes.filter(([i, v]) => i.value !== v).map(([i]) => [i, i.value]);
  if (!before.length) return;
  for (const [i, v] of changes) if (i.value !== v) put(i, v);
  done.push(before); undone.length = 0;
}
function step(from, to) {
  const group = from.pop();
  if (!group) return;
  to.push(group.map(([i]) => [i, i.value]));
  for (const [i, v] of group) put(i, v);
  go(group[0][0]); old = group[0][0].value;
}
function tidy(input) {
  const v = parse(input.value, lang), d = rowOf(input).dataset;
  return v === null || Number.isNaN(v) ? input.value : format(v, Number(d.d), Number(d.k), lang);
}
/* Typing becomes one step of undo when the cell is left. */
function commit(input) {
  if (input.value === old) return;
  const typed = tidy(input);
  input.value = old;
  set([[input, typed]]);
  old = typed;
}
function go(input) { if (input) { input.focus(); input.select(); } }
function move(input, dy, dx) {
  const [y, x] = place(input);
  const ny = y + dy, nx = x + dx;
  if (dx && (nx < 0 || nx >= grid[y].length)) return dx > 0 ? grid[y + 1]?.[0] : grid[y - 1]?.at(-1);
  return grid[ny]?.[Math.min(nx, grid[ny].length - 1)];
}

/* ---- a selected range ----------------------------------------------------------------------------------------------- */

let run = null;                    /* column in which a run of Tab began */
function select(from, to) {
  const [y0, x0] = place(from), [y1, x1] = place(to);
  const inside = (v, a, b) => v >= Math.min(a, b) && v <= Math.max(a, b);
  grid.forEach((line, y) => line.forEach((i, x) => i.parentElement.classList.toggle('sel', from !== to && inside(y, y0, y1) && inside(x, x0, x1))));
}
const selected = () => cells.filter(i => i.parentElement.classList.contains('sel'));
function unselect() { anchor = null; for (const i of cells) i.parentElement.classList.remove('sel'); }
let far = null, arrives = false;

function paste(input, text) {
  const lines = tsv(text), [y, x] = place(input), width = grid[y].length - x;
  const all = [...form.querySelectorAll('tbody tr')], changes = [];
  let at = all.indexOf(rowOf(input)), lost = 0, bad = 0;
  for (const line of lines) {
    /* wider than the grid: labels were copied along, the figures stand last */
    const values = line.length > width ? line.slice(-width) : line, isBlank = values.every(v => v.trim() === '');
    if (all[at] && !all[at].dataset.id) { at++; if (isBlank) continue; }
    while (all[at] && !all[at].dataset.id) at++;
    if (!all[at]) { lost += values.filter(v => v.trim() !== '').length; continue; }
    const targets = grid[rows.indexOf(all[at])];
    values.forEach((value, k) => {
      const target = targets[x + k], v = parse(value, lang), d = rowOf(target).dataset;
      if (Number.isNaN(v)) bad++;
      changes.push([target, v === null || Number.isNaN(v) ? value.trim() : format(v, Number(d.d), Number(d.k), lang)]);
    });
    at++;
  }
  set(changes);
  old = input.value;
  status.textContent = [say('pasted', changes.length), bad && say('bad', bad), lost && say('lost', lost)].filter(Boolean).join(', ');
}

/* ---- the selected cell told in words and bars ------------------------------------------------------------------------ */

function bars(values, value, lang_) {
  const ns = 'http://www.w3.org/2000/svg', svg = document.createElementNS(ns, 'svg'), all = [...values, value].filter(v => v !== null && !Number.isNaN(v));
  const top = Math.max(...values.filter(v => v !== null), 0) * 1.15 || Math.max(...all, 1), add = (name, attributes, text) => {
    const e = document.createElementNS(ns, name);
    for (const [k, v] of Object.entries(attributes)) e.setAttribute(k, v);
    if (text) e.textContent = text;
    svg.append(e);
  };
  svg.setAttribute('viewBox', '0 0 260 96'); svg.setAttribute('class', 'ch-svg'); svg.setAttribute('role', 'img');
  if (!all.length) svg.setAttribute('aria-hidden', 'true');
  svg.setAttribute('aria-label', all.map(v => format(v, 0, 2, lang_)).join('; '));
  add('line', { class: 'zero', x1: 0, x2: 260, y1: 86, y2: 86 });
  [...values, value].forEach((v, k) => {
    if (v === null || Number.isNaN(v)) return;
    const height = Math.max(0, Math.min(84, v / top * 72));
    add('rect', { class: k === values.length ? 'bn' : 'bo', x: 2 + k * 20, width: 14, y: 86 - height, height, rx: 1 });
  });
  return svg;
}
let told = null;
function tell(input) {
  const row = rowOf(input), d = row.dataset, label = row.querySelector('th > span');
  const unit = row.querySelector('.unit').textContent;
  $('fxn').textContent = say('row', row.querySelector('.stt').textContent);
  const hints = [...row.querySelectorAll('.em.hn')].map(e => e.textContent.trim());
  $('fxd').textContent = [`${label.firstChild.textContent.trim()} (${unit})`, label.dataset.help, ...hints].filter(Boolean).join('. ');
  told = row;
  const card = $('cell'), values = d.h.split(';').map(num), known = values.filter(v => v !== null);
  card.hidden = false;
  $('ct').textContent = `${label.firstChild.textContent.trim()}, ${form.dataset.period}`;
  $('cg').replaceChildren(bars(values, parse(input.value, lang), lang));
  $('cn').hidden = known.length > 0;
  $('cg').hidden = !known.length;
  for (const id of ['cr', 'ca']) $(id).hidden = $(id).previousElementSibling.hidden = !known.length;
  const f = v => format(v, Number(d.d), Number(d.d), lang);
  $('cr').textContent = known.length ? `${f(Math.min(...known))} – ${f(Math.max(...known))}` : '–';
  $('ca').textContent = known.length ? f(known.reduce((a, b) => a + b, 0) / known.length) : '–';
  $('cs').textContent = dirty.has(d.id) ? texts.here : d.state === 'sent' ? texts.sent : d.state === 'centre' ? texts.centre : d.state ? texts.there : texts.empty;
}

/* ---- keys ---------------------------------------------------------------------------------------------------------- */

function onKey(e) {
  const input = e.target, key = e.key, control = e.ctrlKey || e.metaKey;
  if (e.isComposing || e.keyCode === 229) return; /* UniKey, EVKey and others are still writing */
  const stop = () => e.preventDefault();
  const leave = to => { stop(); commit(input); unselect(); go(to); };
  if (control && !e.shiftKey && key.toLowerCase() === 'z') { if (mode !== 'edit' && input.value === old) { stop(); step(done, undone); } }
  else if (control && (key.toLowerCase() === 'y' || (e.shiftKey && key.toLowerCase() === 'z'))) { stop(); step(undone, done); }
  else if (control && key.toLowerCase() === 'd') {
    stop(); commit(input);
    const range = selected(), [y, x] = place(input);
    if (range.length) set(range.slice(1).map(i => [i, range[0].value]));
    else if (y > 0) set([[input, grid[y - 1][x].value]]);
    old = input.value;
  } else if (control && key.toLowerCase() === 's') { stop(); commit(input); flush(true); }
  else if (control && key === 'Home') leave(cells[0]);
  else if (control && key === 'End') leave(cells.at(-1));
  else if (key === 'F2' && e.shiftKey) {
    stop(); commit(input); explain(rowOf(input));
  } else if (key === 'F2') { stop(); mode = 'edit'; input.setSelectionRange(input.value.length, input.value.length); }
  else if (key === 'F9') { stop(); commit(input); check(); }
  else if (key === 'Escape') { stop(); input.value = old; calculate(input); mode = 'ready'; unselect(); input.select(); }
  else if ((key === 'Delete' || key === 'Backspace') && mode === 'ready') {
    const range = selected();
    stop(); set((range.length ? range : [input]).map(i => [i, ''])); old = input.value;
  } else if (e.shiftKey && (key === 'ArrowDown' || key === 'ArrowUp' || key === 'ArrowLeft' || key === 'ArrowRight') && mode !== 'edit') {
    const [dy, dx] = { ArrowDown: [1, 0], ArrowUp: [-1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[key];
    stop(); commit(input);
    if (!anchor) { anchor = input; far = input; }
    const [y, x] = place(far);
    far = grid[y + dy]?.[x + dx] || far;
    select(anchor, far);
  } else if (key === 'Enter') {
    const [y] = place(input);
    const target = run !== null && !e.shiftKey ? grid[y + 1]?.[run] : move(input, e.shiftKey ? -1 : 1, 0);
    run = null; leave(target || input);
  } else if (key === 'Tab' && !control && !e.altKey) {
    const target = move(input, 0, e.shiftKey ? -1 : 1);
    if (!target) return;               /* out of the grid, as anywhere */
    if (run === null) run = place(input)[1];
    leave(target);
  } else if (key === 'ArrowDown' || key === 'ArrowUp') { if (mode !== 'edit') { run = null; leave(move(input, key === 'ArrowDown' ? 1 : -1, 0) || input); } }
  else if ((key === 'ArrowLeft' || key === 'ArrowRight') && !control && mode !== 'edit') { run = null; leave(move(input, 0, key === 'ArrowRight' ? 1 : -1) || input); }
}

function explain(row) { row.querySelector('.gt').open = true; row.querySelector('.gt textarea').focus(); }
$('cx').onclick = () => explain(told);

async function check() {
  const from = document.activeElement;
  form.dataset.checked = '1';
  await flush(true);
  if (document.activeElement === from || document.activeElement === document.body) $('tt').focus(); /* who has gone on typing is not called away */
}

for (const input of cells) {
  input.addEventListener('focus', () => { old = input.value; mode = 'ready'; input.select(); if (anchor && anchor !== input) unselect(); tell(input); });
  input.addEventListener('input', () => { if (mode === 'ready') mode = 'enter'; calculate(input); note(idOf(input), { typed: input.value }); });
  input.addEventListener('blur', () => { commit(input); });
  input.addEventListener('dblclick', () => { mode = 'edit'; });
  input.addEventListener('keydown', onKey);
  /* The first click selects the cell, so that typing replaces its value; a click inside it edits. */
  input.addEventListener('mousedown', () => { arrives = document.activeElement !== input; });
  input.addEventListener('mouseup', e => { if (arrives) { e.preventDefault(); input.select(); } else mode = 'edit'; });
  input.addEventListener('paste', e => {
    const text = e.clipboardData.getData('text/plain');
    if (!/[\t\n\r]/.test(text.replace(/[\r\n]+$/, ''))) return; /* one value: as in any field */
    e.preventDefault(); commit(input); paste(input, text);
  });
  input.addEventListener('copy', e => {
    const range = selected();
    if (!range.length) return;
    const lines = new Map();
    for (const i of range) { const y = place(i)[0]; lines.set(y, [...(lines.get(y) || []), i.value]); }
    e.preventDefault(); e.clipboardData.setData('text/plain', [...lines.values()].map(l => l.join('\t')).join('\n'));
  });
}
for (const [id, area] of notes) {
  if (!area) continue;
  area.addEventListener('input', () => note(id, { explanation: area.value }));
  area.addEventListener('keydown', e => { if (e.key === 'Escape' || (e.key === 'F2' && e.shiftKey)) { e.preventDefault(); go(byId.get(id)); } });
}
form.addEventListener('click', e => {
  const fix = e.target.closest('[data-fix]');
  if (!fix) return;
  const input = rowOf(fix).querySelector('.in input');
  e.preventDefault();
  set([[input, fix.dataset.fix]]);
  show(rowOf(input), []);
  go(input); old = input.value;
  later(0);
});
/* Fixes act on the value that was focused before the button took the focus. */
form.addEventListener('mousedown', e => { if (e.target.closest('[data-fix]')) e.preventDefault(); });
$('undo').onclick = () => step(done, undone);
$('redo').onclick = () => step(undone, done);

document.addEventListener('click', async e => {
  const button = e.target.closest('[data-submit],[data-save-now],[data-check]');
  if (!button || button.form !== form) return;
  e.preventDefault();
  if (cells.includes(document.activeElement)) commit(document.activeElement);
  if (button.hasAttribute('data-check')) { check(); return; }
  const isThere = await flush(true);
  if (button.hasAttribute('data-submit') && isThere) form.requestSubmit(button);
}, { capture: false });
form.addEventListener('submit', () => { clearTimeout(timer); });
document.addEventListener('keydown', e => { if (e.key === 'F9' && !cells.includes(e.target)) { e.preventDefault(); check(); } });
addEventListener('online', () => later(0));
addEventListener('offline', () => offline(true));
addEventListener('pagehide', () => { if (cells.includes(document.activeElement)) commit(document.activeElement); keepLocally(); });

/* ---- what an earlier visit left on this computer ---------------------------------------------------------------------- */

try {
  const kept = JSON.parse(localStorage.getItem(KEY) || 'null');
  if (kept) {
    version = Math.min(version, kept.version);
    form.elements.base_version.value = version;
    for (const [id, part] of Object.entries(kept.cells)) {
      const input = byId.get(id), area = notes.get(id);
      if (!input) continue;
      if (part.typed !== undefined) { input.value = part.typed; calculate(input); }
      if (part.explanation !== undefined && area) { area.value = part.explanation; area.closest('details').open = true; }
      note(id, part);
    }
    if (dirty.size) later(0);
  }
} catch { localStorage.removeItem(KEY); }

const wanted = location.hash.startsWith('#c-') ? byId.get(location.hash.slice(3)) : null;
if (wanted) go(wanted);
})();
