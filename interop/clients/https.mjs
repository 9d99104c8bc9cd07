// fhirclient (JavaScript) in Chromium again, over HTTPS: cookies are others there. And which versions of TLS there are.

import tls from 'node:tls';
import { openBrowser, serveApp } from '../lib/app.mjs';
import { refer, start } from '../lib/baton.mjs';
import { about, check, must } from '../lib/report.mjs';
import { SCOPE, launched, standalone } from './fhirclient.mjs';

/** The version that a handshake ends with, or the error of it. */
const shaken = (world, version) =>
  new Promise((done) => {
    const how = { host: '127.0.0.1', port: world.port, minVersion: version, maxVersion: version, rejectUnauthorized: false, ciphers: 'DEFAULT@SECLEVEL=0' };
    const socket = tls.connect(how, () => {
      done(socket.getProtocol());
      socket.end();
    });
    socket.once('error', (error) => done(error.code));
  });

export async function run() {
  // its certificate is its own
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
  const world = await start({ tls: true });
  const browser = await openBrowser();
  const server = await serveApp(world, { public: { scope: SCOPE, pkceMode: 'required' }, secret: { scope: SCOPE, clientSecret: 'secret-of-the-app' } });
  try {
    world.patient = await refer(world, 1);
    await standalone(world, browser, 'public', { refreshes: true });
    await launched(world, browser, 'secret');
    about('https: standalone_auth_tls, standalone_token_tls');
    for (const version of ['TLSv1', 'TLSv1.1']) await check(`${version} is refused`, async () => must(/ALERT_(PROTOCOL_VERSION|HANDSHAKE_FAILURE)/.test(await shaken(world, version)), 'no alert of the server'));
    for (const version of ['TLSv1.2', 'TLSv1.3']) await check(`${version} is taken`, async () => must((await shaken(world, version)) === version, 'refused'));
  } finally {
    await browser.close();
    server.closeAllConnections();
    server.close();
    await world.stop();
    delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
  }
}
