// An authorization server (oidc-provider) and an API beside it that validates its tokens.
// In:  OIDC_SETTINGS = {clients, ttl, key, certificate, ca, assertion_keys}: key and certificate (PEM) add a TLS listener that
//      asks for client certificates of `ca`; assertion_keys are the public JWKs that sign JWT bearer assertions.
// Out: one line of JSON on stdout, {http, https}: the ports. The issuer is the plain one.
//
//   /token           the token endpoint; `resource` gives a token for that audience, one with /jwt in it a signed one
//                    password: alice/wonderland; jwt-bearer and token-exchange as in RFC 7523 and RFC 8693
//   /auth            signs alice in and consents by redirects; login_hint=bob for another, login_hint=deny refuses
//   /device/auth     asks to be polled once a second; the first poll of the client `slow` is too fast for it
//   /api/read, …     200 with what the token says; without one 401, with a bad one 401 invalid_token
//   /api/write…      403 insufficient_scope without the scope `write`
//   /api/nonce…      a DPoP proof needs a nonce of the API's own (RFC 9449 section 9); it is good for three proofs
//   /api/upload      the body's length and SHA-256
//   /__log           {token: […], api: […]}; DELETE empties it
//   /__refresh-token POST ?client=ID: a refresh token of alice for that client
//   /__revoke        POST: every token issued so far is refused from now on
//
// A client whose id starts with `nonce` must use a nonce of the server's at the token endpoint (RFC 9449 section 8).
import crypto from 'node:crypto';
import http from 'node:http';
import https from 'node:https';
import * as jose from 'jose';
import Provider, { errors } from 'oidc-provider';

const settings = JSON.parse(process.env.OIDC_SETTINGS);
const log = { token: [], api: [] };
const issued = new Set();
const revoked = new Set();
const proofs = new Set();
const users = { alice: 'wonderland', bob: 'builder' };
const PASSWORD = 'password';
const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token';

const listening = (server) => new Promise((resolve) => { server.listen(0, '127.0.0.1', () => resolve(server.address().port)); });
const plain = http.createServer();
const tls = settings.key && https.createServer({
  key: settings.key, cert: settings.certificate, ca: settings.ca, requestCert: Boolean(settings.ca), rejectUnauthorized: false,
});
const ports = { http: await listening(plain), https: tls ? await listening(tls) : 0 };
const issuer = `http://127.0.0.1:${ports.http}`;

const { privateKey, publicKey } = await jose.generateKeyPair('RS256', { extractable: true });
const named = { kid: 'signing', alg: 'RS256', use: 'sig' };
const signing = { ...(await jose.exportJWK(privateKey)), ...named };
const verifying = jose.createLocalJWKSet({ keys: [{ ...(await jose.exportJWK(publicKey)), ...named }] });

const machine = { grant_types: ['client_credentials'], redirect_uris: [], response_types: [] };
const provider = new Provider(issuer, {
  clients: settings.clients.map((client) => ({ ...machine, ...client })),
  jwks: { keys: [signing] },
  scopes: ['openid', 'offline_access', 'read', 'write'],
  claims: { openid: ['sub'] },
  cookies: { keys: ['unused'] },
  responseTypes: ['code', 'id_token', 'id_token token', 'none'],
  findAccount: (_ctx, sub) => ({ accountId: sub, claims: () => ({ sub }) }),
  pkce: { required: (_ctx, client) => client.clientAuthMethod === 'none' },
  issueRefreshToken: (_ctx, client) => client.grantTypeAllowed('refresh_token'),
  rotateRefreshToken: true,
  ttl: {
    AccessToken: settings.ttl, ClientCredentials: settings.ttl, AuthorizationCode: 60, DeviceCode: 600, IdToken: 3600,
    RefreshToken: 86400, Grant: 86400, Session: 86400, Interaction: 600,
  },
  clientAuthMethods: [
    'client_secret_basic', 'client_secret_post', 'client_secret_jwt', 'private_key_jwt', 'tls_client_auth',
    'self_signed_tls_client_auth', 'none',
  ],
  discovery: { mtls_endpoint_aliases: { token_endpoint: `https://localhost:${ports.https}/token` } },
  interactions: { url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    deviceFlow: { enabled: true },
    introspection: { enabled: true, allowedPolicy: () => true },
    revocation: { enabled: true, allowedPolicy: () => true },
    pushedAuthorizationRequests: { enabled: true },
    dPoP: { enabled: true, nonceSecret: Buffer.alloc(32, 7), requireNonce: (ctx) => wantsNonce(ctx) },
    mTLS: {
      enabled: true,
      certificateBoundAccessTokens: true,
      selfSignedTlsClientAuth: true,
      tlsClientAuth: true,
      getCertificate: certificateOf,
      certificateAuthorized: (ctx) => Boolean(ctx.socket.authorized),
      certificateSubjectMatches: (ctx, property, expected) =>
        property === 'tls_client_auth_subject_dn' && `CN=${ctx.socket.getPeerCertificate().subject?.CN}` === expected,
    },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => undefined,
      useGrantedResource: () => true,
      getResourceServerInfo(_ctx, resource) {
        if (!resource.startsWith('https://api.example.test/')) throw new errors.InvalidTarget();
        return {
          scope: 'read write', audience: resource, accessTokenTTL: settings.ttl, jwt: { sign: { alg: 'RS256' } },
          accessTokenFormat: resource.includes('/jwt') ? 'jwt' : 'opaque',
        };
      },
    },
  },
});
provider.on('server_error', (_ctx, error) => console.error(error));

function wantsNonce(ctx) {
  return Boolean(ctx.oidc?.client?.clientId.startsWith('nonce'));
}

function certificateOf(ctx) {
  const peer = ctx.socket.getPeerCertificate?.(true);
  return peer?.raw ? new crypto.X509Certificate(peer.raw) : undefined;
}

// -- grants that oidc-provider leaves to its users

async function issue(ctx, accountId, type) {
  const { client, params } = ctx.oidc;
  const scope = params.scope || 'read';
  const grant = new provider.Grant({ accountId, clientId: client.clientId });
  grant.addOIDCScope(scope);
  const grantId = await grant.save();
  const common = { accountId, client, grantId, gty: type, scope };
  const token = new provider.AccessToken({ ...common, expiresWithSession: false });
  if (ctx.get('dpop')) token.setThumbprint('jkt', (await proven(ctx)).thumbprint);
  ctx.body = {
    access_token: await token.save(), token_type: ctx.get('dpop') ? 'DPoP' : 'Bearer', expires_in: token.expiration, scope,
  };
  if (client.grantTypeAllowed('refresh_token') && type === PASSWORD) ctx.body.refresh_token = await refreshToken(common);
}

function refreshToken(common) {
  return new provider.RefreshToken({ ...common, rotations: 0, iiat: Math.floor(Date.now() / 1000) }).save();
}

async function firstRefreshToken(clientId) {
  const grant = new provider.Grant({ accountId: 'alice', clientId });
  grant.addOIDCScope('read');
  const client = await provider.Client.find(clientId);
  return refreshToken({ accountId: 'alice', client, grantId: await grant.save(), gty: PASSWORD, scope: 'read' });
}

provider.registerGrantType(PASSWORD, async (ctx) => {
  const { username, password } = ctx.oidc.params;
  if (!username || users[username] !== password) throw new errors.InvalidGrant('wrong user or password');
  await issue(ctx, username, PASSWORD);
}, ['username', 'password', 'scope']);

const assertionKeys = jose.createLocalJWKSet({ keys: settings.assertion_keys ?? [] });
provider.registerGrantType(JWT_BEARER, async (ctx) => {
  const audience = [issuer, `${issuer}/token`, `https://localhost:${ports.https}/token`];
  const checks = { audience, issuer: 'asserting', requiredClaims: ['sub', 'exp', 'jti'] };
  try {
    const { payload } = await jose.jwtVerify(ctx.oidc.params.assertion ?? '', assertionKeys, checks);
    unused(payload.jti);
    await issue(ctx, payload.sub, JWT_BEARER);
  } catch (error) {
    throw new errors.InvalidGrant(`assertion: ${error.message}`);
  }
}, ['assertion', 'scope']);

provider.registerGrantType(TOKEN_EXCHANGE, async (ctx) => {
  const { subject_token: subject, subject_token_type: type } = ctx.oidc.params;
  if (type !== ACCESS_TOKEN) throw new errors.InvalidRequest('subject_token_type');
  const token = (await provider.AccessToken.find(subject ?? '')) ?? (await provider.ClientCredentials.find(subject ?? ''));
  if (!token || revoked.has(subject)) throw new errors.InvalidRequest('subject_token');
  await issue(ctx, token.accountId ?? token.clientId, TOKEN_EXCHANGE);
  ctx.body.issued_token_type = ACCESS_TOKEN;
}, ['subject_token', 'subject_token_type', 'requested_token_type', 'actor_token', 'actor_token_type', 'audience', 'scope']);

// -- signing in without a person

async function interaction(ctx) {
  const { prompt, params, session, grantId } = await provider.interactionDetails(ctx.req, ctx.res);
  let result;
  if (params.login_hint === 'deny') {
    result = { error: 'access_denied', error_description: 'user said no' };
  } else if (prompt.name === 'login') {
    result = { login: { accountId: users[params.login_hint] ? params.login_hint : 'alice' } };
  } else {
    const fresh = () => new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
    const grant = grantId ? await provider.Grant.find(grantId) : fresh();
    if (params.scope) grant.addOIDCScope(params.scope);
    const missing = Object.entries(prompt.details.missingResourceScopes ?? {});
    for (const [resource, scopes] of missing) grant.addResourceScope(resource, scopes.join(' '));
    if (prompt.details.missingOIDCClaims) grant.addOIDCClaims(prompt.details.missingOIDCClaims);
    result = { consent: { grantId: await grant.save() } };
  }
  ctx.respond = false;
  await provider.interactionFinished(ctx.req, ctx.res, result, { mergeWithLastSubmission: true });
}

// -- the API

function refuse(ctx, status, error, scheme = 'Bearer') {
  ctx.status = status;
  ctx.set('WWW-Authenticate', error ? `${scheme} realm="api", error="${error}"` : `${scheme} realm="api"`);
  ctx.body = { error };
}

function unused(id) {
  if (!id || proofs.has(id)) throw new Error('jti was used before');
  proofs.add(id);
}

async function proven(ctx) {
  const { jwk, alg } = jose.decodeProtectedHeader(ctx.get('dpop'));
  const { payload } = await jose.jwtVerify(ctx.get('dpop'), await jose.importJWK(jwk, alg), { typ: 'dpop+jwt', maxTokenAge: 60 });
  if (payload.htm !== ctx.method || payload.htu !== `${ctx.protocol}://${ctx.host}${ctx.path}`) throw new Error('htm or htu');
  unused(payload.jti);
  return { thumbprint: await jose.calculateJwkThumbprint(jwk), payload };
}

const nonces = { count: 0, left: 0 };

async function boundTo(ctx, presented, thumbprint) {
  const proof = await proven(ctx);
  const ath = crypto.createHash('sha256').update(presented).digest('base64url');
  if (proof.thumbprint !== thumbprint || proof.payload.ath !== ath) throw new Error('another key or token');
  if (!ctx.path.startsWith('/api/nonce')) return true;
  if (proof.payload.nonce === `api-${nonces.count}` && nonces.left > 0) {
    nonces.left -= 1;
    return true;
  }
  Object.assign(nonces, { count: nonces.count + 1, left: 3 });
  ctx.set('DPoP-Nonce', `api-${nonces.count}`);
  return false;
}

async function known(presented) {
  const opaque = (await provider.AccessToken.find(presented)) ?? (await provider.ClientCredentials.find(presented));
  if (opaque) return opaque.isExpired ? undefined : { ...opaque, client: opaque.clientId, account: opaque.accountId };
  const { payload } = await jose.jwtVerify(presented, verifying, { issuer });
  return { ...payload, client: payload.client_id, account: payload.sub, jkt: payload.cnf?.jkt };
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
  const [, scheme, presented] = /^(Bearer|DPoP) (.+)$/.exec(ctx.get('authorization')) ?? [];
  entry.status = 401;
  if (!presented) return refuse(ctx, 401, '');
  const token = await known(presented).catch(() => undefined);
  if (!token || revoked.has(presented)) return refuse(ctx, 401, 'invalid_token', scheme);
  if (token.jkt) {
    if (scheme !== 'DPoP') return refuse(ctx, 401, 'invalid_token', 'DPoP');
    const fresh = await boundTo(ctx, presented, token.jkt).catch((error) => { entry.proof = error.message; });
    if (!fresh) return refuse(ctx, 401, fresh === undefined ? 'invalid_dpop_proof' : 'use_dpop_nonce', 'DPoP');
  }
  entry.status = 403;
  if (ctx.path.startsWith('/api/write') && !(token.scope ?? '').split(' ').includes('write')) return refuse(ctx, 403, 'insufficient_scope');
  entry.status = 200;
  const { client, account, scope, aud: audience, jkt } = token;
  ctx.body = { client, account, scope, audience, jkt, ...(await digest(ctx.req)) };
}

// -- all of it

const slowed = new Set();

function slowDown(ctx) {
  const polled = ctx.oidc?.params?.device_code;
  if (ctx.oidc?.client?.clientId !== 'slow' || ctx.body?.error !== 'authorization_pending' || slowed.has(polled)) return;
  slowed.add(polled);
  ctx.body = { error: 'slow_down' };
}

function record(ctx) {
  if (ctx.body?.access_token) issued.add(ctx.body.access_token);
  log.token.push({
    client: ctx.oidc?.client?.clientId,
    authorization: ctx.get('authorization').split(' ')[0],
    grant: ctx.oidc?.params?.grant_type,
    error: ctx.body?.error,
    resource: ctx.oidc?.params?.resource,
    certificate: ctx.socket.getPeerCertificate?.().subject?.CN,
    dpop: Boolean(ctx.get('dpop')),
    status: ctx.status,
  });
}

provider.use(async (ctx, next) => {
  if (ctx.path === '/__log') {
    ctx.body = log;
    if (ctx.method === 'DELETE') ctx.body = { token: log.token.splice(0), api: log.api.splice(0) };
  } else if (ctx.path === '/__refresh-token') {
    ctx.body = { refresh_token: await firstRefreshToken(ctx.query.client) };
  } else if (ctx.path === '/__revoke') {
    issued.forEach((token) => revoked.add(token));
    ctx.body = {};
  } else if (ctx.path.startsWith('/api/')) {
    await api(ctx);
  } else if (ctx.path.startsWith('/interaction/')) {
    await interaction(ctx);
  } else {
    await next();
    if (ctx.path === '/token') {
      slowDown(ctx);
      record(ctx);
    }
    if (ctx.path === '/device/auth' && ctx.body?.user_code) ctx.body.interval = 1;
  }
});

const answer = provider.callback();
plain.on('request', answer);
tls?.on('request', answer);
console.log(JSON.stringify(ports));
