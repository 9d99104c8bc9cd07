// What Inferno's kits for SMART App Launch 2.2 and (g)(10) look at, under their ids; written anew, without Inferno.

import { createHash, randomBytes } from 'node:crypto';
import { createLocalJWKSet, decodeProtectedHeader, jwtVerify } from 'jose';
import { systemToken } from '../lib/baton.mjs';
import { Person } from '../lib/person.mjs';
import { about, check, must } from '../lib/report.mjs';

const ALL = 'openid fhirUser launch/patient patient/*.rs offline_access';
const sha256 = (text) => createHash('sha256').update(text).digest('base64url');
const sorted = (scopes) => scopes.split(' ').sort().join(' ');

class App {
  constructor(world, id = 'public', secret = undefined) {
    Object.assign(this, { world, id, secret, verifier: randomBytes(32).toString('base64url'), state: randomBytes(8).toString('hex') });
  }

  address(more = {}) {
    const asked = { response_type: 'code', client_id: this.id, redirect_uri: `${this.world.app}/cb`, scope: ALL, state: this.state, aud: this.world.base, code_challenge: sha256(this.verifier), code_challenge_method: 'S256', ...more };
    const known = Object.entries(asked).filter(([, value]) => value !== undefined);
    return `${this.world.url}/oauth/authorize?${new URLSearchParams(known)}`;
  }

  /** Posts a form to an endpoint, as this app. */
  async post(place, form, headers = {}) {
    const own = this.secret ? { authorization: `Basic ${Buffer.from(`${this.id}:${this.secret}`).toString('base64')}` } : {};
    const named = this.secret ? {} : { client_id: this.id };
    const known = Object.entries({ ...named, ...form }).filter(([, value]) => value !== undefined);
    const answer = await fetch(`${this.world.url}/oauth/${place}`, { method: 'POST', headers: { ...own, ...headers }, body: new URLSearchParams(known) });
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, body: text ? JSON.parse(text) : undefined };
  }

  redeem(code, more = {}, headers) {
    return this.post('token', { grant_type: 'authorization_code', code, redirect_uri: `${this.world.app}/cb`, code_verifier: this.verifier, ...more }, headers);
  }

  async code(more, how) {
    const back = await new Person(this.world).lets(this.address(more), how);
    must(back.searchParams.get('state') === this.state, 'another state');
    must(back.searchParams.get('code'), `no code: ${back}`);
    return back.searchParams.get('code');
  }

  async tokens(more, how) {
    const answer = await this.redeem(await this.code(more, how));
    must(answer.status === 200, JSON.stringify(answer.body));
    return answer.body;
  }

  read(token, path) {
    return fetch(`${this.world.base}/${path}`, { headers: { ...(token && { authorization: `Bearer ${token}` }), accept: 'application/fhir+json', origin: this.world.app } });
  }
}

const refused = (answer, ...codes) => must([400, 401].includes(answer.status) && (codes.length === 0 || codes.includes(answer.body.error)), `${answer.status} ${JSON.stringify(answer.body)}`);

async function discovery(world) {
  about('inferno: discovery');
  const answer = await fetch(`${world.base}/.well-known/smart-configuration`, { headers: { origin: 'https://inferno.example' } });
  const told = await answer.json();
  await check('well_known_endpoint', () => must(answer.status === 200 && answer.headers.get('content-type').startsWith('application/json'), answer.headers.get('content-type')));
  await check('well_known_capabilities_stu2', () => {
    for (const name of ['authorization_endpoint', 'token_endpoint', 'issuer', 'jwks_uri']) must(typeof told[name] === 'string', name);
    for (const name of ['capabilities', 'grant_types_supported', 'code_challenge_methods_supported']) must(told[name].every((one) => typeof one === 'string'), name);
    must(told.grant_types_supported.includes('authorization_code'), 'authorization_code');
    must(told.code_challenge_methods_supported.includes('S256') && !told.code_challenge_methods_supported.includes('plain'), 'S256');
  });
  await check('g10_smart_well_known_capabilities', () => {
    const wanted = ['launch-ehr', 'launch-standalone', 'client-public', 'client-confidential-symmetric', 'client-confidential-asymmetric', 'sso-openid-connect', 'context-banner', 'context-style', 'context-ehr-patient', 'context-standalone-patient', 'permission-offline', 'permission-patient', 'permission-user', 'permission-v1', 'permission-v2', 'authorize-post'];
    const missing = wanted.filter((one) => !told.capabilities.includes(one));
    must(missing.length === 0, missing.join(' '));
  });
  await check('smart_cors_well_known_endpoint', () => must(['*', 'https://inferno.example'].includes(answer.headers.get('access-control-allow-origin')), 'no CORS'));
  const metadata = await fetch(`${world.base}/metadata`, { headers: { origin: 'https://inferno.example' } });
  await check('smart_cors_metadata_request', () => must(['*', 'https://inferno.example'].includes(metadata.headers.get('access-control-allow-origin')), 'no CORS'));
}

async function launchOf(world, id, secret) {
  about(`inferno: standalone launch, ${id}`);
  const app = new App(world, id, secret);
  const code = await check('smart_app_redirect_stu2, smart_code_received', () => app.code({ nonce: 'n-1' }));
  const answer = await app.redeem(code, {}, { origin: world.app });
  const tokens = answer.body;
  await check('smart_token_exchange_stu2_2, smart_token_response_body_stu2_2', () => {
    must(answer.status === 200 && tokens.token_type === 'Bearer' && Number.isInteger(tokens.expires_in) && tokens.access_token, JSON.stringify(tokens));
    must(sorted(tokens.scope) === sorted(ALL), `scope ${tokens.scope}`);
  });
  await check('smart_token_response_headers', () => must(answer.headers.get('cache-control').includes('no-store') && answer.headers.get('pragma') === 'no-cache', 'it may be kept'));
  await check('smart_cors_token_exchange', () => must(answer.headers.get('access-control-allow-origin') === world.app, 'no CORS'));
  await check('g10_patient_context', async () => must((await app.read(tokens.access_token, `Patient/${tokens.patient}`)).status === 200, 'the patient is not read'));
  await check('g10_smart_need_patient_banner, g10_smart_style_url', async () => {
    must(typeof tokens.need_patient_banner === 'boolean', `need_patient_banner ${tokens.need_patient_banner}`);
    if (tokens.smart_style_url) must((await fetch(tokens.smart_style_url)).headers.get('content-type').startsWith('application/json'), 'no style');
    else throw new Error('no smart_style_url, though context-style is promised');
  });
  await check('g10_unauthorized_access', async () => must((await app.read(undefined, `Patient/${tokens.patient}`)).status === 401, 'not 401'));
  await openid(world, app, tokens);
  await refresh(world, app, tokens);
}

async function openid(world, app, tokens) {
  const config = await (await fetch(`${world.url}/.well-known/openid-configuration`)).json();
  const keys = await (await fetch(config.jwks_uri)).json();
  await check('smart_openid_required_configuration_fields', () => {
    const needed = ['issuer', 'authorization_endpoint', 'token_endpoint', 'jwks_uri', 'response_types_supported', 'subject_types_supported', 'id_token_signing_alg_values_supported'];
    must(needed.every((name) => config[name]) && config.id_token_signing_alg_values_supported.includes('RS256'), JSON.stringify(config));
  });
  await check('smart_openid_retrieve_jwks, smart_openid_token_header', () => {
    const { alg, kid } = decodeProtectedHeader(tokens.id_token);
    must(alg === 'RS256' && keys.keys.filter((key) => key.kid === kid).length === 1 && keys.keys.every((key) => !key.d), `${alg} ${kid}`);
  });
  const payload = await check('smart_openid_token_payload', async () => {
    const found = await jwtVerify(tokens.id_token, createLocalJWKSet(keys), { issuer: config.issuer, audience: app.id, requiredClaims: ['exp', 'iat', 'sub'] });
    must(found.payload.sub.length < 256 && found.payload.nonce === 'n-1', JSON.stringify(found.payload));
    return found.payload;
  });
  await check('smart_openid_fhir_user_claim, smart_cors_openid_fhir_user_claim', async () => {
    must(payload.fhirUser.startsWith(`${world.base}/Practitioner/`), payload.fhirUser);
    const answer = await app.read(tokens.access_token, new URL(payload.fhirUser).pathname.replace('/ontario/', ''));
    must(answer.headers.get('access-control-allow-origin') === world.app, 'no CORS');
  });
}

async function refresh(world, app, tokens) {
  const next = (token, more) => app.post('token', { grant_type: 'refresh_token', refresh_token: token, ...more });
  let now = tokens;
  await check('smart_token_refresh_stu2, smart_token_refresh_body', async () => {
    const answer = await next(now.refresh_token);
    must(answer.status === 200 && answer.body.access_token !== now.access_token && answer.headers.get('cache-control').includes('no-store'), JSON.stringify(answer.body));
    now = answer.body;
  });
  await check('smart_token_refresh_stu2 with scopes', async () => {
    const answer = await next(now.refresh_token, { scope: 'patient/*.rs' });
    must(answer.status === 200 && answer.body.scope === 'patient/*.rs', JSON.stringify(answer.body));
    now = { ...now, ...answer.body };
  });
  await check('g10_invalid_token_refresh', async () => refused(await next(randomBytes(32).toString('base64url')), 'invalid_grant'));
  await check('token revocation: read and refresh fail', async () => {
    must((await app.post('revoke', { token: now.refresh_token })).status === 200, 'not revoked');
    refused(await next(now.refresh_token), 'invalid_grant');
    for (let tries = 0; tries < 20; tries += 1) {
      if ((await app.read(now.access_token, `Patient/${tokens.patient}`)).status === 401) return;
      await new Promise((later) => setTimeout(later, 100));
    }
    throw new Error('the access token is good after two seconds');
  });
}

async function ehr(world) {
  about('inferno: EHR launch');
  const person = new Person(world);
  const at = await check('smart_app_launch, smart_launch_received', async () => {
    const at = await person.launches('public', world.patient);
    must(at.searchParams.get('iss') === world.base && at.searchParams.get('launch'), String(at));
    return at;
  });
  const app = new App(world);
  const scope = 'launch openid fhirUser patient/*.rs user/*.rs online_access';
  await check('token with the context of the launch', async () => {
    const back = await person.lets(app.address({ scope, launch: at.searchParams.get('launch') }));
    const { body } = await app.redeem(back.searchParams.get('code'));
    must(body.patient === world.patient && sorted(body.scope) === sorted(scope), JSON.stringify(body));
  });
  await check('authorize by POST', async () => {
    const asked = new URL(app.address());
    const back = await new Person(world).lets('/oauth/authorize', { post: [...asked.searchParams] });
    must((await app.redeem(back.searchParams.get('code'))).status === 200, 'no token');
  });
}

async function scopes(world) {
  about('inferno: scopes');
  const app = new App(world);
  await check('g10_limited_scope_grant, *_restricted_access', async () => {
    const scope = 'launch/patient patient/Patient.rs patient/ServiceRequest.rs patient/DocumentReference.rs';
    const tokens = await app.tokens({ scope }, { without: ['patient/DocumentReference.rs'] });
    must(sorted(tokens.scope) === sorted('launch/patient patient/Patient.rs patient/ServiceRequest.rs'), tokens.scope);
    const status = async (path) => (await app.read(tokens.access_token, path)).status;
    must((await status(`Patient/${tokens.patient}`)) === 200 && (await status('ServiceRequest')) === 200, 'what was chosen is not read');
    for (const path of ['DocumentReference', 'Task', 'Practitioner/p-1']) must([401, 403].includes(await status(path)), path);
  });
  await check('g10_smart_scopes: v1 and v2', async () => {
    for (const scope of ['launch/patient patient/Patient.read', 'launch/patient patient/Patient.rs', 'user/*.read']) {
      const tokens = await app.tokens({ scope });
      must(sorted(tokens.scope) === sorted(scope), `${scope}: ${tokens.scope}`);
    }
  });
  await check('fine-grained scopes: what is allowed is returned, the rest refused', async () => {
    const found = async (query) => {
      const scope = `launch/patient patient/Patient.rs patient/ServiceRequest.rs?${query}`;
      const tokens = await app.tokens({ scope });
      must(sorted(tokens.scope) === sorted(scope), tokens.scope);
      const answer = await app.read(tokens.access_token, 'ServiceRequest');
      must(answer.status === 200, `${answer.status}`);
      const entries = (await answer.json()).entry ?? [];
      const others = await app.read(tokens.access_token, 'Task');
      must([401, 403].includes(others.status), `${others.status}`);
      return entries.map((entry) => entry.resource.status);
    };
    const active = await found('status=active');
    must(active.length > 0 && active.every((status) => status === 'active'), `${active}`);
    must((await found('status=revoked')).length === 0, 'what does not fit is shown');
  });
}

async function invalid(world) {
  about('inferno: what is refused');
  const app = new App(world);
  const person = new Person(world);
  for (const aud of ['https://other.example/fhir', `${world.base}//`, world.url, `${world.base}x`, undefined, '']) {
    await check(`invalid aud: ${aud}`, async () => {
      const answer = await person.follow(app.address({ aud }));
      must(!answer.location?.includes('code=') && (answer.status >= 400 || answer.location.includes('error=')), `${answer.status} ${answer.location}`);
    });
  }
  const challenge = sha256(app.verifier);
  for (const [words, code_verifier] of [['no', undefined], ['a blank', ''], ['a wrong', randomBytes(32).toString('base64url')], ['the challenge as', challenge], ['a short', 'x'], ['a padded', `${app.verifier}=`]]) {
    await check(`invalid PKCE: ${words} verifier`, async () => refused(await app.redeem(await app.code(), { code_verifier })));
  }
  for (const more of [{ code_challenge: undefined }, { code_challenge: '' }, { code_challenge_method: 'plain' }, { code_challenge_method: undefined }, { code_challenge: app.verifier, code_challenge_method: 'plain' }, { code_challenge: 'x' }]) {
    await check(`PKCE downgrade ${JSON.stringify(more)}`, async () => {
      const answer = await person.follow(app.address(more));
      must(answer.location?.includes('error=invalid_request') && answer.location.includes('code_challenge'), `${answer.status} ${answer.location}`);
    });
  }
  await check('invalid code', async () => refused(await app.redeem('wrong'), 'invalid_grant'));
  await check('invalid client_id', async () => refused(await app.redeem(await app.code(), { client_id: 'nobody' }), 'invalid_client'));
  await check('another app’s code', async () => refused(await new App(world, 'secret', 'secret-of-the-app').redeem(await app.code()), 'invalid_grant'));
}

async function systems(world) {
  about('inferno: backend services and introspection');
  const lake = new App(world, 'practice-d', 'secret-of-practice-d');
  await check('smart_backend_services_invalid_grant_type', async () => refused(await lake.post('token', { grant_type: 'not_a_grant_type' }), 'unsupported_grant_type'));
  await check('smart_backend_services_invalid_client_assertion', async () => refused(await new App(world).post('token', { grant_type: 'client_credentials', client_id: undefined, client_assertion: 'x', client_assertion_type: 'not_an_assertion_type' }), 'invalid_client'));
  const app = new App(world, 'secret', 'secret-of-the-app');
  const tokens = await app.tokens();
  await check('smart_token_introspection_response_group: a good token', async () => {
    const { body } = await app.post('introspect', { token: tokens.access_token });
    must(body.active === true && body.client_id === 'secret' && sorted(body.scope) === sorted(tokens.scope) && body.exp * 1000 > Date.now() && body.patient === tokens.patient && body.iss === world.url && body.sub, JSON.stringify(body));
  });
  await check('smart_token_introspection_response_group: a bad one', async () => {
    const { status, body } = await app.post('introspect', { token: 'invalid_token_value' });
    must(status === 200 && JSON.stringify(body) === '{"active":false}', JSON.stringify(body));
  });
  await check('an app’s token opens no way of its partner’s system', async () => {
    const status = (await app.read(tokens.access_token, '$endpoint')).status;
    must([401, 403, 404].includes(status), `status ${status}`);
  });
  await check('a system asks for no code', async () => {
    const answer = await new Person(world).follow(new App(world, 'practice-d').address());
    must(answer.status === 400 && !answer.location, `${answer.status}`);
    must(await systemToken(world, 'practice-d', 'system/Patient.rs'), 'no token');
  });
}

export async function run(world) {
  await discovery(world);
  await launchOf(world, 'public');
  await launchOf(world, 'secret', 'secret-of-the-app');
  await ehr(world);
  await scopes(world);
  await invalid(world);
  await systems(world);
}
