#!/usr/bin/env node
// check_bundle.mjs FILE… - check bundles, written from docs/exchange.md alone, with nothing of the program.
//
// Checks what can be said of the file by itself: the zstd frame, the first and the last line, the one way to write entries
// and seals, hashes, chains, times, seals and their signatures, no local stream. Whether a stream goes on where another
// left off, and whom to believe, only a receiver knows.
//
// Prints the newest place of each stream as the page's digest is made of them ("STREAM SEQ HASH"), then the digest and the
// counts; exit status 0. What is wrong goes to standard error with its line; exit status 1. Of several files, a line each.

import { createHash, createPublicKey, verify } from "node:crypto";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

const ENTRY_MAX = 8 << 20;
const WINDOW_MAX = 8 << 20;
const UNPACKED_MAX = 2 ** 30;
const DEPTH_MAX = 32;
const LEAST = -(2n ** 63n), MOST = 2n ** 63n - 1n;
const AHEAD_MAX_MS = 10 * 60 * 1000;
const NONE = "0".repeat(64);
const ED25519 = Buffer.from("302a300506032b6570032100", "hex"); // what SPKI puts before the 32 bytes of a key

class Wrong extends Error {}

function must(holds, why) {
        if (!holds) throw new Wrong(why);
}

const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");

// ---- the frame (RFC 8878) -------------------------------------------------------------------------------------------

function checkFrame(bytes) {
        must(bytes.length >= 9 && bytes.readUInt32LE(0) === 0xfd2fb528, "not a zstd frame");
        const descriptor = bytes[4];
        const isSingle = (descriptor & 0x20) !== 0;
        let at = 5;
        if (!isSingle) {
                const exponent = bytes[at] >> 3;
                const base = 2 ** (10 + exponent);
                must(base + (base / 8) * (bytes[at] & 7) <= WINDOW_MAX, "the window is too large");
                at++;
        }
        at += [0, 1, 2, 4][descriptor & 3];
        const sizeBytes = [isSingle ? 1 : 0, 2, 4, 8][descriptor >> 6];
        if (isSingle) {
                let size = 0;
                for (let i = sizeBytes - 1; i >= 0; i--) size = size * 256 + bytes[at + i];
                must(size + (sizeBytes === 2 ? 256 : 0) <= WINDOW_MAX, "the window is too large");
        }
        at += sizeBytes;
        for (let isLast = false; !isLast;) {
                must(at + 3 <= bytes.length, "the frame is cut off");
                const head = bytes.readUIntLE(at, 3);
                isLast = (head & 1) !== 0;
                at += 3 + (((head >> 1) & 3) === 1 ? 1 : head >> 3);
        }
        at += (descriptor & 0x04) !== 0 ? 4 : 0; // the checksum
        must(at <= bytes.length, "the frame is cut off");
        must(at === bytes.length, "something follows the frame");
}

function unpack(bytes) {
        checkFrame(bytes);
        try {
                return execFileSync("zstd", ["-q", "-d", "-c", "--memory=8MB"],
                        { input: bytes, maxBuffer: UNPACKED_MAX, stdio: ["pipe", "pipe", "ignore"] });
        } catch {
                throw new Wrong("the frame cannot be unpacked");
        }
}

// ---- JSON, by RFC 8259 without repeated names -------------------------------------------------------------------------

/** Where a value of JSON ends that begins at a place of a text. level: how many objects and arrays it lies in. */
function valueEnd(text, at, level) {
        const match = (pattern) => {
                pattern.lastIndex = at;
                const found = pattern.exec(text);
                must(found, "not JSON");
                return found[0];
        };
        const skip = () => {
                while (" \t\r\n".includes(text[at] ?? "x")) at++;
        };
        if (text[at] === '"') {
                const string = match(/"(?:[^"\\\u0000-\u001f]|\\["\\/bfnrt]|\\u[0-9a-fA-F]{4})*"/y);
                const plain = JSON.parse(string);
                must(!/[\p{Surrogate}\0]/u.test(plain), "not a text of whole characters");
                return at + string.length;
        }
        if (text[at] !== "{" && text[at] !== "[") {
                const word = match(/true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y);
                must(!/^-?\d+$/.test(word) || (BigInt(word) >= LEAST && BigInt(word) <= MOST), "a number is too large");
                must(!/^-?\d/.test(word) || Number.isFinite(Number(word)), "a number is too large");
                return at + word.length;
        }
        must(level < DEPTH_MAX, "nested too deep");
        const close = text[at] === "{" ? "}" : "]";
        const names = new Set();
        for (let first = true; ; first = false) {
                at++;
                skip();
                if (first && text[at] === close) return at + 1;
                if (close === "}") {
                        must(text[at] === '"', "a name is missing");
                        const end = valueEnd(text, at, level);
                        const name = JSON.parse(text.slice(at, end));
                        must(!names.has(name), "a name stands twice");
                        names.add(name);
                        at = end;
                        skip();
                        must(text[at] === ":", "a colon is missing");
                        at++;
                        skip();
                }
                at = valueEnd(text, at, level + 1);
                skip();
                if (text[at] === close) return at + 1;
                must(text[at] === ",", "a comma is missing");
        }
}

/** A text as an entry or a seal writes it. */
function quoted(text) {
        const short = { '"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t" };
        return `"${text.replace(/["\\\u0000-\u001f]/g, (c) => short[c] ?? `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`)}"`;
}

// ---- lines ---------------------------------------------------------------------------------------------------------------

/** "2026-11-23T07:02:11.123Z/0" as something that compares. */
function readAt(text) {
        const found = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)\/(0|[1-9]\d{0,4})$/.exec(text);
        must(found && Number(found[2]) <= 65535, `"${text}" is no time`);
        const ms = Date.parse(found[1]);
        must(!Number.isNaN(ms) && new Date(ms).toISOString() === found[1], `"${text}" is no time`);
        return { ms, order: BigInt(ms) * 65536n + BigInt(found[2]) };
}

function readStream(name) {
        const found = /^([0-9a-f]{64})\/([0-9A-Z*-]{1,16})$/.exec(name);
        must(found, `"${name}" is no stream`);
        must(found[2] !== "-", "a local stream has left its node");
        return found[1];
}

function readEntry(line, text) {
        must(line.length <= ENTRY_MAX, "an entry is too large");
        const string = String.raw`"(?:[^"\\]|\\.)*"`;
        const found = new RegExp(`^\\{"stream":(${string}),"seq":([1-9]\\d*),"at":(${string}),"author":(${string}),"role":(${string}),` +
                `"kind":(${string}),"subject":(${string}),"prev":(${string}),"body":\\{`).exec(text);
        must(found, "neither an entry nor a seal");
        const [stream, at, author, role, kind, subject, prev] = [1, 3, 4, 5, 6, 7, 8].map((i) => {
                must(valueEnd(found[i], 0, 1) === found[i].length && quoted(JSON.parse(found[i])) === found[i],
                        "written in another way than the one");
                return JSON.parse(found[i]);
        });
        must(valueEnd(text, found[0].length - 1, 1) === text.length - 1 && text.endsWith("}"), "the body is not the last member");
        for (const [name, value, most] of [["author", author, 64], ["kind", kind, 64], ["subject", subject, 512]])
                must(Buffer.byteLength(value) <= most, `${name} is too long`);
        must(BigInt(found[2]) <= MOST, "seq is too large");
        must(/^[0-9a-f]{64}$/.test(prev), "prev is no hash");
        return { stream, node: readStream(stream), seq: BigInt(found[2]), at: readAt(at), atText: at, author, role, kind, subject, prev };
}

function readSeal(line, text) {
        const found = /^(\{"seal":"([^"\\]*)","seq":([1-9]\d*),"hash":"([0-9a-f]{64})","at":"([^"\\]*)"),"signature":"([0-9a-f]{128})"\}$/.exec(text);
        must(found, "a seal is written in another way than the one");
        return { signed: line.subarray(0, Buffer.byteLength(found[1])), stream: found[2], seq: BigInt(found[3]), hash: found[4],
                atText: found[5], signature: Buffer.from(found[6], "hex") };
}

function isGenuine(key, bytes, signature) {
        const spki = Buffer.concat([ED25519, Buffer.from(key, "hex")]);
        return verify(null, bytes, createPublicKey({ key: spki, format: "der", type: "spki" }), signature);
}

/** Who wrote the lines: the key. */
function readFirst(line, text) {
        const why = "the first line does not say who wrote it, for whom";
        must(line.length <= 512 && text[0] === "{" && valueEnd(text, 0, 0) === text.length, why);
        const first = JSON.parse(text);
        must(first.caunoi === 1 && /^[0-9a-f]{64}$/.test(first.node), why);
        must([first.unit, first.for].every((code) => typeof code === "string" && Buffer.byteLength(code) <= 7), why);
        return first.node;
}

/** Everything a bundle's lines must be; the heads of its streams. */
function checkLines(lines, now) {
        const heads = new Map();
        let writer = "";
        let open = null; // the stream whose entries are being read
        let entries = 0, seals = 0;
        const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

        const each = (line, number) => {
                let text;
                try {
                        text = decoder.decode(line);
                } catch {
                        throw new Wrong("not UTF-8");
                }
                if (number === 1) {
                        writer = readFirst(line, text);
                } else if (number === lines.length) {
                        must(text === `{"end":${lines.length - 1}}`, "the last line is not the end, or the count is wrong");
                        must(open === null || open.isSealed, "the last entries bear no seal");
                } else if (text.startsWith('{"seal":')) {
                        const s = readSeal(line, text);
                        must(open !== null && s.stream === open.stream, "a seal stands under entries of another stream");
                        must(s.seq === open.seq && s.hash === open.hash && s.atText === open.atText,
                                "a seal does not belong to the entry before it");
                        must(isGenuine(open.node, s.signed, s.signature), "the signature of a seal is false");
                        open.isSealed = true;
                        seals++;
                } else {
                        const e = readEntry(line, text);
                        if (open === null || e.stream !== open.stream) {
                                must(open === null || open.isSealed, "another stream begins before a seal");
                                must(!heads.has(e.stream), "a stream comes a second time");
                                must(e.stream !== `${writer}/*` || heads.size === 0, "the writer's own public stream does not come first");
                                must(e.seq > 1n || e.prev === NONE, "the first entry has one before it");
                        } else {
                                must(e.seq === open.seq + 1n, "an entry is missing");
                                must(e.prev === open.hash, "the chain is broken");
                                must(e.at.order > open.at.order, "a time is not after that of the entry before it");
                        }
                        must(e.at.ms <= now + AHEAD_MAX_MS, "a time is far in the future");
                        open = { ...e, hash: sha256(line), isSealed: false };
                        heads.set(e.stream, open);
                        entries++;
                }
        };

        lines.forEach((line, i) => {
                try {
                        each(line, i + 1);
                } catch (error) {
                        if (error instanceof Wrong) error.message = `line ${i + 1}: ${error.message}`;
                        throw error;
                }
        });
        return { heads, entries, seals };
}

function split(bytes) {
        must(bytes.length > 0 && bytes[bytes.length - 1] === 10, "the last line has no end");
        const lines = [];
        for (let at = 0; at < bytes.length;) {
                const end = bytes.indexOf(10, at);
                lines.push(bytes.subarray(at, end));
                at = end + 1;
        }
        must(lines.length >= 2, "there is no first or no last line");
        return lines;
}

/** What is said of a file: its places, or why it is wrong. */
function judge(path) {
        try {
                const { heads, entries, seals } = checkLines(split(unpack(readFileSync(path))), Date.now());
                const rows = [...heads.values()].map((h) => `${h.stream} ${h.seq} ${h.hash}\n`).map((row) => Buffer.from(row)).sort(Buffer.compare);
                const text = Buffer.concat(rows);
                return { isRight: true, said: `${text}digest ${sha256(text)}\n${entries} entries, ${seals} seals` };
        } catch (error) {
                if (!(error instanceof Wrong)) throw error;
                return { isRight: false, said: error.message };
        }
}

const paths = process.argv.slice(2);
for (const path of paths) {
        const { isRight, said } = judge(path);
        if (paths.length > 1) process.stdout.write(`${isRight ? "right" : "wrong"} ${path}: ${said.split("\n").pop()}\n`);
        else (isRight ? process.stdout : process.stderr).write(`${said}\n`);
        if (!isRight) process.exitCode = 1;
}
