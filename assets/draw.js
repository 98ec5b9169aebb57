/* Drawing a boundary on the map of a form. Without this file the form takes GeoJSON as text or as a file, and the map shows what is recorded; nothing
 * here decides anything: the node checks what is sent. What is drawn stands in the form's field at once, and what is typed there on the map. */
(() => {
'use strict';
const box = document.getElementById('draw'), map = box?.querySelector('svg'), field = box && document.getElementById(box.dataset.field);
if (!map || !field) return;

const texts = box.dataset, $ = (id) => document.getElementById(id), ns = 'http://www.w3.org/2000/svg', NEAR = 9, TARGET = 12;
const element = (tag, attributes, ...children) => {
  const e = document.createElementNS(ns, tag);
  for (const [name, value] of Object.entries(attributes)) e.setAttribute(name, value);
  e.append(...children);
  return e;
};
const land = map.querySelector('.land'), bar = map.querySelector('.bar');
const around = element('g', {}), ring = element('g', {}), cross = element('path', { class: 'cross', 'aria-hidden': 'true' });
const sheet = new CSSStyleSheet();
sheet.replaceSync(`#draw svg { touch-action: none; cursor: crosshair; max-width: none; background: var(--paper) } #draw .cross { stroke: var(--err); stroke-width: 2; opacity: 0 }
  #draw svg:focus-visible .cross { opacity: 1 } #draw .hit { fill: transparent } #draw .dot { fill: var(--paper); stroke: var(--brand); stroke-width: 2.5; pointer-events: none }
  #draw g:focus { outline: 0 } #draw g:focus .dot { fill: var(--brand) } #draw g:focus-visible .hit { fill: var(--brand); fill-opacity: .3 }`);
document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];

/* ---- where things are: degrees, and pixels of the page ------------------------------------------------------- */

let width = 640, height = 400, narrow = map.dataset.east / map.dataset.south;
const view = { x: Number(map.dataset.west) + 320 / map.dataset.east, y: Number(map.dataset.north) - 200 / map.dataset.south, scale: Number(map.dataset.south) };
const begun = { ...view };
const across = (x) => (x - view.x) * view.scale * narrow + width / 2, down = (y) => (view.y - y) * view.scale + height / 2;
const place = (px, py) => [round(view.x + (px - width / 2) / view.scale / narrow), round(view.y - (py - height / 2) / view.scale)];
const round = (v) => Math.round(v * 1e6) / 1e6;
const apart = (a, b) => Math.hypot(across(a[0]) - across(b[0]), down(a[1]) - down(b[1]));

let corners = [], isClosed = false, isFixed = false, fixed = [], others = [];
const past = [];

/* ---- the field ------------------------------------------------------------------------------------------------- */

const ringsOf = (geometry) => (geometry?.type === 'Polygon' ? [geometry.coordinates] : geometry?.type === 'MultiPolygon' ? geometry.coordinates : []);
function read() {
  let polygons = [];
  try {
    const root = JSON.parse(field.value);
    polygons = ringsOf(root.geometry ?? root);
  } catch { /* the node will say what is wrong */ }
  const isSound = polygons.flat().every((r) => Array.isArray(r) && r.every((p) => Array.isArray(p) && p.every(Number.isFinite)));
  isFixed = isSound && polygons.flat().length > 1;
  fixed = isFixed ? polygons.flat() : [];
  corners = isSound && !isFixed && polygons.length ? polygons[0][0].slice(0, -1).map(([x, y]) => [x, y]) : [];
  isClosed = corners.length > 2;
}
function write() {
  field.value = corners.length < 3 ? '' : JSON.stringify({ type: 'Polygon', coordinates: [[...corners, corners[0]]] });
}
const copy = () => ({ corners: corners.map((c) => [...c]), isClosed, isFixed, fixed, text: field.value });
function change(make) {
  const before = copy();
  if (make() === false) return;
  past.push(before);
  write();
  draw();
}
function undo() {
  const before = past.pop();
  if (!before) return;
  ({ corners, isClosed, isFixed, fixed } = before);
  field.value = before.text;
  draw();
}

/* ---- drawing ----------------------------------------------------------------------------------------------------- */

const line = (points) => points.map(([x, y], i) => `${i ? 'L' : 'M'}${across(x).toFixed(1)} ${down(y).toFixed(1)}`).join('');
const turn = (a, b, c) => Math.sign((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]));
function crosses() {
  const sides = corners.map((c, i) => [c, corners[(i + 1) % corners.length]]);
  if (!isClosed) sides.pop();
  return sides.some(([a, b], i) => sides.some(([c, d], k) => k > i + 1 && !(i === 0 && k === corners.length - 1) && turn(a, b, c) !== turn(a, b, d) && turn(c, d, a) !== turn(c, d, b)));
}
/* Hectares on the plane around the ring, as the node measures them (WGS 84). */
function area() {
  const e2 = 0.0066943799901413, latitude = corners[0][1] * Math.PI / 180, t = 1 - e2 * Math.sin(latitude) ** 2, degree = Math.PI / 180;
  const north = 6378137 * (1 - e2) / (t * Math.sqrt(t)), east = 6378137 * Math.cos(latitude) / Math.sqrt(t);
  const sum = corners.reduce((s, [x, y], i) => {
    const [u, v] = corners[(i + 1) % corners.length], [fx, fy] = corners[0];
    return s + (x - fx) * (v - fy) - (u - fx) * (y - fy);
  }, 0);
  return Math.abs(sum) / 2 * degree * degree * north * east / 10000;
}
function tell(text) {
  const lang = document.documentElement.lang === 'en' ? 'en-GB' : 'vi-VN';
  $('ds').textContent = text ?? [isFixed ? texts.parts : !corners.length ? texts.none
    : (isClosed ? texts.shut : texts.open).replace('%n', corners.length).replace('%a', isClosed ? area().toLocaleString(lang, { maximumFractionDigits: 2 }) : ''),
  corners.length > 3 && crosses() ? texts.crossed : ''].filter(Boolean).join(' ');
}
function draw() {
  const focused = [...ring.children].indexOf(document.activeElement), isOn = ring.contains(document.activeElement), pixel = 111195 / view.scale;
  map.setAttribute('viewBox', `0 0 ${width} ${height}`);
  map.firstElementChild.setAttribute('width', width);
  map.firstElementChild.setAttribute('height', height);
  land.setAttribute('transform', `translate(${across(0)} ${down(0)}) scale(${view.scale * narrow / 100} ${view.scale / 100})`);
  around.replaceChildren(...others.map(({ name, polygons }) => element('path', { class: 'other', d: polygons.flat().map((r) => `${line(r)}z`).join(''), fill: texts.others.includes('cluster=') ? 'none' : 'var(--line2)', 'fill-opacity': '.6', 'fill-rule': 'evenodd', stroke: 'var(--ink2)' },
    element('title', {}, name))));
  const shape = element('path', { d: [...fixed.map((r) => `${line(r)}z`), corners.length ? line(corners) + (isClosed ? 'z' : '') : ''].join(''), fill: isClosed || isFixed ? 'var(--q2)' : 'none',
    'fill-opacity': '.5', 'fill-rule': 'evenodd', stroke: 'var(--brand)', 'stroke-width': '2.5', 'pointer-events': 'none' });
  ring.replaceChildren(shape, ...corners.map(([x, y], i) => {
    const label = `${texts.name.replace('%n', i + 1).replace('%m', corners.length)}: ${y.toFixed(6)}, ${x.toFixed(6)}`;
    return element('g', { tabindex: '0', role: 'button', 'aria-label': label, 'data-corner': i, transform: `translate(${across(x).toFixed(1)} ${down(y).toFixed(1)})` },
      element('circle', { class: 'hit', r: TARGET }), element('circle', { class: 'dot', r: i === 0 && !isClosed ? 8 : 5 }));
  }));
  if (isOn) (ring.children[Math.min(focused, corners.length)]?.dataset.corner ? ring.children[Math.min(focused, corners.length)] : map).focus({ preventScroll: true });
  cross.setAttribute('d', `M${width / 2 - 12} ${height / 2}h24M${width / 2} ${height / 2 - 12}v24`);
  const least = 10 ** Math.floor(Math.log10(pixel * 50)), metres = [1, 2, 5, 10].map((k) => k * least).find((m) => m >= pixel * 50);
  bar.querySelector('path').setAttribute('d', `M10 ${height - 16}v6h${(metres / pixel).toFixed(1)}v-6`);
  bar.querySelector('text').setAttribute('y', height - 20);
  bar.querySelector('text').textContent = metres >= 1000 ? `${metres / 1000} km` : `${metres} m`;
  tell();
}

/* ---- looking about ------------------------------------------------------------------------------------------------ */

function zoom(factor, px = width / 2, py = height / 2) {
  const [x, y] = place(px, py);
  view.scale = Math.min(4e6, Math.max(60, view.scale * factor));
  view.x = x - (px - width / 2) / view.scale / narrow;
  view.y = y + (py - height / 2) / view.scale;
  draw();
}
function shift(px, py) {
  view.x += px / view.scale / narrow;
  view.y -= py / view.scale;
  draw();
}
function all() {
  const points = corners.length ? corners : fixed.flat();
  if (!points.length) { Object.assign(view, begun); draw(); return; }
  const xs = points.map((p) => p[0]), ys = points.map((p) => p[1]), west = Math.min(...xs), east = Math.max(...xs), south = Math.min(...ys), north = Math.max(...ys);
  view.x = (west + east) / 2;
  view.y = (south + north) / 2;
  narrow = Math.cos(view.y * Math.PI / 180);
  view.scale = Math.min(width / Math.max(2 * (east - west) * narrow, 1e-4), height / Math.max(2 * (north - south), 1e-4));
  draw();
}

/* ---- corners ------------------------------------------------------------------------------------------------------- */

/* A corner of what lies there already draws a new one to it, so that neighbours share it. */
function drawn_to(spot, px, py) {
  let best = spot, least = NEAR;
  for (const { polygons } of others) for (const r of polygons.flat()) for (const p of r) {
    const far = Math.hypot(across(p[0]) - px, down(p[1]) - py);
    if (far < least) { least = far; best = [p[0], p[1]]; }
  }
  return best;
}
/* After which corner a new one stands on the closed line; how far it is from it. */
function side_near(px, py) {
  let at = 0, least = Infinity;
  corners.forEach((a, i) => {
    const b = corners[(i + 1) % corners.length], ax = across(a[0]), ay = down(a[1]), dx = across(b[0]) - ax, dy = down(b[1]) - ay;
    const t = Math.max(0, Math.min(1, ((px - ax) * dx + (py - ay) * dy) / (dx * dx + dy * dy || 1))), far = Math.hypot(px - ax - t * dx, py - ay - t * dy);
    if (far < least) { least = far; at = i; }
  });
  return [at, least];
}
function set(px, py, reach) {
  if (isFixed) return;
  if (!isClosed && corners.length > 2 && apart(corners[0], place(px, py)) < TARGET) { close(); return; }
  const [after, far] = isClosed ? side_near(px, py) : [corners.length - 1, 0];
  if (isClosed && far > reach) { tell(texts.far); return; }
  const spot = drawn_to(place(px, py), px, py);
  change(() => { corners.splice(after + 1, 0, spot); });
}
function close() { change(() => (corners.length > 2 && !isClosed ? (isClosed = true) : false)); }
function remove(i) {
  change(() => { corners.splice(i, 1); isClosed = isClosed && corners.length > 2; });
}

/* ---- pointer: a tap sets, a drag moves ------------------------------------------------------------------------------- */

const down_at = new Map();
let held = null, before = null, hasMoved = false, gap = 0;
const at = (e) => { const r = map.getBoundingClientRect(); return [(e.clientX - r.left) * width / r.width, (e.clientY - r.top) * height / r.height]; };
const spread = () => { const [a, b] = [...down_at.values()]; return Math.hypot(a[0] - b[0], a[1] - b[1]); };
map.addEventListener('pointerdown', (e) => {
  if (e.button !== 0) return;
  down_at.set(e.pointerId, at(e));
  map.setPointerCapture(e.pointerId);
  const corner = e.target.closest?.('[data-corner]');
  if (down_at.size === 1) { held = corner ? Number(corner.dataset.corner) : null; before = copy(); hasMoved = false; } else { hasMoved = true; held = null; gap = spread(); }
});
map.addEventListener('pointermove', (e) => {
  const last = down_at.get(e.pointerId), now = at(e);
  if (!last) return;
  if (!hasMoved && Math.hypot(now[0] - last[0], now[1] - last[1]) < 5) return;
  hasMoved = true;
  down_at.set(e.pointerId, now);
  if (down_at.size === 2) {
    const wide = spread();
    if (gap > 0) zoom(wide / gap, ...now);
    gap = wide;
  } else if (held === null) shift(last[0] - now[0], last[1] - now[1]);
  else { corners[held] = drawn_to(place(...now), ...now); write(); draw(); }
});
function release(e) {
  const isLast = down_at.delete(e.pointerId) && down_at.size === 0;
  if (!isLast) return;
  if (hasMoved) { if (held !== null) past.push(before); } else if (e.type === 'pointerup') {
    if (held === null) set(...at(e), NEAR);
    else if (held === 0 && !isClosed && corners.length > 2) close();
    ring.children[1 + (held ?? -1)]?.focus?.({ preventScroll: true });
  }
  held = null;
}
map.addEventListener('pointerup', release);
map.addEventListener('pointercancel', release);
map.addEventListener('wheel', (e) => {
  if (!map.contains(document.activeElement)) return; /* who only passes by scrolls the page */
  e.preventDefault();
  zoom(e.deltaY < 0 ? 1.25 : 0.8, ...at(e));
}, { passive: false });

/* ---- keys and buttons -------------------------------------------------------------------------------------------------- */

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
map.addEventListener('keydown', (e) => {
  const on = e.target.closest('[data-corner]'), i = on ? Number(on.dataset.corner) : -1, arrow = ARROWS[e.key], far = e.shiftKey ? 20 : on ? 1 : 10;
  if ((e.ctrlKey || e.metaKey) && e.key.toLowerCase() === 'z') undo();
  else if (e.ctrlKey || e.metaKey || e.altKey) return;
  else if (arrow && on) change(() => { corners[i] = place(across(corners[i][0]) + arrow[0] * far, down(corners[i][1]) + arrow[1] * far); });
  else if (arrow) shift(arrow[0] * far * 2, arrow[1] * far * 2);
  else if (e.key === '+' || e.key === '=') zoom(1.5);
  else if (e.key === '-' || e.key === '\u2212') zoom(1 / 1.5);
  else if ((e.key === 'Enter' || e.key === ' ') && i === 0 && !isClosed) close();
  else if ((e.key === 'Enter' || e.key === ' ') && !on) set(width / 2, height / 2, Infinity);
  else if ((e.key === 'Delete' || e.key === 'Backspace') && on) remove(i);
  else return;
  e.preventDefault();
});
const actions = { set: () => set(width / 2, height / 2, Infinity), undo, close, in: () => zoom(2), out: () => zoom(0.5), all,
  clear: () => change(() => { corners = []; fixed = []; isClosed = isFixed = false; }) };
$('dt').addEventListener('click', (e) => { const name = e.target.closest('button')?.dataset.do; if (name) actions[name](); });
field.addEventListener('input', () => { read(); draw(); });

/* ---- begin ----------------------------------------------------------------------------------------------------------- */

function measure() {
  const wide = map.getBoundingClientRect().width;
  if (wide < 1 || wide === width) return;
  view.scale *= wide / width;
  begun.scale *= wide / width;
  width = wide;
  height = Math.max(320, Math.min(560, Math.round(wide * 0.55)));
  draw();
}
map.querySelector('.shapes').replaceWith(around, ring, cross);
map.setAttribute('role', 'application');
map.setAttribute('tabindex', '0');
map.setAttribute('aria-describedby', 'dh');
$('dt').hidden = false;
read();
draw();
new ResizeObserver(measure).observe(map);
fetch(texts.others, { credentials: 'same-origin' }).then((r) => (r.ok ? r.json() : { features: [] })).then(({ features }) => {
  others = features.filter((f) => f.id !== texts.own).map((f) => ({ name: f.properties.name, polygons: ringsOf(f.geometry) }));
  draw();
}).catch(() => { /* without what lies around it can be drawn as well */ });
})();
