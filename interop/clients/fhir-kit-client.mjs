// fhir-kit-client: finds the addresses, reads, searches, follows references, sends a message as an operation.

import { CapabilityTool, Client } from 'fhir-kit-client';
import { randomUUID } from 'node:crypto';
import { referral, systemToken } from '../lib/baton.mjs';
import { about, check, must, refuses } from '../lib/report.mjs';

export async function run(world) {
  about('fhir-kit-client');
  const client = new Client({ baseUrl: world.base });
  await check('smartAuthMetadata', async () => {
    const found = await client.smartAuthMetadata();
    must(String(found.tokenUrl) === `${world.url}/oauth/token` && String(found.authorizeUrl) === `${world.url}/oauth/authorize`, JSON.stringify(found));
  });
  await check('capabilityStatement says what is offered', async () => {
    const tool = new CapabilityTool(await client.capabilityStatement());
    must(tool.resourceCan('ServiceRequest', 'read') && tool.resourceSearch('ServiceRequest', 'identifier'), 'ServiceRequest');
  });
  await check('without a token it hears so', () => refuses(() => client.read({ resourceType: 'Patient', id: world.patient }), /401/));
  client.bearerToken = await systemToken(world, 'practice-d');
  await check('read', async () => must((await client.read({ resourceType: 'Patient', id: world.patient })).id === world.patient, 'another'));
  const found = await check('search', () => client.search({ resourceType: 'ServiceRequest', searchParams: { _count: 1 } }));
  await check('search by POST', async () => must((await client.resourceSearch({ resourceType: 'ServiceRequest', searchParams: { _count: 1 }, options: { postSearch: true } })).total >= 1, 'nothing'));
  await check('vread and history', async () => {
    const { id, meta } = found.entry[0].resource;
    const read = await client.vread({ resourceType: 'ServiceRequest', id, version: meta.versionId });
    must(read.meta.versionId === meta.versionId, 'another version');
    must((await client.history({ resourceType: 'ServiceRequest', id })).type === 'history', 'no history');
  });
  await check('resolve', async () => {
    const context = found.entry[0].resource;
    must((await client.resolve({ reference: context.subject.reference, context })).id === world.patient, 'another');
  });
  await check('operation process-message, and the next page of what there is then', async () => {
    const answer = await client.operation({ name: 'process-message', input: referral(world, 2) });
    must(answer.resourceType, JSON.stringify(answer));
    const first = await client.search({ resourceType: 'Patient', searchParams: { _count: 1 } });
    const second = await client.nextPage({ bundle: first });
    must(second.entry[0].resource.id !== first.entry[0].resource.id, 'the same page');
  });
  await check('a message that is none is refused in FHIR’s words', () => refuses(() => client.operation({ name: 'process-message', input: { resourceType: 'Bundle', type: 'message', id: randomUUID() } }), /OperationOutcome/));
  const batch = { resourceType: 'Bundle', type: 'batch', entry: [] };
  await check('batch is refused', () => refuses(() => client.batch({ body: batch }), /no batches/));
  await check('patch is refused', () => refuses(() => client.patch({ resourceType: 'Patient', id: world.patient, jsonPatch: [] }), /40[0-9]/));
  await check('delete is refused', () => refuses(() => client.delete({ resourceType: 'Patient', id: world.patient }), /40[0-9]/));
}
