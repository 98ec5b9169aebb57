#!/usr/bin/env node
// Checks bundle files by themselves, from the page "How nodes exchange" alone: is each what a writer may send?
// Whom to trust and whether a stream continues what a receiver holds is not asked here.
//
// check_bundle.mjs FILE: the newest place of each stream as the page's digest is made of them ("STREAM SEQ HASH"), the
// digest, the counts, and "forked STREAM SEQ" of those whose fork the file proves; exit status 0, or 1 and what is wrong on standard error. Of several files a line each.
import { createHash, createPublicKey, verify } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { spawn } from 'node:child_process';

const MIB = 1024 * 1024;
const BUNDLE_MOST = 1024 * MIB;
const WINDOW_MOST = 8 * MIB;
const ENTRY_MOST = 8 * MIB;
const UNSEALED_MOST = 17 * MIB;
const HEADER_MOST = 512;
const DEPTH_MOST = 32;
const PARTS_MOST = 65536;
const NO_PREV = '0'.repeat(64);

const KEY_FORM = /^[0-9a-f]{64}$/;
const STREAM_FORM = /^([0-9a-f]{64})\/([0-9A-Z*-]{1,16})$/;
const CODE_FORM = /^[0-9A-Z]{1,7}$/;
const AT_MOST = Date.parse('6429-10-17T02:45:55.327Z');
const AT_FORM = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)\/(0|[1-9]\d{0,4})$/;
const SEAL_FORM =
  /^\{"seal":"([^"\\]*)","seq":([1-9]\d{0,18}),"hash":"([0-9a-f]{64})","at":"([^"\\]*)","signature":"([0-9a-f]{128})"\}$/;
const SIGNATURE_FORM = /^[0-9a-f]{128}$/;
const END_FORM = /^\{"end":(0|[1-9]\d{0,15})\}$/;
const ED25519_SPKI = Buffer.from('302a300506032b6570032100', 'hex'); // what node wants before a raw key

class Wrong extends Error {}
const refuse = (why) => { throw new Wrong(why.replace(/\p{Cc}/gu, ' ')); }; // one line, whatever the file holds
const sha256 = (data) => createHash('sha256').update(data).digest('hex');
// A fatal decoder, or bad bytes would turn into U+FFFD; a BOM must stay to be seen, since no line begins with one.
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

// ---- the zstd frame ----

// The command takes several frames, skippable ones and greater windows, so the frame is walked here (RFC 8878, 3.1.1).
function checkFrame(file) {
  let place = 0;
  const pass = (bytes) => {
    place += bytes;
    if (place > file.length) refuse('the zstd frame is cut off');
  };
  const take = (bytes) => { // a little-endian number
    pass(bytes);
    return file.subarray(place - bytes, place).reduceRight((number, byte) => number * 256 + byte, 0);
  };
  if (take(4) !== 0xfd2fb528) refuse('not a zstd frame');
  const descriptor = take(1);
  const singleSegment = (descriptor & 0x20) !== 0;
  if (descriptor & 0x08) refuse('the zstd frame header has its reserved bit set');
  const windowByte = singleSegment ? 0 : take(1);
  if (take([0, 1, 2, 4][descriptor & 3]) !== 0) refuse('the zstd frame wants a dictionary');
  const size = take([singleSegment ? 1 : 0, 2, 4, 8][descriptor >> 6]) + (descriptor >> 6 === 1 ? 256 : 0);
  if (size > BUNDLE_MOST) refuse('more than 1 GiB unpacked');
  const window = singleSegment ? size : 2 ** (10 + (windowByte >> 3)) * (1 + (windowByte & 7) / 8);
  if (window > WINDOW_MOST) refuse('the zstd window is greater than 8 MiB');
  for (let last = false; !last;) {
    const block = take(3);
    last = (block & 1) === 1;
    const type = (block >> 1) & 3;
    if (type === 3) refuse('the zstd frame has a block of a reserved type');
    pass(type === 1 ? 1 : block >> 3); // a run-length block holds one byte, whatever its size says
  }
  if (!(descriptor & 0x04)) refuse('the zstd frame has no checksum, which writers add');
  pass(4);
  if (place !== file.length) refuse('something follows the zstd frame');
}

// The unpacked lines without their line feeds, never more of them in memory than the longest one may have.
async function* unpackedLines(file) {
  const child = spawn('zstd', ['-d', '-c', '-q'], { stdio: ['pipe', 'pipe', 'ignore'] });
  let missing; // no fault of the file
  child.on('error', (fault) => { missing = fault; });
  const ended = new Promise((done) => { child.on('close', done); });
  child.stdin.on('error', () => {}); // it closes early on a damaged frame; its exit status says so
  child.stdin.end(file);
  let total = 0;
  let pieces = [];
  let held = 0;
  const hold = (piece) => {
    pieces.push(piece);
    held += piece.length;
    if (held > ENTRY_MOST) refuse('a line of more than 8 MiB');
  };
  try {
    for await (const chunk of child.stdout) {
      total += chunk.length;
      if (total > BUNDLE_MOST) refuse('more than 1 GiB unpacked');
      let from = 0;
      for (let at; (at = chunk.indexOf(10, from)) >= 0; from = at + 1) {
        hold(chunk.subarray(from, at));
        yield pieces.length === 1 ? pieces[0] : Buffer.concat(pieces);
        pieces = [];
        held = 0;
      }
      if (from < chunk.length) hold(chunk.subarray(from));
    }
    const status = await ended;
    if (missing) throw missing;
    if (status !== 0) refuse('the zstd frame is damaged');
    if (held) refuse('the line does not end with a line feed');
  } finally {
    child.kill();
  }
}

// ---- JSON ----

function parse(text) {
  try {
    return JSON.parse(text);
  } catch (fault) {
    return refuse(`not JSON: ${fault.message.slice(0, 80)}`);
  }
}

// The end of the string that begins at `from`. No regular expression: its stack would not suffice for 8 MiB.
function stringEnd(text, from) {
  for (let at = from + 1; at < text.length; at += 1) {
    if (text[at] === '"') return at + 1;
    if (text[at] === '\\') at += 1;
  }
  return refuse('a string does not end');
}

// JSON.parse knows the grammar but is silent about names that come twice, great numbers, U+0000 and depth.
function checkedJson(text, depth) {
  const value = parse(text);
  const open = []; // the names of each object around, compared without escapes ("a" and "\u0061" are one); null for an array
  for (let at = 0, end; at < text.length; at = end) {
    end = at + 1;
    if (text[at] === '"') {
      end = stringEnd(text, at);
      const string = JSON.parse(text.slice(at, end));
      if (string.includes('\0')) refuse('U+0000 in a string');
      if (/\p{Surrogate}/u.test(string)) refuse('half a surrogate pair in a string');
      let next = end;
      while (' \t\r'.includes(text[next])) next += 1;
      if (text[next] !== ':') continue;
      if (open.at(-1).has(string)) refuse(`a name twice in an object: ${JSON.stringify(string.slice(0, 40))}`);
      open.at(-1).add(string);
    } else if (text[at] === '{' || text[at] === '[') {
      open.push(text[at] === '{' ? new Set() : null);
      if (open.length + depth > DEPTH_MOST) refuse(`objects and arrays more than ${DEPTH_MOST} deep`);
    } else if (text[at] === '}' || text[at] === ']') {
      open.pop();
    } else if ('-0123456789'.includes(text[at])) {
      while ('+-.eE0123456789'.includes(text[end])) end += 1;
      const number = text.slice(at, end);
      const whole = !/[.eE]/.test(number);
      if (whole && (number.length > 20 || BigInt.asIntN(64, BigInt(number)) !== BigInt(number))) refuse('a whole number beyond 64 bits');
      if (!Number.isFinite(Number(number))) refuse('a number beyond 64-bit floating point');
    }
  }
  return value;
}

// ---- lines ----

// The one way to write a string before `body`.
function headString(value) {
  const short = { '"': '\\"', '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };
  const escape = (sign) => short[sign] ?? `\\u00${sign.charCodeAt(0).toString(16).padStart(2, '0')}`;
  return `"${value.replace(/["\\\u0000-\u001f]/g, escape)}"`;
}

// A form that sorts as times do; the calendar is asked, for the digits alone would let the 30th of February through.
function checkedTime(at) {
  const found = AT_FORM.exec(at);
  const date = found && new Date(found[1]);
  if (!found || Number.isNaN(date.getTime()) || date.toISOString() !== found[1] || Number(found[2]) > 65535) {
    refuse('`at` is no time with a counter of 0 to 65535');
  }
  if (date.getTime() > AT_MOST || date.getTime() < 0 || (date.getTime() === 0 && Number(found[2]) === 0)) refuse('`at` is too early or too late');
  return found[1] + found[2].padStart(5, '0');
}

function readHeader(text, length) {
  if (length > HEADER_MOST) refuse('the first line has more than 512 bytes');
  const header = checkedJson(text, 0);
  if (header?.caunoi !== 1) refuse('the first line does not say "caunoi":1');
  for (const [name, form] of [['node', KEY_FORM], ['unit', CODE_FORM], ['for', CODE_FORM]]) {
    if (typeof header[name] !== 'string' || !form.test(header[name])) refuse(`\`${name}\` in the first line is wrong or missing`);
  }
  return header;
}

function countParts(text) {
  let count = 0;
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] === '"') at = stringEnd(text, at) - 1;
    else if (',:[{'.includes(text[at])) count += 1;
  }
  return count;
}

function readEntry(text, length) {
  if (length > ENTRY_MOST) refuse('an entry of more than 8 MiB');
  if (countParts(text) > PARTS_MOST) refuse(`more than ${PARTS_MOST} of the signs , : [ {`);
  let place = 0;
  const expect = (part) => {
    if (!text.startsWith(part, place)) refuse(`the entry is not written in the one way: expected ${part}`);
    place += part.length;
  };
  const entry = {};
  for (const name of ['stream', 'seq', 'at', 'author', 'role', 'kind', 'subject', 'prev']) {
    expect(`${place ? ',' : '{'}"${name}":`);
    if (name === 'seq') {
      const digits = /^[1-9]\d{0,18}(?=,)/.exec(text.slice(place, place + 20))?.[0];
      if (!digits || BigInt.asIntN(64, BigInt(digits)) < 1n) refuse('`seq` is no whole number from 1 on');
      entry.seq = BigInt(digits);
      place += digits.length;
    } else {
      if (text[place] !== '"') refuse(`\`${name}\` is no string`);
      const token = text.slice(place, stringEnd(text, place));
      entry[name] = parse(token);
      if (headString(entry[name]) !== token || entry[name].includes('\0')) refuse(`\`${name}\` is not written in the one way`);
      place += token.length;
    }
  }
  expect(',"body":');
  if (text[place] !== '{' || !text.endsWith('}}')) refuse('`body` is no object that ends the entry');
  entry.body = checkedJson(text.slice(place, -1), 1); // the entry itself is the first level
  if (!STREAM_FORM.test(entry.stream)) refuse('`stream` is no key and audience');
  if (entry.stream.endsWith('/-')) refuse('an entry of a local stream');
  if (!KEY_FORM.test(entry.prev)) refuse('`prev` is no hash');
  for (const [name, most] of [['author', 64], ['kind', 64], ['subject', 512]]) {
    if (Buffer.byteLength(entry[name]) > most) refuse(`\`${name}\` has more than ${most} bytes`);
  }
  entry.time = checkedTime(entry.at);
  return entry;
}

function isSigned(key, text, signature) {
  const spki = Buffer.concat([ED25519_SPKI, Buffer.from(key, 'hex')]);
  return verify(null, Buffer.from(text), createPublicKey({ key: spki, format: 'der', type: 'spki' }), Buffer.from(signature, 'hex'));
}

// Whose place the key of a `*` stream has taken, as its first entry says; undefined where it says nothing of it.
function formerKey(entry) {
  const { key: former, signature } = entry.body;
  if (entry.seq !== 1n || entry.kind !== 'node.former' || !KEY_FORM.test(former) || !SIGNATURE_FORM.test(signature)) return undefined;
  return isSigned(former, `caunoi rotate 1\n${former}\n${entry.stream.slice(0, 64)}\n`, signature) ? former : undefined;
}

function checkSeal(text, newest) {
  const found = SEAL_FORM.exec(text);
  if (!found) refuse('the seal is not written in the one way');
  const [, stream, seq, hash, at, signature] = found;
  if (!newest) refuse('a seal without an entry above it');
  if (stream !== newest.stream || BigInt(seq) !== newest.seq) refuse('the seal does not stand under the entry it names');
  if (hash !== newest.hash) refuse('the seal names another hash than that of the entry above it');
  if (at !== newest.at) refuse('the seal names another time than that of the entry above it');
  if (!isSigned(stream.slice(0, 64), text.slice(0, text.indexOf(',"signature"')), signature)) refuse("the seal's signature is false");
}

// ---- the whole ----

class Bundle {
  header = null;
  lines = 0;
  entries = 0;
  seals = 0;
  streams = new Map(); // name: its newest entry, in the order in which they come
  firsts = new Map(); // name: its first entry here
  newest = null; // the entry above, whatever seals stand between
  hashes = new Map(); // of the stream above: seq: hash
  forks = new Map(); // name: the first seq of which the file holds two entries
  unsealed = 0;
  ended = false;

  take(bytes) {
    if (this.ended) refuse('a line after the last one');
    let text;
    try {
      text = utf8.decode(bytes);
    } catch {
      refuse('not UTF-8');
    }
    if (this.lines === 0) this.header = readHeader(text, bytes.length);
    else if (text.startsWith('{"stream":')) this.takeEntry(text, bytes);
    else if (text.startsWith('{"seal":')) this.takeSeal(text);
    else if (text.startsWith('{"end":')) this.takeEnd(text);
    else refuse('neither an entry nor a seal nor the last line');
    this.lines += 1;
  }

  takeEntry(text, bytes) {
    const entry = readEntry(text, bytes.length);
    const before = this.newest;
    entry.hash = sha256(bytes);
    if (this.unsealed === 0 && before?.stream === entry.stream && this.takeFork(entry)) {
      this.unsealed = bytes.length + 1;
      this.newest = entry;
      this.entries += 1;
      return;
    }
    if (before?.stream === entry.stream) {
      if (entry.seq !== before.seq + 1n) refuse(`seq ${entry.seq} follows ${before.seq}`);
      if (entry.prev !== before.hash) refuse('`prev` is not the hash of the entry before');
      if (entry.time <= before.time) refuse('`at` is not after that of the entry before');
    } else {
      this.checkSealed();
      if (this.streams.has(entry.stream)) refuse('the stream comes a second time');
      this.firsts.set(entry.stream, entry);
      this.hashes.clear();
    }
    if (entry.seq === 1n && entry.prev !== NO_PREV) refuse('`prev` of seq 1 is not 64 zeros');
    this.unsealed += bytes.length + 1;
    if (this.unsealed > UNSEALED_MOST) refuse('more than 17 MiB of one stream without a seal');
    if (this.firsts.get(entry.stream) !== entry) delete entry.body; // not needed again
    this.newest = entry;
    this.entries += 1;
    if (this.forks.has(entry.stream)) return;
    this.streams.set(entry.stream, entry);
    this.hashes.set(entry.seq, entry.hash);
  }

  // Whether an entry under a seal contradicts what stands above: what follows up to the next seal is another branch.
  takeFork(entry) {
    if (this.forks.has(entry.stream)) refuse('the stream goes on behind its fork');
    const differs = (seq, hash) => this.hashes.has(seq) && this.hashes.get(seq) !== hash;
    const seq = differs(entry.seq - 1n, entry.prev) ? entry.seq - 1n : entry.seq;
    if (seq === entry.seq && !differs(seq, entry.hash)) return false;
    this.forks.set(entry.stream, seq);
    return true;
  }

  takeSeal(text) {
    checkSeal(text, this.newest);
    this.unsealed = 0;
    this.seals += 1;
  }

  takeEnd(text) {
    this.checkSealed();
    this.checkOrder();
    const found = END_FORM.exec(text);
    if (!found) refuse('the last line is not written as {"end":N}');
    if (Number(found[1]) !== this.lines) refuse(`the last line counts ${found[1]} lines before it, there are ${this.lines}`);
    this.ended = true;
  }

  // The `*` streams of the writer come before all others, that of its oldest key first. Which keys it had the first entries of these say;
  // where they are not in the file other `*` streams may stand before, for they may be of a former key.
  checkOrder() {
    const names = [...this.streams.keys()];
    const own = []; // as they should stand
    let key = this.header.node;
    for (let first; key && (first = this.firsts.get(`${key}/*`)) && !own.includes(first.stream); key = formerKey(first)) own.unshift(first.stream);
    if (own.length === 0) return;
    const isWhole = !key && this.firsts.get(own[0]).seq === 1n;
    const start = names.indexOf(own[0]);
    if (names.slice(0, start).some((name) => isWhole || !name.endsWith('/*')) || own.some((name, i) => names[start + i] !== name)) {
      refuse(own.length === 1 ? "the writer's own `*` stream does not come first"
        : "the writer's `*` streams do not come first, that of its oldest key before the others");
    }
  }

  checkSealed() {
    if (this.unsealed) refuse('the stream above does not end with a seal');
  }

  positions() {
    const lines = [...this.streams.values()].map((entry) => `${entry.stream} ${entry.seq} ${this.forks.has(entry.stream) ? 'forked' : entry.hash}\n`);
    return lines.sort((a, b) => Buffer.compare(Buffer.from(a.split(' ')[0]), Buffer.from(b.split(' ')[0])));
  }
}

async function checkFile(name) {
  const file = await readFile(name).catch((fault) => refuse(`cannot be read: ${fault.message}`));
  checkFrame(file);
  const bundle = new Bundle();
  try {
    for await (const line of unpackedLines(file)) bundle.take(line);
    if (!bundle.ended) refuse('cut off: no last line');
  } catch (fault) {
    if (fault instanceof Wrong) fault.message = `line ${bundle.lines + 1}: ${fault.message}`;
    throw fault;
  }
  return bundle;
}

const names = process.argv.slice(2);
if (names.length === 0) console.error('usage: check_bundle.mjs FILE…');
process.exitCode = names.length === 0 ? 2 : 0;
for (const name of names) {
  try {
    const bundle = await checkFile(name);
    const counts = `${bundle.entries} entries, ${bundle.seals} seals`;
    const positions = bundle.positions();
    if (names.length > 1) console.log(`right ${name}: ${counts}`);
    else console.log(`${[...bundle.forks].map(([stream, seq]) => `forked ${stream} ${seq}\n`).join('')}${positions.join('')}digest ${sha256(positions.join(''))}\n${counts}`);
  } catch (fault) {
    if (!(fault instanceof Wrong)) throw fault;
    if (names.length > 1) console.log(`wrong ${name}: ${fault.message}`);
    else console.error(fault.message);
    process.exitCode = 1;
  }
}
