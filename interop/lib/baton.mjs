// Starts a Baton with a configuration, keys, people and one referral of its own, in a folder that goes away with it.

import { execFileSync, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { exportJWK, generateKeyPair } from 'jose';

const BINARY = process.env.BATON ?? new URL('../../target/debug/baton', import.meta.url).pathname;
const SUBMIT = new URL('../../crates/dialects/src/ontario/sample/submit.json', import.meta.url);
export const PASSWORD = 'correct horse battery';

/** A port that is free now. */
export function freePort() {
  return new Promise((done) => {
    const server = net.createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => done(port));
    });
  });
}

/** A private key and its public part, as JWKs. */
export async function newKey(alg, kid) {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  const named = async (key) => ({ ...(await exportJWK(key)), kid, alg });
  return { privateKey, privateJwk: await named(privateKey), publicJwk: { ...(await named(publicKey)), use: 'sig' } };
}

function configuration(at) {
  const set = (...keys) => `{ keys = [${keys.map(inline).join(', ')}] }`;
  const inline = (key) => `{ ${Object.entries(key).map(([name, value]) => `${name} = ${JSON.stringify(value)}`).join(', ')} }`;
  const app = (id, rest) => `
[[app]]
id = "${id}"
name = "App ${id}"
exchanges = ["ontario"]
redirect_uris = ["${at.app}/cb", "${at.app}/cb.html"]
launch_url = "${at.app}/${id}.html"
scopes = ["openid", "fhirUser", "launch", "launch/patient", "offline_access", "online_access", "patient/*.rs", "user/*.cruds"]
${rest}
`;
  return `
[server]
listen = "127.0.0.1:${at.port}"
public_url = "${at.url}"
${at.tls ? `[server.tls]\ncert = "${at.tls.cert}"\nkey = "${at.tls.key}"\n` : ''}[store]
url = "${at.store}"
keys = "${path.join(at.folder, 'baton.keys')}"
[[exchange]]
id = "ontario"
dialect = "ontario"
path = "/ontario"
[[exchange]]
id = "netsmart"
dialect = "netsmart"
path = "/netsmart/v4"
[[partner]]
id = "practice-d"
name = "Practice D"
exchanges = ["ontario"]
client_secret = "secret-of-practice-d"
scopes = ["system/Messaging.write", "system/*.read"]
roles = ["source"]
version = "0.10"
[[partner]]
id = "centre-e"
name = "Centre E"
exchanges = ["ontario"]
client_secret = "secret-of-centre-e"
scopes = ["system/Messaging.write", "system/*.read", "system/*.write"]
roles = ["target"]
[[partner]]
id = "lake"
name = "Lake"
exchanges = ["ontario", "netsmart"]
jwks = ${set(at.keys.ec.publicJwk, at.keys.rsa.publicJwk)}
scopes = ["system/Messaging.write", "system/*.read"]
roles = ["source"]
${app('public', `public = true\norigins = ["${at.app}"]`)}
${app('secret', 'client_secret = "secret-of-the-app"')}
${app('keyed', `jwks = ${set(at.keys.app.publicJwk, at.keys.appRsa.publicJwk)}\norigins = ["${at.app}"]`)}
`;
}

/** Starts one. `more` may name a store, or a world whose folder and keys a second process shares. */
export async function start(more = {}) {
  const folder = more.beside?.folder ?? mkdtempSync(path.join(os.tmpdir(), 'baton-interop-'));
  const port = more.port ?? (await freePort());
  const scheme = more.tls ? 'https' : 'http';
  const url = more.beside?.url ?? `${scheme}://127.0.0.1:${port}`;
  const keys = more.beside?.keys ?? { ec: await newKey('ES384', 'ec'), rsa: await newKey('RS384', 'rsa'), app: await newKey('ES384', 'app'), appRsa: await newKey('RS384', 'app-rsa') };
  const app = more.beside?.app ?? `http://127.0.0.1:${await freePort()}`;
  const store = more.store ?? more.beside?.store ?? `sqlite:${path.join(folder, 'baton.db')}`;
  const tls = more.tls && certificate(folder);
  const world = { folder, port, tls, url, keys, app, store, here: `${scheme}://127.0.0.1:${port}`, base: `${url}/ontario` };
  world.config = path.join(folder, `baton-${port}.toml`);
  writeFileSync(world.config, configuration(world));
  world.again = async () => {
    const child = spawn(BINARY, ['serve', '--config', world.config], { stdio: ['ignore', 'pipe', 'pipe'] });
    let log = '';
    let ended;
    child.stderr.on('data', (data) => (log += data));
    child.once('exit', (code, signal) => (ended = code ?? signal));
    world.log = () => log;
    await new Promise((ready, wrong) => {
      child.stdout.once('data', ready);
      child.once('exit', (code) => wrong(new Error(`baton ended with ${code}: ${log}`)));
    });
    world.kill = async (signal = 'SIGTERM') => {
      // one that ended by itself ends no more, and to wait for it would be for ever
      if (ended !== undefined) throw new Error(`baton had ended by itself with ${ended}: ${log}`);
      await new Promise((done) => {
        child.once('exit', done);
        child.kill(signal);
      });
    };
  };
  world.stop = async () => {
    try {
      await world.kill();
    } finally {
      if (!more.beside) rmSync(folder, { recursive: true, force: true });
    }
  };
  await world.again();
  if (!more.beside) people(world);
  return world;
}

/** A certificate that nobody else knows, for HTTPS. */
function certificate(folder) {
  const [cert, key] = ['cert.pem', 'key.pem'].map((name) => path.join(folder, name));
  const how = ['-x509', '-nodes', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-days', '2', '-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'];
  execFileSync('openssl', ['req', ...how, '-keyout', key, '-out', cert], { stdio: 'ignore' });
  return { cert, key };
}

function people(world) {
  const file = path.join(world.folder, 'password');
  writeFileSync(file, PASSWORD);
  for (const [login, partner] of [['ada', 'practice-d'], ['tom', 'centre-e']]) {
    const more = ['--name', `Dr. ${login}`, '--fhir-user', 'Practitioner/p-1', '--password-file', file, '--config', world.config];
    execFileSync(BINARY, ['user', 'add', login, '--partner', partner, ...more]);
  }
}

/** A token of a partner with a secret. */
export async function systemToken(world, partner, scope) {
  const body = new URLSearchParams({ grant_type: 'client_credentials', client_id: partner, client_secret: `secret-of-${partner}`, ...(scope && { scope }) });
  const answer = await (await fetch(`${world.here}/oauth/token`, { method: 'POST', body })).json();
  if (!answer.access_token) throw new Error(JSON.stringify(answer));
  return answer.access_token;
}

/** A message of practice D that refers somebody to centre E. */
export function referral(world, number) {
  const gaps = { base: world.base, bundle: randomUUID(), header: randomUUID(), request: `R-${number}`, hcn: `12345678${String(number).padStart(2, '0')}`, now: '2026-01-15T14:30:00Z' };
  const text = readFileSync(SUBMIT, 'utf8').replace(/\{(base|bundle|header|request|hcn|now)\}/g, (_, name) => gaps[name]);
  return JSON.parse(text);
}

/** Refers somebody, and says the id of the patient here. */
export async function refer(world, number) {
  const authorization = `Bearer ${await systemToken(world, 'practice-d')}`;
  const headers = { authorization, 'content-type': 'application/fhir+json', accept: 'application/fhir+json' };
  const sent = await fetch(`${world.here}/ontario/$process-message`, { method: 'POST', headers, body: JSON.stringify(referral(world, number)) });
  if (!sent.ok) throw new Error(`the referral was refused: ${await sent.text()}`);
  const found = await (await fetch(`${world.here}/ontario/Patient`, { headers })).json();
  return found.entry.map((entry) => entry.resource.id).pop();
}
