// A PostgreSQL of our own, where its programs are installed (Debian: apt-get install postgresql).

import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { freePort } from './baton.mjs';

/** How often it is asked whether it is ready, with a tenth of a second between. */
const TRIES_MAX = 100;

/** Starts one in a folder that goes away with it. */
export async function postgres(use) {
  const versions = '/usr/lib/postgresql';
  const bin = process.env.PGBIN ?? (existsSync(versions) && path.join(versions, readdirSync(versions).sort().pop(), 'bin'));
  if (!bin) return console.log('--    PostgreSQL is not here: two processes on one database were not tried');
  const folder = mkdtempSync(path.join(os.tmpdir(), 'baton-interop-pg-'));
  const root = process.getuid() === 0;
  const id = (flag) => Number(spawnSync('id', [flag, 'postgres'], { encoding: 'utf8' }).stdout);
  const as = root ? { uid: id('-u'), gid: id('-g') } : {};
  if (root) spawnSync('chown', ['postgres', folder]);
  const data = path.join(folder, 'data');
  const port = await freePort();
  const made = spawnSync(path.join(bin, 'initdb'), ['-D', data, '-A', 'trust', '-U', 'baton'], { ...as, cwd: folder, encoding: 'utf8' });
  if (made.status !== 0) throw new Error(made.stderr);
  const child = spawn(path.join(bin, 'postgres'), ['-D', data, '-p', String(port), '-h', '127.0.0.1', '-k', folder], { ...as, cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
  let log = '';
  let ended = false;
  child.stderr.on('data', (said) => (log += said));
  const end = new Promise((done) => child.once('close', done)).then(() => (ended = true));
  try {
    const isReady = () => spawnSync(path.join(bin, 'pg_isready'), ['-h', '127.0.0.1', '-p', String(port)]).status === 0;
    for (let tries = 0; !isReady(); tries += 1) {
      if (ended || tries === TRIES_MAX) throw new Error(`PostgreSQL ${ended ? 'ended' : 'takes no connections after ten seconds'}: ${log}`);
      await new Promise((later) => setTimeout(later, 100));
    }
    await use(`postgres://baton@127.0.0.1:${port}/postgres`);
  } finally {
    if (!ended) child.kill('SIGINT');
    await end;
    rmSync(folder, { recursive: true, force: true });
  }
}
