// openid-client: discovery, PKCE, all four ways of authentication, ID tokens, `iss`, refresh, introspection, revocation.

import { createRemoteJWKSet, jwtVerify } from 'jose';
import * as oidc from 'openid-client';
import { Person } from '../lib/person.mjs';
import { about, check, must, refuses } from '../lib/report.mjs';

const SCOPE = 'openid fhirUser launch/patient patient/*.rs offline_access';

async function discover(world, id, how, at = world.url) {
  return oidc.discovery(new URL(at), id, undefined, how, { execute: [oidc.allowInsecureRequests] });
}

/** The way of a person through an app, up to the tokens. */
export async function login(world, config, more = {}) {
  const [verifier, state, nonce] = [oidc.randomPKCECodeVerifier(), oidc.randomState(), oidc.randomNonce()];
  const asked = {
    redirect_uri: `${world.app}/cb`,
    scope: SCOPE,
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state,
    nonce,
    aud: world.base,
    ...more,
  };
  const back = await new Person(world).lets(oidc.buildAuthorizationUrl(config, asked));
  const checks = { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true };
  return { back, checks, tokens: () => oidc.authorizationCodeGrant(config, back, checks) };
}

async function app(world, id, how) {
  about(`openid-client as ${id} (${how.words})`);
  const config = await check('discovers the server', () => discover(world, id, how.with));
  const tokens = await check('gets tokens and believes the ID token', async () => (await login(world, config)).tokens());
  if (!tokens) return;
  await check('the ID token is the person’s, by the published keys', async () => {
    const keys = createRemoteJWKSet(new URL(config.serverMetadata().jwks_uri));
    const { payload } = await jwtVerify(tokens.id_token, keys, { issuer: world.url, audience: id, algorithms: ['RS256'] });
    must(payload.fhirUser === `${world.base}/Practitioner/p-1`, `fhirUser is ${payload.fhirUser}`);
  });
  await check('reads the patient of the launch', async () => {
    const answer = await oidc.fetchProtectedResource(config, tokens.access_token, new URL(`${world.base}/Patient/${tokens.patient}`), 'GET');
    must(answer.status === 200, `status ${answer.status}`);
  });
  const next = await check('goes on with the refresh token', () => oidc.refreshTokenGrant(config, tokens.refresh_token));
  if (how.keeps) {
    await check('looks into its token', async () => {
      const told = await oidc.tokenIntrospection(config, next.access_token);
      must(told.active && told.client_id === id && told.patient === tokens.patient, JSON.stringify(told));
    });
  }
  await check('takes its token back', () => oidc.tokenRevocation(config, next.refresh_token));
  await check('which ends it', () => refuses(() => oidc.refreshTokenGrant(config, next.refresh_token), /invalid_grant/));
}

async function system(world, alg) {
  about(`openid-client as a system (${alg})`);
  const key = alg === 'ES384' ? world.keys.ec : world.keys.rsa;
  const config = await discover(world, 'lake', oidc.PrivateKeyJwt({ key: key.privateKey, kid: key.publicJwk.kid }));
  await check('gets a token for itself and looks into it', async () => {
    const tokens = await oidc.clientCredentialsGrant(config, { scope: 'system/Patient.rs' });
    const told = await oidc.tokenIntrospection(config, tokens.access_token);
    must(told.active && told.scope === 'system/Patient.rs', JSON.stringify(told));
  });
}

async function refusals(world) {
  about('openid-client');
  const config = await discover(world, 'public', oidc.None());
  await check('finds the server by what an exchange says of itself, too', async () => {
    const found = await discover(world, 'public', oidc.None(), `${world.base}/.well-known/smart-configuration`);
    must(found.serverMetadata().issuer === world.url, found.serverMetadata().issuer);
  });
  await check('a wrong iss in the answer is seen', async () => {
    const { back, checks } = await login(world, config);
    back.searchParams.set('iss', 'https://other.example');
    await refuses(() => oidc.authorizationCodeGrant(config, back, checks), /iss/);
  });
  await check('another verifier is refused', async () => {
    const { back, checks } = await login(world, config);
    await refuses(() => oidc.authorizationCodeGrant(config, back, { ...checks, pkceCodeVerifier: oidc.randomPKCECodeVerifier() }), /invalid_grant/);
  });
  await check('a code is good once, and takes back what it gave', async () => {
    const { tokens } = await login(world, config);
    const first = await tokens();
    await refuses(tokens, /invalid_grant/);
    await refuses(() => oidc.refreshTokenGrant(config, first.refresh_token), /invalid_grant/);
  });
  await check('what the person denies is heard', async () => {
    const address = oidc.buildAuthorizationUrl(config, { redirect_uri: `${world.app}/cb`, scope: SCOPE, code_challenge: await oidc.calculatePKCECodeChallenge('x'.repeat(43)), code_challenge_method: 'S256', state: 'a', aud: world.base });
    const back = await new Person(world).lets(address, { decision: 'deny' });
    await refuses(() => oidc.authorizationCodeGrant(config, back, { pkceCodeVerifier: 'x'.repeat(43), expectedState: 'a' }), /access_denied/);
  });
  const wrong = await discover(world, 'secret', oidc.ClientSecretBasic('wrong'));
  await check('a wrong secret is refused', () => refuses(() => oidc.refreshTokenGrant(wrong, 'x'), /invalid_client|401/));
  const foreign = await discover(world, 'lake', oidc.PrivateKeyJwt({ key: world.keys.rsa.privateKey, kid: 'ec' }));
  await check('an assertion of another key is refused', () => refuses(() => oidc.clientCredentialsGrant(foreign), /invalid_client|401/));
}

export async function run(world) {
  const key = { key: world.keys.app.privateKey, kid: 'app' };
  await app(world, 'public', { words: 'no secret', with: oidc.None() });
  await app(world, 'secret', { words: 'client_secret_basic', with: oidc.ClientSecretBasic('secret-of-the-app'), keeps: true });
  await app(world, 'secret', { words: 'client_secret_post', with: oidc.ClientSecretPost('secret-of-the-app'), keeps: true });
  await app(world, 'keyed', { words: 'private_key_jwt', with: oidc.PrivateKeyJwt(key), keeps: true });
  await system(world, 'ES384');
  await system(world, 'RS384');
  await refusals(world);
}
