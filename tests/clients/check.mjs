// What the Node scripts share: where the server is, checks that print a line each and end at a difference, and the
// life of a ticket, sent in whatever way a script brings along.

import { isDeepStrictEqual } from 'node:util';

export const { HELPDESK: url, LOGIN: login, PASSWORD: password } = process.env;
export const basic = 'Basic ' + Buffer.from(`${login}:${password}`).toString('base64');

export function same(what, got, wanted) {
  if (!isDeepStrictEqual(got, wanted)) {
    console.log(`DIFFERENT  ${what}\n  got    ${JSON.stringify(got)}\n  wanted ${JSON.stringify(wanted)}`);
    process.exit(1);
  }
  console.log(`ok  ${what}`);
}

export function number(what, { status, text }) {
  same(`${what}: ${text}`, [status, /^\d+$/.test(text)], [200, true]);
  return Number(text);
}

export const fileName = 'Bericht ü.txt';
export const content = new Blob([new Uint8Array([104, 105, 0, 255, 13, 10, 45, 45, 120, 13, 10])]);

/** `call(method, parameters, withFile)` answers `{ status, text }`; numbers are numbers, arrays are arrays. */
export async function live(way, call, files) {
  // No word begins like another: searches find beginnings.
  const word = 'w' + way.replaceAll(/[^a-z]/gi, '') + 'zz';
  const wanted = { subject: `Grüße & 100% = "ok"? ${word}`, body: `line one\nline two + a=b ${word}` };
  const created = { categoryId: 1, ...wanted, priorityId: 1, tags: 'red,blue' };
  const id = number(`${way}: ticket`, await call('ticket', created, files));
  const update = { id, priority: 2, statusId: 2, dueDate: '2030-01-31' };
  same(`${way}: UpdateTicket`, await call('UpdateTicket', update, false), { status: 200, text: '' });
  number(`${way}: comment`, await call('comment', { id, body: wanted.body, forTechsOnly: true }, files));
  for (const [statusId, found] of [[[2, 3], true], [[1, 3], false]]) {
    const { status, text } = await call('Tickets', { mode: 'all', categoryId: [1, 2], statusId, count: 300 }, false);
    const ids = JSON.parse(text).map((item) => item.IssueID);
    same(`${way}: Tickets of ${statusId}`, [status, ids.includes(id)], [200, found]);
  }
  const search = await call('Search', { query: word, statusId: [2] }, false);
  same(`${way}: Search`, [search.status, JSON.parse(search.text).map((item) => item.IssueID)], [200, [id]]);
  const user = await call('UserByEmail', { email: 'alice@desk.test' }, false);
  same(`${way}: UserByEmail`, [user.status, JSON.parse(user.text).Username], [200, 'alice']);

  const read = async (method) => (await fetch(`${url}/api/${method}/${id}`, { headers: { authorization: basic } })).json();
  const seen = await read('ticket');
  const facts = [seen.Subject, seen.Priority, seen.StatusID, seen.DueDate, seen.Tags.map((tag) => tag.Name).sort()];
  same(`${way}: what became of it`, facts, [wanted.subject, 2, 2, '2030-01-31T00:00:00Z', ['blue', 'red']]);
  const attached = (await read('Attachments')).map((file) => file.FileName);
  same(`${way}: its files`, attached, files ? [fileName, fileName] : []);
  const comments = (await read('Comments')).filter((comment) => !comment.IsSystem);
  same(`${way}: its comments`, comments.map((comment) => comment.ForTechsOnly), [true]);
  return id;
}

/** Parameters as pairs, arrays as repeated names. */
export function pairs(parameters) {
  return Object.entries(parameters).flatMap(([name, value]) => [value].flat().map((item) => [name, String(item)]));
}
