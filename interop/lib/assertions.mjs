// Signed assertions of the partner `lake`: a good one, and those that are wrong in one thing each.

import { createHmac, randomUUID } from 'node:crypto';
import { CompactSign, exportSPKI, importJWK } from 'jose';
import { newKey } from './baton.mjs';

const now = () => Math.floor(Date.now() / 1000);
const b64 = (value) => Buffer.from(typeof value === 'string' || Buffer.isBuffer(value) ? value : JSON.stringify(value)).toString('base64url');

export const claims = (world, more = {}) => ({ iss: 'lake', sub: 'lake', aud: `${world.url}/oauth/token`, jti: randomUUID(), iat: now(), exp: now() + 120, ...more });
export const signed = (key, payload, header = {}) => new CompactSign(Buffer.from(typeof payload === 'string' ? payload : JSON.stringify(payload))).setProtectedHeader({ alg: 'ES384', kid: 'ec', typ: 'JWT', ...header }).sign(key);

/** Assertions that are wrong in one thing each. */
export async function* assertions(world) {
  const { ec, rsa } = world.keys;
  const good = await signed(ec.privateKey, claims(world));
  const [head, body, signature] = good.split('.');
  const raw = (header, payload, mac = signature) => `${b64(header)}.${b64(payload)}.${mac}`;
  const ec_ = { alg: 'ES384', kid: 'ec', typ: 'JWT' };
  for (const alg of ['none', 'None', 'NONE', 'nOnE', '', 'HS256', 'HS384', 'RS256', 'RS512', 'PS256', 'PS384', 'ES256', 'ES512', 'EdDSA', 'es384', null, 1, ['ES384']]) {
    yield [`alg ${JSON.stringify(alg)}`, raw({ ...ec_, alg }, claims(world))];
    yield [`alg ${JSON.stringify(alg)}, no signature`, raw({ ...ec_, alg }, claims(world), '')];
  }
  const publicKey = await importJWK(ec.publicJwk);
  const pem = await exportSPKI(publicKey);
  const der = Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64');
  for (const [alg, hash] of [['HS256', 'sha256'], ['HS384', 'sha384'], ['ES384', 'sha384']]) {
    for (const [what, secret] of [['PEM', pem], ['DER', der], ['JWK', JSON.stringify(ec.publicJwk)], ['nothing', '']]) {
      const input = `${b64({ ...ec_, alg })}.${b64(claims(world))}`;
      yield [`${alg} keyed with the public key as ${what}`, `${input}.${createHmac(hash, secret).update(input).digest('base64url')}`];
    }
  }
  for (const alg of ['RS256', 'RS512', 'PS384']) {
    const pss = await importJWK({ ...rsa.privateJwk, alg });
    yield [`a key of RS384 used for ${alg}`, await signed(pss, claims(world), { alg, kid: 'rsa' })];
  }
  yield ['the RSA key under the name of the other', await signed(rsa.privateKey, claims(world), { alg: 'RS384', kid: 'ec' })];
  yield ['a stranger’s key', await signed((await newKey('ES384', 'ec')).privateKey, claims(world))];
  yield ['another app’s key', await signed(world.keys.app.privateKey, claims(world), { kid: 'app' })];
  yield ['no signature', `${head}.${body}.`];
  yield ['no third part', `${head}.${body}`];
  yield ['a short signature', `${head}.${body}.${signature.slice(0, -4)}`];
  yield ['the signature of another', `${(await signed(ec.privateKey, claims(world))).split('.').slice(0, 2).join('.')}.${signature}`];
  const bytes = Buffer.from(signature, 'base64url');
  const number = (part) => Buffer.concat([Buffer.from([2, 49, 0]), part]);
  const inner = Buffer.concat([number(bytes.subarray(0, 48)), number(bytes.subarray(48))]);
  yield ['a signature in DER', `${head}.${body}.${b64(Buffer.concat([Buffer.from([0x30, inner.length]), inner]))}`];
  yield ['r = 0', `${head}.${body}.${b64(Buffer.concat([Buffer.alloc(48), bytes.subarray(48)]))}`];
  yield ['s = 0', `${head}.${body}.${b64(Buffer.concat([bytes.subarray(0, 48), Buffer.alloc(48)]))}`];
  yield ['r = s = 0', `${head}.${body}.${b64(Buffer.alloc(96))}`];
  yield ['padding', `${good}=`];
  yield ['a line end', `${good}\n`];
  yield ['five parts', `${good}.AAAA.AAAA`];
  yield ['a JWT in a JWT', await signed(ec.privateKey, good, { cty: 'JWT' })];
  for (const kid of [undefined, null, '', 1, ['ec'], 'nobody', 'EC', 'ec ', 'ec\u0000', '../ec', '../../../../etc/passwd', "' OR '1'='1", 'ec"; DROP TABLE tickets; --', '${jndi:ldap://127.0.0.1/}', 'x'.repeat(257), 'x'.repeat(6000), 'rsa', 'http://127.0.0.1/key']) {
    yield [`kid ${JSON.stringify(kid)?.slice(0, 40)}`, await signed(ec.privateKey, claims(world), { kid })];
  }
  for (const jku of ['https://other.example/jwks', 'http://127.0.0.1:1/jwks', 'https://user:pass@other.example/', '', null, 1]) {
    yield [`jku ${jku}`, await signed(ec.privateKey, claims(world), { jku })];
  }
  yield ['jwk', await signed(ec.privateKey, claims(world), { jwk: ec.publicJwk })];
  yield ['x5u', await signed(ec.privateKey, claims(world), { x5u: 'http://127.0.0.1:1/' })];
  yield ['x5c', await signed(ec.privateKey, claims(world), { x5c: ['AAAA'] })];
  yield ['typ at+jwt', await signed(ec.privateKey, claims(world), { typ: 'at+jwt' })];
  const crit = `${b64({ ...ec_, crit: ['exp'] })}.${body}`;
  yield ['crit', `${crit}.${signature}`];
  for (const [claim, values] of Object.entries({
    iss: [undefined, null, '', 1, ['lake'], 'practice-d', 'nobody', 'Lake', 'lake '],
    sub: [undefined, null, '', 1, ['lake'], 'practice-d', 'nobody'],
    aud: [undefined, null, '', [], [`${world.url}/oauth/token`], [`${world.url}/oauth/token`, 'https://other.example'], 'https://other.example', `${world.url}/oauth/token/`, `${world.url}/`, `${world.url}/OAUTH/TOKEN`, `${world.url}/oauth/token?`, world.base],
    exp: [undefined, null, '', String(now() + 120), now() + 120.5, -1, 0, now() - 1, now() + 400, 9e15, true, [now() + 120]],
    iat: [now() + 120, 'x', -1, 1.5],
    nbf: [now() + 120, 'x', -1, 1.5],
    jti: [undefined, null, '', 1, ['a'], 'x'.repeat(10000), 'a\u0000b'],
  })) {
    for (const value of values) yield [`${claim} ${JSON.stringify(value)?.slice(0, 60)}`, await signed(ec.privateKey, claims(world, { [claim]: value }))];
  }
  const text = JSON.stringify(claims(world));
  for (const twice of ['"exp":1', '"aud":"x"', '"iss":"nobody"', '"jti":"x"', '"sub":"nobody"']) yield [`${twice} twice`, await signed(ec.privateKey, text.replace('{', `{${twice},`))];
  yield ['exp 1e309', await signed(ec.privateKey, text.replace('{', '{"exp":1e309,').replace(/"exp":\d+,?/, ''))];
  for (const other of ['[]', 'null', '1', '"x"', '', '{}{}', '\ufeff{}']) yield [`claims ${other}`, await signed(ec.privateKey, other)];
  for (const other of ['', '.', '..', 'a.b.c', '\u0000', 'x'.repeat(9000), '{}']) yield [`the text ${JSON.stringify(other).slice(0, 20)}`, other];
}
