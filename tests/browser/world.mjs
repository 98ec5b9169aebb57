// world.mjs - the demo world for the tests: started in a temporary folder on free ports, as a user starts it.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const SECONDS_TO_START = 300;

// Resolves to { ministry, haTinh, phuTho: addresses; password; stop(): whether it ended well }.
export async function startWorld(top) {
  const parent = mkdtempSync(join(tmpdir(), 'caunoi-browser-'));
  const child = spawn(join(top, 'caunoi'), ['demo', join(parent, 'demo'), '--listen', '127.0.0.1:0', '--lang', 'en'], {
    cwd: top, stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  let ended = null;
  child.stdout.on('data', (bytes) => { text += bytes; });
  child.stderr.on('data', (bytes) => { text += bytes; });
  const exit = new Promise((resolve) => {
    child.on('exit', (code) => { ended = code ?? 1; resolve(ended); });
    child.on('error', (error) => { text += error.message; ended = 1; resolve(ended); });
  });
  process.on('exit', () => child.kill('SIGTERM'));

  // Once the world is complete the demo prints a line a node and the password.
  const deadline = Date.now() + SECONDS_TO_START * 1000;
  const found = () => {
    const addresses = [...text.matchAll(/^ {2}\S.*?(http:\/\/127\.0\.0\.1:\d+)/gm)].map((match) => match[1]);
    const password = text.match(/^ {4}([a-z0-9]{4}-[a-z0-9]{4}-[a-z0-9]{4})$/m)?.[1];
    return addresses.length === 3 && password ? { addresses, password } : null;
  };
  while (!found()) {
    if (ended !== null || Date.now() > deadline) {
      child.kill('SIGKILL');
      throw new Error(`the demo did not start:\n${text}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const { addresses: [ministry, haTinh, phuTho], password } = found();
  return {
    ministry, haTinh, phuTho, password,
    async stop() {
      child.kill('SIGTERM');
      const code = await Promise.race([exit, new Promise((resolve) => setTimeout(() => resolve('late'), 20000))]);
      if (code === 'late') child.kill('SIGKILL');
      rmSync(parent, { recursive: true, force: true });
      return code === 0;
    },
  };
}

// Sign in by the form, as people do.
export async function signIn(page, address, login, password) {
  await page.goto(`${address}/sign-in`);
  await page.fill('#login', login);
  await page.fill('#password', password);
  await Promise.all([page.waitForURL((url) => url.pathname !== '/sign-in'), page.click('main button')]);
}
