// An OAuth 2 server for the tests: prints its token endpoint once it listens, and stops when its
// standard input ends.
//
// It knows the clients `basic` and `body`, named after how they send their secret, and the scopes
// `interaction`, which they may ask for, and `administration`, which they may not. Tokens are opaque.
import http from 'node:http';

import Provider from 'oidc-provider';

const secret = process.env.CLIENT_SECRET;

const client = (client_id, token_endpoint_auth_method) => ({
  client_id,
  client_secret: secret,
  token_endpoint_auth_method,
  scope: 'interaction',
  grant_types: ['client_credentials'],
  redirect_uris: [],
  response_types: [],
});

const server = http.createServer();
server.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [client('basic', 'client_secret_basic'), client('body', 'client_secret_post')],
    scopes: ['interaction', 'administration'],
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
    },
  });
  server.on('request', provider.callback());
  console.log(`${issuer}/token`);
});

process.stdin.on('end', () => process.exit(0)).resume();
