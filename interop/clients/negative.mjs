// A generated corpus of what must not be let in: assertions, the authorize and token endpoints, replays across restarts and processes.

import { createHash, randomUUID } from 'node:crypto';
import { assertions, claims, signed } from '../lib/assertions.mjs';
import { refer, start } from '../lib/baton.mjs';
import { Person } from '../lib/person.mjs';
import { postgres } from '../lib/postgres.mjs';
import { about, check, must } from '../lib/report.mjs';

const TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const sha256 = (text) => createHash('sha256').update(text).digest('base64url');

async function post(world, pairs, headers = {}, place = 'token') {
  const body = typeof pairs === 'string' ? pairs : new URLSearchParams(pairs).toString();
  const answer = await fetch(`${world.here}/oauth/${place}`, { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers }, body });
  return { status: answer.status, text: await answer.text() };
}

const pairs = (assertion) => [['grant_type', 'client_credentials'], ['client_assertion_type', TYPE], ['client_assertion', assertion]];

async function assertionCorpus(world) {
  about('negative: assertions');
  const words = new Set();
  let [count, passed] = [0, []];
  for await (const [what, assertion] of assertions(world)) {
    count += 1;
    const { status, text } = await post(world, pairs(assertion));
    words.add(`${status} ${text}`);
    if (![400, 401].includes(status) || !text.includes('"error":"invalid_client"') || text.includes('access_token')) passed.push(`${what}: ${status} ${text.slice(0, 200)}`);
  }
  await check(`${count} wrong assertions are refused as invalid_client`, () => must(passed.length === 0, passed.join('\n')));
  await check('in the same words', () => must(words.size <= 2, [...words].join('\n'))); // one for no assertion at all
  await check('and a good one is still good', async () => must((await post(world, pairs(await signed(world.keys.ec.privateKey, claims(world))))).status === 200, 'refused'));
}

/** What a token request must not look like. */
async function tokenCorpus(world) {
  about('negative: token endpoint');
  const basic = { authorization: `Basic ${Buffer.from('practice-d:secret-of-practice-d').toString('base64')}` };
  const good = [['grant_type', 'client_credentials']];
  const own = await signed(world.keys.ec.privateKey, claims(world));
  const cases = [
    ['an assertion and Basic', pairs(own), basic],
    ['an assertion and a secret', [...pairs(own), ['client_secret', 'x']]],
    ['two assertions', [...pairs(own), ['client_assertion', own]]],
    ['two assertion types', [...pairs(own), ['client_assertion_type', TYPE]]],
    ['client_id of another client', [...pairs(own), ['client_id', 'practice-d']]],
    ['Basic and client_id of another', [...good, ['client_id', 'centre-e']], basic],
    ['Basic and a secret', [...good, ['client_id', 'practice-d'], ['client_secret', 'secret-of-practice-d']], basic],
    ['a public app for itself', [...good, ['client_id', 'public']]],
    ['an app with a secret for itself', [...good, ['client_id', 'secret'], ['client_secret', 'secret-of-the-app']]],
    ['no client', good],
    ['an unknown scope', [...good, ['scope', 'system/Nothing.write']], basic],
    ['a scope that is not registered', [...good, ['scope', 'system/Task.write']], basic],
    ['text/plain', 'grant_type=client_credentials', { ...basic, 'content-type': 'text/plain' }],
    ['JSON', '{"grant_type":"client_credentials"}', { ...basic, 'content-type': 'application/json' }],
    ['16 kB and one more', `grant_type=client_credentials&x=${'x'.repeat(16 * 1024)}`, basic],
    ['grant_type password', [['grant_type', 'password'], ['username', 'ada'], ['password', 'x']], basic],
    ['grant_type jwt-bearer', [['grant_type', 'urn:ietf:params:oauth:grant-type:jwt-bearer'], ['assertion', own]], basic],
    ['grant_type token-exchange', [['grant_type', 'urn:ietf:params:oauth:grant-type:token-exchange']], basic],
    ['parameters in the address only', '', basic, 'token?grant_type=client_credentials'],
    ['a broken Basic', good, { authorization: 'Basic %%%' }],
    ['Bearer', good, { authorization: 'Bearer x' }],
  ];
  for (const name of ['grant_type', 'scope', 'client_id', 'client_secret', 'code', 'redirect_uri', 'code_verifier', 'refresh_token']) {
    cases.push([`${name} twice`, [...good, [name, 'a'], [name, 'a']], basic], [`${name} twice, one empty`, [...good, [name, ''], [name, 'a']], basic]);
  }
  for (const [what, form, headers, place] of cases) {
    await check(what, async () => {
      const { status, text } = await post(world, form, headers, place);
      must(status >= 400 && status < 500 && !text.includes('access_token') && text.includes('"error"'), `${status} ${text.slice(0, 300)}`);
    });
  }
  await check('GET', async () => must((await fetch(`${world.here}/oauth/token?grant_type=client_credentials`, { headers: basic })).status === 405, 'not 405'));
}

const address = (world, more = []) => {
  const base = new Map([['response_type', 'code'], ['client_id', 'public'], ['redirect_uri', `${world.app}/cb`], ['scope', 'launch/patient patient/*.rs offline_access'], ['state', 's-1'], ['aud', world.base], ['code_challenge', sha256('v'.repeat(43))], ['code_challenge_method', 'S256']]);
  const replaced = new Set(more.map(([name]) => name));
  return `/oauth/authorize?${new URLSearchParams([...[...base].filter(([name]) => !replaced.has(name)), ...more])}`;
};

async function authorizeCorpus(world) {
  about('negative: authorize');
  const [app, person] = [world.app, new Person(world)];
  const { port } = new URL(app);
  const foreign = ['https://other.example/cb', `${app}/cb/`, `${app}/cb?x=1`, `${app}/cb#x`, `${app}/CB`, `${app}/other/../cb`, `${app}/%63b`, `${app}/cb%00`, `${app}/cb `, ` ${app}/cb`, `${app}\\@other.example/cb`, `http://user@127.0.0.1:${port}/cb`, `http://127.0.0.1:${port}@other.example/cb`, `http://127.0.0.1.other.example:${port}/cb`, `http://localhost:${port}/cb`, `http://127.1:${port}/cb`, `http://0x7f000001:${port}/cb`, 'http://127.0.0.1/cb', `https://127.0.0.1:${port}/cb`, `HTTP://127.0.0.1:${port}/cb`, 'javascript:alert(1)', 'data:text/html,x', '//other.example/cb', '/cb', '', 'x'];
  for (const uri of foreign) {
    await check(`redirect_uri ${uri}`, async () => {
      const answer = await person.follow(address(world, [['redirect_uri', uri]]));
      must(answer.status === 400 && !answer.location, `${answer.status} ${answer.location}`);
    });
  }
  const wrong = [[['client_id', '']], [['client_id', 'nobody']], [['client_id', 'practice-d']], [['client_id', 'public'], ['client_id', 'secret']], [['redirect_uri', `${app}/cb`], ['redirect_uri', 'https://other.example']], [['redirect_uri', `${app}/cb`], ['redirect_uri', `${app}/cb`]]];
  for (const more of wrong) {
    await check(`goes nowhere: ${JSON.stringify(more)}`, async () => {
      const answer = await person.follow(address(world, more));
      must(answer.status === 400 && !answer.location, `${answer.status} ${answer.location}`);
    });
  }
  const told = [];
  for (const name of ['response_type', 'scope', 'state', 'aud', 'launch', 'code_challenge', 'code_challenge_method', 'nonce', 'prompt', 'response_mode', 'request', 'request_uri', 'resource']) told.push([[name, 'a'], [name, 'a']], [[name, ''], [name, 'a']]);
  for (const type of ['', 'token', 'id_token', 'code id_token', 'code token', 'none', 'CODE']) told.push([['response_type', type]]);
  for (const mode of ['fragment', 'form_post', 'web_message']) told.push([['response_mode', mode]]);
  told.push([['request', 'x']], [['request_uri', 'http://127.0.0.1:1/']], [['state', '']], [['scope', '']], [['scope', 'system/*.read']], [['scope', 'launch']], [['launch', 'x'], ['scope', 'launch patient/*.rs']], [['prompt', 'none']], [['prompt', 'none login']], [['scope', 'x'.repeat(5000)]], [['state', 'x'.repeat(5000)]]);
  for (const more of told) {
    await check(`the app is told: ${JSON.stringify(more).slice(0, 80)}`, async () => {
      const answer = await person.follow(address(world, more));
      const back = answer.location && new URL(answer.location);
      must(back?.href.startsWith(`${app}/cb?`) && back.searchParams.get('error') && !back.searchParams.get('code') && back.searchParams.get('iss') === world.url, `${answer.status} ${answer.location}`);
    });
  }
  await forms(world);
}

async function forms(world) {
  const page = async () => {
    const person = new Person(world);
    const { html } = await person.ask(address(world));
    return [person, html.match(/name="flow" value="([^"]*)"/)[1]];
  };
  await check('a form of another origin is not read', async () => {
    const [person, flow] = await page();
    for (const origin of ['https://other.example', 'null', undefined, `${world.url}.other.example`]) {
      const headers = { cookie: person.cookie, 'content-type': 'application/x-www-form-urlencoded', ...(origin && { origin }) };
      const answer = await fetch(`${world.here}/oauth/consent`, { method: 'POST', headers, body: `flow=${flow}&decision=allow`, redirect: 'manual' });
      must(answer.status === 403, `${origin}: ${answer.status}`);
    }
  });
  await check('a question is not answered before the login', async () => {
    const [person, flow] = await page();
    const answer = await person.ask('/oauth/consent', [['flow', flow], ['decision', 'allow'], ['patient', world.patient], ['scope', 'patient/*.rs']]);
    must(!answer.location?.includes('code='), `${answer.status} ${answer.location}`);
  });
  await check('a question of another browser is not answered', async () => {
    const [, flow] = await page();
    const other = new Person(world);
    await other.lets(address(world));
    const answer = await other.ask('/oauth/consent', [['flow', flow], ['decision', 'allow'], ['patient', world.patient]]);
    must(answer.status === 403, `${answer.status} ${answer.location}`);
  });
  await check('scopes and patients that were not offered are not given', async () => {
    const person = new Person(world);
    const back = await person.follow(address(world), { patient: randomUUID() });
    must(!back.location?.includes('code='), `${back.status} ${back.location}`);
  });
}

const code = async (world) => (await new Person(world).lets(address(world))).searchParams.get('code');
const redemption = (world, it) => [['grant_type', 'authorization_code'], ['client_id', 'public'], ['redirect_uri', `${world.app}/cb`], ['code_verifier', 'v'.repeat(43)], ['code', it]];
const refreshed = (it, scope) => [['grant_type', 'refresh_token'], ['client_id', 'public'], ['refresh_token', it], ...(scope ? [['scope', scope]] : [])];

/** Those of many asks at the same time that get something. */
async function race(worlds, form, times = 40) {
  const answers = await Promise.all(Array.from({ length: times }, (_, at) => post(worlds[at % worlds.length], form)));
  return answers.filter((answer) => answer.status === 200);
}

async function replays(worlds, words) {
  about(`negative: replays, ${words}`);
  const [world] = worlds;
  const other = worlds.at(-1);
  await check('an assertion is good once of 100 at a time', async () => {
    const won = await race(worlds, pairs(await signed(world.keys.ec.privateKey, claims(world))), 100);
    must(won.length === 1, `${won.length}`);
  });
  await check('a code is good once of 40 at a time', async () => {
    const form = redemption(world, await code(world));
    const won = await race(worlds, form);
    must(won.length === 1, `${won.length}`);
    must((await post(other, refreshed(JSON.parse(won[0].text).refresh_token))).status === 400, 'what it gave is good after it came again');
  });
  const tokens = JSON.parse((await post(world, redemption(world, await code(world)))).text);
  await check('a refresh token gives no more than was granted', async () => must((await post(other, refreshed(tokens.refresh_token, 'user/*.cruds'))).status === 400, 'given'));
  await check('nor to another app', async () => must((await post(other, [['grant_type', 'refresh_token'], ['client_id', 'secret'], ['client_secret', 'secret-of-the-app'], ['refresh_token', tokens.refresh_token]])).status === 400, 'given'));
  await check('a refresh token is good once of 40 at a time', async () => {
    const won = await race(worlds, refreshed(tokens.refresh_token));
    must(won.length === 1, `${won.length}`);
    must((await post(other, refreshed(JSON.parse(won[0].text).refresh_token))).status === 400, 'the next one is good after a reuse');
  });
}

async function restarts(world) {
  about('negative: replays after kill -9');
  const assertion = pairs(await signed(world.keys.ec.privateKey, claims(world)));
  const redeemed = redemption(world, await code(world));
  must((await post(world, assertion)).status === 200, 'a good assertion is refused');
  const tokens = JSON.parse((await post(world, redeemed)).text);
  const next = await post(world, refreshed(tokens.refresh_token));
  must(next.status === 200, next.text);
  const kept = redemption(world, await code(world));
  await world.kill('SIGKILL');
  await world.again();
  await check('an assertion that was used is refused', async () => must((await post(world, assertion)).status === 401, 'given'));
  await check('a refresh token that was used ends what came after it', async () => {
    must((await post(world, refreshed(tokens.refresh_token))).status === 400, 'given');
    must((await post(world, refreshed(JSON.parse(next.text).refresh_token))).status === 400, 'the next one is still good');
  });
  await check('a code that was used is refused', async () => must((await post(world, redeemed)).status === 400, 'given'));
  await check('a code that was not used is good', async () => must((await post(world, kept)).status === 200, 'refused'));
}

export async function run(world) {
  await assertionCorpus(world);
  await tokenCorpus(world);
  await authorizeCorpus(world);
  await replays([world], 'one process');
  await restarts(world);
  await postgres(async (store) => {
    const one = await start({ store });
    try {
      one.patient = await refer(one, 1);
      const two = await start({ beside: one });
      await replays([one, two], 'two processes on one PostgreSQL');
      await restarts(one);
      await two.stop();
    } finally {
      await one.stop();
    }
  });
}
