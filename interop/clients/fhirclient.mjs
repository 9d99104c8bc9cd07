// fhirclient (JavaScript) in Chromium: launches by itself and from here, with and without a secret, and with a key.

import { answer, logIn, openBrowser, serveApp } from '../lib/app.mjs';
import { systemToken } from '../lib/baton.mjs';
import { about, check, must, refuses } from '../lib/report.mjs';

export const SCOPE = 'openid fhirUser launch/patient patient/*.rs offline_access';

/** What an app does once it has a token. */
async function use(world, tab, { refreshes }) {
  await check('the token names the patient, and the patient is read', async () => {
    const patient = await tab.evaluate('client.patient.read()');
    must(patient.id === world.patient, `patient ${patient.id}`);
  });
  await check('searches referrals of the patient', async () => {
    const found = await tab.evaluate('client.request("ServiceRequest?subject=Patient/" + client.patient.id)');
    must(found.total === 1 || found.entry?.length === 1, JSON.stringify(found).slice(0, 300));
  });
  await check('follows a reference', async () => {
    const found = await tab.evaluate('client.request("ServiceRequest?subject=Patient/" + client.patient.id, { flat: true, resolveReferences: ["subject"] })');
    must(found[0].subject.resourceType === 'Patient', JSON.stringify(found).slice(0, 300));
  });
  await check('knows the person by the ID token', async () => {
    const user = await tab.evaluate('client.getFhirUser()');
    must(user.endsWith('Practitioner/p-1'), user);
  });
  await check('what is missing is an error that fhirclient can read', () => refuses(() => tab.evaluate('client.request("Patient/none")'), /404|Not Found/i));
  const refreshed = () => tab.evaluate('client.refresh().then(() => client.request("Patient/" + client.patient.id)).then((patient) => patient.id)');
  if (refreshes) {
    await check('refreshes, and reads with the next token', async () => must((await refreshed()) === world.patient, 'another patient'));
  } else {
    await check('its refresh brings no assertion along, and is refused', () => refuses(refreshed, /client|401/i));
  }
}

export async function standalone(world, browser, id, how) {
  about(`fhirclient, by itself, ${id}`);
  const context = await browser.createBrowserContext();
  const tab = await context.newPage();
  await check('gets a token', async () => {
    await tab.goto(`${world.app}/${id}.html?iss=${encodeURIComponent(world.base)}`);
    await tab.waitForSelector('input[name=password]');
    await logIn(tab);
    await answer(tab, { patient: world.patient });
  });
  await use(world, tab, how);
  await check('a token that was taken back opens nothing', async () => {
    const status = await tab.evaluate(`fetch(${JSON.stringify(`${world.url}/oauth/revoke`)}, { method: 'POST', body: new URLSearchParams({ token: client.state.tokenResponse.access_token, client_id: ${JSON.stringify(id)} }) }).then((answer) => answer.status)`);
    if (id !== 'public') return must(status === 401, `status ${status}: it has to authenticate for that`);
    must(status === 200, `status ${status}`);
    await refuses(() => tab.evaluate('client.request({ url: "Patient/" + client.patient.id }, { useRefreshToken: false })'), /401|expired|not authorized|unauthorized/i);
  });
  await context.close();
}

export async function launched(world, browser, id) {
  about(`fhirclient, launched from here, ${id}`);
  const context = await browser.createBrowserContext();
  const tab = await context.newPage();
  await check('gets a token about the patient that was chosen', async () => {
    await tab.goto(`${world.base}/launch`);
    await logIn(tab);
    await tab.waitForSelector('select[name=app]');
    await tab.select('select[name=app]', id);
    await tab.select('select[name=patient]', world.patient);
    await Promise.all([tab.waitForSelector('button[value=allow]'), tab.click('button')]);
    await answer(tab);
    must((await tab.evaluate('client.patient.id')) === world.patient, 'another patient');
  });
  await use(world, tab, { refreshes: id !== 'keyed' });
  await context.close();
}

async function refusals(world, browser) {
  about('fhirclient');
  const context = await browser.createBrowserContext();
  const tab = await context.newPage();
  const begin = async (page, how) => {
    await tab.goto(`${world.app}/${page}.html?clientId=public&iss=${encodeURIComponent(world.base)}`);
    await tab.waitForFunction('window.failed || document.querySelector("input[name=password], button[value=allow]")');
    await logIn(tab);
    if (await tab.$('button[value=allow]')) return answer(tab, how);
    throw new Error(await tab.evaluate('window.failed'));
  };
  await check('hears that the person does not agree', () => refuses(() => begin('public', { patient: world.patient, decision: 'deny' }), /access_denied/));
  await check('without PKCE hears why it is refused', () => refuses(() => begin('bare'), /invalid_request.*code_challenge/));
  await check('a page of another origin may not read', async () => {
    const token = await systemToken(world, 'practice-d');
    await tab.goto(`${world.app.replace('127.0.0.1', 'localhost')}/none`);
    await refuses(() => tab.evaluate(`fetch(${JSON.stringify(`${world.base}/Patient`)}, { headers: { authorization: 'Bearer ${token}' } }).then((answer) => answer.status)`), /Failed to fetch/);
  });
  await context.close();
}

export async function run(world) {
  const server = await serveApp(world, {
    public: { scope: SCOPE, pkceMode: 'required' },
    secret: { scope: SCOPE, clientSecret: 'secret-of-the-app' },
    keyed: { scope: SCOPE, clientPrivateJwk: world.keys.app.privateJwk },
    bare: { scope: SCOPE, pkceMode: 'disabled' },
  });
  const browser = await openBrowser();
  try {
    await standalone(world, browser, 'public', { refreshes: true });
    await standalone(world, browser, 'secret', { refreshes: true });
    await standalone(world, browser, 'keyed', { refreshes: false });
    for (const id of ['public', 'secret', 'keyed']) await launched(world, browser, id);
    await refusals(world, browser);
  } finally {
    await browser.close();
    server.closeAllConnections();
    server.close();
  }
}
