// The pages of an app that uses fhirclient in a browser, and a Chromium to open them in.

import { readFileSync } from 'node:fs';
import http from 'node:http';
import puppeteer from 'puppeteer-core';
import { PASSWORD } from './baton.mjs';

const LIBRARY = new URL('../node_modules/fhirclient/build/fhir-client.js', import.meta.url);
const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';

const page = (script) => `<!DOCTYPE html><meta charset="utf-8"><title>App</title><link rel="icon" href="data:,"><script src="/fhir-client.js"></script><script>${script}</script>`;

/** Serves `{id}.html`, which launches the app of that id, and `cb.html`, to which the browser comes back. */
export function serveApp(world, apps) {
  const pages = new Map([['/fhir-client.js', readFileSync(LIBRARY, 'utf8')]]);
  for (const [id, options] of Object.entries(apps)) {
    pages.set(`/${id}.html`, page(`FHIR.oauth2.authorize(${JSON.stringify({ clientId: id, redirectUri: `${world.app}/cb.html`, ...options })}).catch((error) => { window.failed = error.message; });`));
  }
  pages.set('/cb.html', page(`FHIR.oauth2.ready().then((client) => { window.client = client; }, (error) => { window.failed = error.message; });`));
  const server = http.createServer((asked, answer) => {
    const found = pages.get(new URL(asked.url, world.app).pathname);
    const type = asked.url.startsWith('/fhir-client.js') ? 'text/javascript' : 'text/html';
    answer.writeHead(found ? 200 : 404, { 'content-type': type }).end(found);
  });
  return new Promise((ready) => server.listen(new URL(world.app).port, '127.0.0.1', () => ready(server)));
}

export function openBrowser() {
  return puppeteer.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu', '--ignore-certificate-errors'] });
}

const press = (tab, button) => Promise.all([tab.waitForNavigation({ waitUntil: 'load' }), tab.click(button)]);

/** Logs in where that is asked for. */
export async function logIn(tab, login = 'ada') {
  if (!(await tab.$('input[name=password]'))) return;
  await tab.type('input[name=login]', login);
  await tab.type('input[name=password]', PASSWORD);
  await press(tab, 'button');
}

/** Answers the question of the page, and waits until the app is there again. */
export async function answer(tab, { patient, decision = 'allow' } = {}) {
  if (patient) await tab.click(`input[name=patient][value="${patient}"]`);
  await press(tab, `button[value=${decision}]`);
  await tab.waitForFunction('window.client || window.failed', { timeout: 10000 });
  const failed = await tab.evaluate('window.failed');
  if (failed) throw new Error(failed);
}
