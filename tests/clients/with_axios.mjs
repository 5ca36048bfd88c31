// axios, as the JavaScript clients of the API use it.

import { createRequire } from 'node:module';
import { Readable } from 'node:stream';

import { content, fileName, live, login, number, pairs, password, same, url } from './check.mjs';

const axios = createRequire(process.env.NODE_LIBRARIES)('axios');
const auth = { username: login, password };
// Texts as they came, so that "12" is told from 12, and no error is thrown.
const client = axios.create({ baseURL: `${url}/helpdesk/api`, auth, transformResponse: (text) => text, validateStatus: () => true, maxRedirects: 0 });

const answer = async (promise) => {
  const reply = await promise;
  return { status: reply.status, text: reply.data };
};

// Arrays in a query become `statusId[]=2&statusId[]=3` unless told otherwise.
const byParams = (indexes) => (method, parameters) =>
  answer(client.post(`/${method}`, undefined, { params: parameters, paramsSerializer: { indexes } }));

const byJson = (method, parameters) => answer(client.post(`/${method}`, { ...parameters, userId: null, assignedUserId: undefined }));

const byJsonStrings = (method, parameters) => {
  const strings = Object.entries(parameters).map(([name, value]) => [name, Array.isArray(value) ? value.map(String) : String(value)]);
  return answer(client.post(`/${method}`, Object.fromEntries(strings)));
};

const byUrlSearchParams = (method, parameters) => answer(client.post(`/${method}`, new URLSearchParams(pairs(parameters))));

// `{ statusId: [2, 3] }` becomes `statusId[]=2&statusId[]=3` in a form, too.
const byUrlEncodedForm = (method, parameters) =>
  answer(client.post(`/${method}`, parameters, { headers: { 'Content-Type': 'application/x-www-form-urlencoded' } }));

const byFormData = (method, parameters, withFile) => {
  const form = new FormData();
  for (const [name, value] of pairs(parameters)) form.append(name, value);
  if (withFile) form.append(fileName, content, fileName);
  return answer(client.post(`/${method}`, form));
};

const byPostForm = (method, parameters) => answer(client.postForm(`/${method}`, parameters));

const byStream = (method, parameters) => {
  const text = JSON.stringify(parameters);
  const body = Readable.from([text.slice(0, 5), text.slice(5)].map((piece) => Buffer.from(piece)));
  return answer(client.post(`/${method}`, body, { headers: { 'Content-Type': 'application/json' } }));
};

// `data` on GET: a body, which several clients send.
const byGetWithData = (method, parameters) =>
  method === 'ticket' ? byJson(method, parameters) : answer(client.get(`/${method}`, { data: parameters }));

const byGet = (method, parameters) =>
  method === 'ticket' ? byJson(method, parameters) : answer(client.get(`/${method}`, { params: parameters }));

for (const [way, call, files] of [
  ['axios params', byParams(false), false],
  ['axios params repeated', byParams(null), false],
  ['axios params indexed', byParams(true), false],
  ['axios JSON', byJson, false],
  ['axios JSON strings', byJsonStrings, false],
  ['axios URLSearchParams', byUrlSearchParams, false],
  ['axios urlencoded', byUrlEncodedForm, false],
  ['axios FormData', byFormData, false],
  ['axios FormData and file', byFormData, true],
  ['axios postForm', byPostForm, false],
  ['axios stream', byStream, false],
  ['axios GET', byGet, false],
  ['axios GET with data', byGetWithData, false],
]) {
  await live(way, call, files);
}

for (const customFields of [{ 1624: 'x' }, JSON.stringify({ 1624: 'x' })]) {
  number(`customFields as ${typeof customFields}`, await byJson('ticket', { categoryId: '1', subject: 's', body: 'b', customFields }));
}
const ids = [];
for (const email of ['alice@desk.test', 'bob@desk.test']) ids.push(JSON.parse((await byGet('UserByEmail', { email })).text).UserID);
const [{ IssueID: id }] = JSON.parse((await byGet('Tickets', { count: 1 })).text);
for (const userId of ids) same('AddSubscriber', await byGet('AddSubscriber', { id, userId }), { status: 200, text: '' });
for (const recipientIds of [ids, ids.join(','), ids.map(String)]) {
  number(`recipientIds as ${JSON.stringify(recipientIds)}`, await byJson('comment', { id, body: 'to both', recipientIds }));
}

// As most scripts write it: JSON is parsed, errors are thrown.
const usual = axios.create({ baseURL: `${url}/api/`, auth });
same('a parsed list', Array.isArray((await usual.get('/Tickets')).data), true);
same('a parsed number', typeof (await usual.post('ticket', { categoryId: 1, subject: 's', body: 'b' })).data, 'number');
same('an empty answer', (await usual.post('UpdateTicket', { id, priority: 0 })).data, '');
for (const [method, params, status] of [['ticket', { id: 999999 }, 404], ['ticket', {}, 400], ['Tickets', { statusId: 'x' }, 400]]) {
  const error = await usual.get(method, { params }).catch((thrown) => thrown);
  same(`${method} ${JSON.stringify(params)} throws`, [error.response?.status, typeof error.response?.data], [status, 'string']);
}
const { headers } = await usual.head('Tickets');
same('HEAD', headers['content-type'], 'application/json; charset=utf-8');
const wrong = await axios.get(`${url}/api/Tickets`).catch((thrown) => thrown);
same('without a login', [wrong.response.status, wrong.response.headers['www-authenticate']], [401, 'Basic realm="Ferrodesk"']);
