// The AWS SDK for JavaScript v2, which many deployed apps still carry: CognitoIdentityCredentials in both flows. Settings
// come as JSON in the first argument; the answers go to standard output as JSON.
import AWS from 'aws-sdk';

const { endpoint, region, pool, provider, token, role } = JSON.parse(process.argv[2]);
AWS.config.update({ region });
// The credentials make their own clients, with these settings alone.
const settings = { endpoint, region };
const answers = {};

const arnOf = async (credentials) => {
  await credentials.getPromise();
  const sts = new AWS.STS({ ...settings, credentials });
  return (await sts.getCallerIdentity().promise()).Arn;
};
const of = (more) => new AWS.CognitoIdentityCredentials({ IdentityPoolId: pool, ...more }, settings);

const guest = of({});
answers.guest = await arnOf(guest);
answers.guestIdentity = guest.identityId;
const enhanced = of({ IdentityId: guest.identityId, Logins: { [provider]: token } });
answers.enhanced = await arnOf(enhanced);
answers.identity = enhanced.identityId;
const basic = of({ IdentityId: guest.identityId, Logins: { [provider]: token }, RoleArn: role, RoleSessionName: 'sdk2' });
answers.basic = await arnOf(basic);

console.log(JSON.stringify(answers));
