// Resources behind npm's hawk, the reference: headers with payload hashes and nonces that count once, bewits, signed answers.
// It prints its port; `/__log` gives the requests so far as `METHOD path status`.
import http from 'node:http';
import { createRequire } from 'node:module';
const Hawk = createRequire(process.cwd() + '/')('hawk');

const CREDENTIALS = JSON.parse(process.env.HAWK_CREDENTIALS); // id → { key, algorithm }
const AHEAD = 2 * 60 * 60 * 1000; // of the clock of everything below /ahead
const log = [];
const nonces = new Set();

const options = (path) => ({
  timestampSkewSec: path.startsWith('/stuck') ? 3600 : 60,
  localtimeOffsetMsec: path.startsWith('/ahead') ? AHEAD : 0,
  nonceFunc: async (key, nonce, ts) => {
    const name = `${key} ${nonce} ${ts}`;
    if (nonces.has(name)) throw new Error('a nonce counts once');
    nonces.add(name);
  },
});

async function authenticated(request, path, payload) {
  const known = async (id) => CREDENTIALS[id] && { id, user: id, ...CREDENTIALS[id] };
  if (path.startsWith('/bewit')) return Hawk.server.authenticateBewit(request, known, options(path));
  const asked = path.startsWith('/payload') ? { payload } : {};
  return Hawk.server.authenticate(request, known, { ...options(path), ...asked });
}

function answer(path, { credentials, artifacts }, body) {
  if (!artifacts?.mac || path.startsWith('/silent') || path.startsWith('/bewit')) return {};
  const key = path.startsWith('/lying') ? 'another key' : credentials.key;
  const signed = { payload: body, contentType: 'application/json', ext: 'answered' };
  return { 'Server-Authorization': Hawk.server.header({ ...credentials, key }, artifacts, signed) };
}

const server = http.createServer(async (request, response) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const path = request.url.split('?')[0];
  if (path === '/__log') return response.end(JSON.stringify(log));
  let status = 200, headers = {}, body;
  try {
    const found = await authenticated(request, path, Buffer.concat(chunks));
    const { id, ext, app, dlg, hash } = found.artifacts ?? found.attributes;
    body = JSON.stringify({ id, ext, app, dlg, hash, length: Buffer.concat(chunks).length });
    headers = answer(path, found, body);
  } catch (error) {
    status = error.output?.statusCode ?? 500;
    headers = error.output?.headers ?? {};
    body = JSON.stringify({ error: error.message });
  }
  log.push(`${request.method} ${path} ${status}`);
  response.writeHead(status, { 'Content-Type': 'application/json', ...headers });
  response.end(request.method === 'HEAD' ? undefined : body);
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
