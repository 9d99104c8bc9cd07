// @medplum/core in Node: the ways in, reading and searching; and what it cannot do here, with Baton's words.

globalThis.WebSocket ??= class {}; // Node 20 has none, and Medplum names it while it is loaded
globalThis.window ??= globalThis; // it encodes its challenge with window.btoa
const { MedplumClient } = await import('@medplum/core');

import { randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import { Person } from '../lib/person.mjs';
import { about, check, must, refuses } from '../lib/report.mjs';

const client = (world, more) =>
  new MedplumClient({
    baseUrl: world.url,
    fhirUrlPath: 'ontario',
    authorizeUrl: 'oauth/authorize',
    tokenUrl: 'oauth/token',
    ...more,
  });

async function assertion(world, key) {
  const now = Math.floor(Date.now() / 1000);
  const claims = { iss: 'lake', sub: 'lake', aud: `${world.url}/oauth/token`, jti: randomUUID(), exp: now + 120 };
  return new SignJWT(claims).setProtectedHeader({ alg: key.publicJwk.alg, kid: key.publicJwk.kid, typ: 'JWT' }).sign(key.privateKey);
}

/** Medplum asks for its own profile after each login, which only a Medplum server has; the token is there all the same. */
async function login(medplum, run) {
  await run().catch((error) => {
    if (!medplum.getAccessToken()) throw error;
  });
  must(medplum.getAccessToken(), 'no token');
}

export async function run(world) {
  about('@medplum/core');
  for (const credentialsInHeader of [false, true]) {
    const medplum = client(world, { credentialsInHeader });
    await check(`startClientLogin, the secret in the ${credentialsInHeader ? 'header' : 'form'}`, () => login(medplum, () => medplum.startClientLogin('practice-d', 'secret-of-practice-d')));
  }
  const keyed = client(world);
  await check('startJwtAssertionLogin', async () => login(keyed, async () => keyed.startJwtAssertionLogin(await assertion(world, world.keys.ec))));
  await check('startJwtBearerLogin: that grant is not offered', () => refuses(async () => client(world).startJwtBearerLogin('lake', await assertion(world, world.keys.ec)), /grant_type is not offered/));

  const app = client(world, { clientId: 'public' });
  await check('startPkce, the person agrees, processCode', async () => {
    const { codeChallenge, codeChallengeMethod } = await app.startPkce();
    const asked = { response_type: 'code', client_id: 'public', redirect_uri: `${world.app}/cb`, scope: 'launch/patient patient/*.rs offline_access', state: 's', aud: world.base, code_challenge: codeChallenge, code_challenge_method: codeChallengeMethod };
    const back = await new Person(world).lets(`${world.url}/oauth/authorize?${new URLSearchParams(asked)}`);
    await login(app, () => app.processCode(back.searchParams.get('code'), { redirectUri: `${world.app}/cb` }));
  });
  await check('the app reads the patient', async () => must((await app.readResource('Patient', world.patient)).id === world.patient, 'another'));
  await check('the app does not write', () => refuses(() => app.createResource({ resourceType: 'Task', status: 'requested', intent: 'order' }), /not served here/));

  const system = client(world);
  await check('the system that refers logs in', () => login(system, () => system.startClientLogin('practice-d', 'secret-of-practice-d')));
  await check('readResource', async () => must((await system.readResource('Patient', world.patient)).resourceType === 'Patient', 'no Patient'));
  await check('search and searchResources', async () => {
    const bundle = await system.search('ServiceRequest', { _count: '1' });
    must(bundle.entry.length === 1, JSON.stringify(bundle));
    must((await system.searchResources('Patient')).length === 1, 'not one patient');
  });
  await check('readReference', async () => {
    const [request] = await system.searchResources('ServiceRequest');
    must((await system.readReference(request.subject)).id === world.patient, JSON.stringify(request.subject));
  });
  await check('patchResource on a Task, by the target that works on it', async () => {
    const target = client(world);
    await login(target, () => target.startClientLogin('centre-e', 'secret-of-centre-e'));
    const [task] = await target.searchResources('Task');
    const changed = await target.patchResource('Task', task.id, [{ op: 'replace', path: '/status', value: 'accepted' }]);
    must(changed.status === 'accepted', JSON.stringify(changed));
  });
  const patched = [{ op: 'replace', path: '/gender', value: 'other' }];
  await check('patchResource: referrals are not patched', () => refuses(() => system.patchResource('Patient', world.patient, patched), /method|not supported|not allowed|405/i));
  const batch = { resourceType: 'Bundle', type: 'batch', entry: [{ request: { method: 'GET', url: 'Patient' } }] };
  await check('executeBatch: there is no batch', () => refuses(() => system.executeBatch(batch), /no batches/));
  await check('a wrong secret is refused', () => refuses(() => client(world).startClientLogin('practice-d', 'wrong'), /secret is wrong|invalid_client|unauthorized/i));
  await check('in a browser on another origin it cannot work: it sends cookies along, which no page may', async () => {
    const headers = { origin: world.app, 'access-control-request-method': 'POST' };
    const answer = await fetch(`${world.url}/oauth/token`, { method: 'OPTIONS', headers });
    must(answer.headers.get('access-control-allow-origin') === world.app, 'the page is not known');
    must(answer.headers.get('access-control-allow-credentials') === null, 'cookies are allowed');
  });
}
