// Starts the clients in Python, which print lines as those here do.

import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { exportPKCS8 } from 'jose';
import { PASSWORD } from '../lib/baton.mjs';
import { add } from '../lib/report.mjs';

const PYTHON = process.env.PYTHON ?? new URL('../.venv/bin/python', import.meta.url).pathname;

export async function run(world) {
  const key = path.join(world.folder, 'app.pem');
  writeFileSync(key, await exportPKCS8(world.keys.appRsa.privateKey), { mode: 0o600 });
  const env = { ...process.env, WORLD: JSON.stringify({ url: world.url, base: world.base, app: world.app, patient: world.patient, password: PASSWORD, key }), PYTHONDONTWRITEBYTECODE: '1', OAUTHLIB_INSECURE_TRANSPORT: '1', AUTHLIB_INSECURE_TRANSPORT: '1' };
  for (const script of ['authlib_client.py', 'requests_oauthlib_client.py', 'fhirclient_py.py']) {
    const file = new URL(`../python/${script}`, import.meta.url).pathname;
    const said = await new Promise((done) => execFile(PYTHON, [file], { env }, (error, out, err) => done({ out, err, bad: error && !out.includes('FAIL') })));
    process.stdout.write(said.out);
    if (said.bad) console.log(`FAIL  ${script} did not run\n${said.err}`);
    const lines = said.out.split('\n');
    add(lines.filter((line) => line.startsWith('ok ')).length, lines.filter((line) => line.startsWith('FAIL')).length + (said.bad ? 1 : 0));
  }
}
