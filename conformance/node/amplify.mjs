// Amplify, unmodified: a guest, the same person signed in, and fresh credentials. Settings come as JSON in the first
// argument; the answers go to standard output as JSON.
import { Amplify } from 'aws-amplify';
import { fetchAuthSession } from 'aws-amplify/auth';
import { cognitoCredentialsProvider as credentialsProvider } from 'aws-amplify/auth/cognito';

const { endpoint, pool, token } = JSON.parse(process.argv[2]);
// Warnings about custom endpoints are not answers.
console.warn = console.error;
const config = { Auth: { Cognito: { identityPoolId: pool, identityPoolEndpoint: endpoint, allowGuestAccess: true } } };
const payload = JSON.parse(Buffer.from(token.split('.')[1], 'base64url').toString());
const idToken = { toString: () => token, payload };

let signedIn = false;
const tokenProvider = {
  getTokens: async () => (signedIn ? { accessToken: idToken, idToken } : null),
};
Amplify.configure(config, { Auth: { credentialsProvider, tokenProvider } });

const guest = await fetchAuthSession();
signedIn = true;
const player = await fetchAuthSession({ forceRefresh: true });
const cached = await fetchAuthSession();
const fresh = await fetchAuthSession({ forceRefresh: true });
console.log(
  JSON.stringify({
    guest: guest.identityId,
    player: player.identityId,
    playerKeys: player.credentials,
    isCached: cached.credentials.accessKeyId === player.credentials.accessKeyId,
    isFresh: fresh.credentials.accessKeyId !== player.credentials.accessKeyId,
  }),
);
