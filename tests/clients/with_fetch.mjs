// Node's own fetch, and node:http for what fetch refuses to do.

import http from 'node:http';
import { Readable } from 'node:stream';

import { basic, content, fileName, live, login, number, pairs, same, url } from './check.mjs';

const headers = { authorization: basic };

async function answer(promise) {
  const reply = await promise;
  same(`${new URL(reply.url).pathname} is not redirected`, reply.redirected, false);
  return { status: reply.status, text: await reply.text() };
}

const post = (method, init) => answer(fetch(`${url}/api/${method}`, { method: 'POST', ...init, headers: { ...headers, ...init.headers } }));

function byForm(method, parameters) {
  return post(method, { body: new URLSearchParams(pairs(parameters)) });
}

function byFormData(method, parameters, withFile) {
  const body = new FormData();
  for (const [name, value] of pairs(parameters)) body.append(name, value);
  if (withFile) body.append('uploadFile', content, fileName);
  return post(method, { body });
}

function byQuery(method, parameters) {
  return post(`${method}?${new URLSearchParams(pairs(parameters))}`, {});
}

function byJson(method, parameters) {
  return post(method, { body: JSON.stringify(parameters), headers: { 'content-type': 'application/json' } });
}

// fetch says text/plain when nobody says anything.
function byUntypedJson(method, parameters) {
  return post(method, { body: JSON.stringify({ ...parameters, userId: null }) });
}

function byStream(method, parameters) {
  const text = new URLSearchParams(pairs(parameters)).toString();
  const body = Readable.toWeb(Readable.from([text.slice(0, 9), text.slice(9)].map((piece) => Buffer.from(piece))));
  return post(method, { body, duplex: 'half', headers: { 'content-type': 'application/x-www-form-urlencoded' } });
}

/** A request of node:http, on connections that are kept. */
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
const sockets = new Set();
function plain(method, path, type, body) {
  return new Promise((resolve, reject) => {
    const sent = { method, agent, headers: { ...headers, 'content-type': type, 'content-length': Buffer.byteLength(body) } };
    const request = http.request(`${url}${path}`, sent, async (reply) => {
      sockets.add(reply.socket);
      resolve({ status: reply.statusCode, text: (await reply.toArray()).join('') });
    });
    request.on('error', reject);
    request.end(body);
  });
}

const byGetWithBody = (type, write) => (method, parameters) =>
  method === 'ticket' ? byForm(method, parameters) : plain('GET', `/api/${method}`, type, write(parameters));

const form = 'application/x-www-form-urlencoded';
for (const [way, call, files] of [
  ['fetch URLSearchParams', byForm, false],
  ['fetch FormData', byFormData, false],
  ['fetch FormData and file', byFormData, true],
  ['fetch query', byQuery, false],
  ['fetch JSON', byJson, false],
  ['fetch untyped JSON', byUntypedJson, false],
  ['fetch stream', byStream, false],
  ['GET with a form body', byGetWithBody(form, (parameters) => new URLSearchParams(pairs(parameters)).toString()), false],
  ['GET with a JSON body', byGetWithBody('application/json', JSON.stringify), false],
]) {
  await live(way, call, files);
}
same('connections used by GET with a body', sockets.size, 1);
agent.destroy();

for (const path of ['/api/authorization/', '/API/Authorization', '//api//Authorization', '/HELPDESK/api/Authorization', '/helpdesk/api/authorization/?x']) {
  const { status, text } = await answer(fetch(url + path, { headers }));
  same(`fetch ${path}`, [status, JSON.parse(text).Username], [200, login]);
}

const packed = await fetch(`${url}/api/Tickets?count=300`, { headers });
same('a long list is packed', [packed.headers.get('content-encoding') !== null, (await packed.json()).length > 5], [true, true]);

const head = await fetch(`${url}/api/Tickets`, { method: 'HEAD', headers });
same('HEAD', [head.status, await head.text()], [200, '']);

const asked = { origin: 'https://portal.test', 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization' };
const preflight = await plainOptions('/helpdesk/api/ticket', asked);
same('OPTIONS', [preflight.statusCode, preflight.headers['access-control-allow-origin']], [200, '*']);
function plainOptions(path, sent) {
  return new Promise((resolve, reject) => {
    http.request(`${url}${path}`, { method: 'OPTIONS', headers: sent }, (reply) => resolve(reply.resume())).on('error', reject).end();
  });
}

const token = await (await fetch(`${url}/User/Token`, { headers })).text();
for (const blanks of [' ', '  ', '    ']) {
  const reply = await fetch(`${url}/api/Authorization`, { headers: { authorization: `Bearer${blanks}${token}` } });
  same(`Bearer and ${blanks.length} blanks`, [reply.status, (await reply.json()).Username], [200, login]);
}

// Twenty at once.
const made = await Promise.all(Array.from({ length: 20 }, (_, turn) => byJson('ticket', { categoryId: 1, subject: `at once ${turn}`, body: 'x' })));
same('twenty tickets at once', new Set(made.map((reply) => number('ticket', reply))).size, 20);
