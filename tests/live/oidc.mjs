// An authorization server (oidc-provider) and an API beside it that validates its tokens.
// In:  OIDC_SETTINGS = {clients, ttl, key, certificate}: key and certificate (PEM) add a TLS listener.
// Out: one line of JSON on stdout, {http, https}: the ports.
//
//   /token           the token endpoint; `resource` gives a token for that audience
//   /api/read, …     200 with what the token says; without one 401, with a bad one 401 invalid_token
//   /api/write…      403 insufficient_scope without the scope `write`
//   /api/upload      the body's length and SHA-256
//   /__log           {token: […], api: […]}; DELETE empties it
//   /__revoke        POST: every token issued so far is refused from now on
import crypto from 'node:crypto';
import http from 'node:http';
import https from 'node:https';
import Provider, { errors } from 'oidc-provider';

const settings = JSON.parse(process.env.OIDC_SETTINGS);
const log = { token: [], api: [] };
const issued = new Set();
const revoked = new Set();

const machine = { grant_types: ['client_credentials'], redirect_uris: [], response_types: [] };
const provider = new Provider('http://127.0.0.1', {
  clients: settings.clients.map((client) => ({ ...machine, ...client })),
  scopes: ['read', 'write'],
  cookies: { keys: ['unused'] },
  ttl: { ClientCredentials: settings.ttl },
  clientAuthMethods: ['client_secret_basic', 'client_secret_post', 'none'],
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => undefined,
      useGrantedResource: () => true,
      getResourceServerInfo(_ctx, resource) {
        if (!resource.startsWith('https://api.example.test/')) throw new errors.InvalidTarget();
        return { scope: 'read write', audience: resource, accessTokenTTL: settings.ttl, accessTokenFormat: 'opaque' };
      },
    },
  },
});
provider.on('server_error', (_ctx, error) => console.error(error));

function refuse(ctx, status, error) {
  ctx.status = status;
  ctx.set('WWW-Authenticate', error ? `Bearer realm="api", error="${error}"` : 'Bearer realm="api"');
  ctx.body = { error };
}

async function digest(request) {
  const hash = crypto.createHash('sha256');
  let length = 0;
  for await (const chunk of request) {
    length += chunk.length;
    hash.update(chunk);
  }
  return { length, sha256: hash.digest('hex') };
}

async function api(ctx) {
  const entry = { method: ctx.method, url: ctx.url, headers: ctx.req.rawHeaders };
  log.api.push(entry);
  const presented = /^Bearer (.+)$/.exec(ctx.get('authorization'))?.[1];
  entry.status = 401;
  if (!presented) return refuse(ctx, 401, '');
  const token = await provider.ClientCredentials.find(presented);
  if (!token || token.isExpired || revoked.has(presented)) return refuse(ctx, 401, 'invalid_token');
  entry.status = 403;
  if (ctx.path.startsWith('/api/write') && !(token.scope ?? '').split(' ').includes('write')) return refuse(ctx, 403, 'insufficient_scope');
  entry.status = 200;
  ctx.body = { client: token.clientId, scope: token.scope, audience: token.aud, ...(await digest(ctx.req)) };
}

provider.use(async (ctx, next) => {
  if (ctx.path === '/__log') {
    ctx.body = log;
    if (ctx.method === 'DELETE') ctx.body = { token: log.token.splice(0), api: log.api.splice(0) };
  } else if (ctx.path === '/__revoke') {
    issued.forEach((token) => revoked.add(token));
    ctx.body = {};
  } else if (ctx.path.startsWith('/api/')) {
    await api(ctx);
  } else {
    await next();
    if (ctx.path === '/token') {
      if (ctx.body?.access_token) issued.add(ctx.body.access_token);
      log.token.push({
        client: ctx.oidc?.client?.clientId,
        authorization: ctx.get('authorization').split(' ')[0],
        resource: ctx.oidc?.params?.resource,
        status: ctx.status,
      });
    }
  }
});

const listening = (server) => new Promise((resolve) => { server.listen(0, '127.0.0.1', () => resolve(server.address().port)); });
const answer = provider.callback();
const tls = settings.key && https.createServer({ key: settings.key, cert: settings.certificate }, answer);
console.log(JSON.stringify({ http: await listening(http.createServer(answer)), https: tls ? await listening(tls) : 0 }));
