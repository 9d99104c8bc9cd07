// A person whose browser keeps one cookie and runs no script: logs in, chooses a patient, agrees.

import { PASSWORD } from './baton.mjs';

const values = (html, name) =>
  [...html.matchAll(new RegExp(`name="${name}" value="([^"]*)"`, 'g'))].map((found) => found[1].replaceAll('&amp;', '&'));

export class Person {
  constructor(world, login = 'ada') {
    this.world = world;
    this.login = login;
    this.cookie = undefined;
  }

  async ask(path, form) {
    const headers = { ...(this.cookie && { cookie: this.cookie }), ...(form && { origin: this.world.url }) };
    const address = new URL(path, this.world.here);
    const body = form && new URLSearchParams(form);
    const answer = await fetch(`${this.world.here}${address.pathname}${address.search}`, { method: form ? 'POST' : 'GET', headers, body, redirect: 'manual' });
    const set = answer.headers.get('set-cookie');
    if (set) this.cookie = set.split(';')[0];
    return { status: answer.status, location: answer.headers.get('location'), headers: answer.headers, html: await answer.text() };
  }

  /** Follows an app's request to where the browser is sent in the end; an answer that leads nowhere is given back as it is. */
  async follow(address, how = {}) {
    let page = await this.ask(address, how.post);
    // a form that comes without a cookie is gone on with at an address here
    if (page.location?.startsWith(`${this.world.url}/oauth/authorize?`)) page = await this.ask(page.location);
    if (page.html.includes('name="password"')) {
      page = await this.ask('/oauth/login', [['flow', values(page.html, 'flow')[0]], ['login', this.login], ['password', how.password ?? PASSWORD]]);
    }
    if (!page.html.includes('name="decision"')) return page;
    const scopes = values(page.html, 'scope').filter((scope) => !how.without?.includes(scope));
    const patients = values(page.html, 'patient');
    const form = [['flow', values(page.html, 'flow')[0]], ['decision', how.decision ?? 'allow'], ...scopes.map((scope) => ['scope', scope])];
    if (patients.length > 0) form.push(['patient', how.patient ?? patients[0]]);
    return this.ask('/oauth/consent', form);
  }

  /** The address at the app, with a code. */
  async lets(address, how) {
    const answer = await this.follow(String(address), how);
    if (!answer.location) throw new Error(`no way back to the app: ${answer.status} ${answer.html.replace(/<[^>]*>/g, ' ').trim()}`);
    return new URL(answer.location);
  }

  /** Begins a launch from here, and says where the app is opened. */
  async launches(app, patient) {
    let page = await this.ask('/ontario/launch');
    if (page.html.includes('name="password"')) {
      page = await this.ask('/oauth/login', [['flow', values(page.html, 'flow')[0]], ['login', this.login], ['password', PASSWORD]]);
      page = await this.ask('/ontario/launch');
    }
    const answer = await this.ask('/ontario/launch', [['flow', values(page.html, 'flow')[0]], ['app', app], ['patient', patient]]);
    // a page leads on: a redirect would be held against the policy of the form's page
    const led = answer.html.match(/content="0;url=([^"]*)"/)?.[1].replaceAll('&amp;', '&');
    if (!led) throw new Error(`no launch: ${answer.status} ${answer.html}`);
    return new URL(led);
  }
}
