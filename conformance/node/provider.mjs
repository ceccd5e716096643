// An OpenID Connect provider that nobody here wrote, in a plain HTTP server: `node provider.mjs PORT`.
// Anybody signs in under the name they type. POST /__rotate makes new keys and drops the old ones.
import http from 'node:http';
import { exportJWK, generateKeyPair } from 'jose';
import Provider from 'oidc-provider';

const port = Number(process.argv[2]);
const issuer = `http://127.0.0.1:${port}`;
let generation = 0;

const key = async (alg) => ({
  ...(await exportJWK((await generateKeyPair(alg, { extractable: true })).privateKey)),
  alg,
  use: 'sig',
  kid: `${alg}-${generation}`,
});

const client = (id, alg, lifetime) => ({
  client_id: id,
  token_endpoint_auth_method: 'none',
  application_type: 'native',
  redirect_uris: ['http://127.0.0.1:9999/cb'],
  grant_types: ['authorization_code'],
  response_types: ['code'],
  id_token_signed_response_alg: alg,
});

const build = async () => {
  generation += 1;
  const keys = [await key('RS256'), await key('ES256')];
  const provider = new Provider(issuer, {
    jwks: { keys },
    pkce: { required: () => true },
    conformIdTokenClaims: false,
    clients: [client('game', 'RS256'), client('game-ec', 'ES256'), client('other-app', 'RS256'), client('short', 'RS256')],
    features: { devInteractions: { enabled: true } },
    scopes: ['openid', 'email'],
    claims: { openid: ['sub'], email: ['email'] },
    ttl: { IdToken: (context, token, client) => (client.clientId === 'short' ? 1 : 3600) },
    cookies: { keys: ['conformance'] },
    findAccount: async (context, id) => ({ accountId: id, claims: async () => ({ sub: id, email: `${id}@example.test` }) }),
  });
  return provider.callback();
};

let callback = await build();
http
  .createServer(async (request, response) => {
    if (request.method === 'POST' && request.url === '/__rotate') {
      callback = await build();
      response.end('rotated\n');
      return;
    }
    callback(request, response);
  })
  .listen(port, '127.0.0.1', () => console.log(`listening on ${issuer}`));
