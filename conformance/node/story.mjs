// The story with the AWS SDK for JavaScript v3, unmodified. Settings come as JSON in the first argument; the
// answers go to standard output as JSON.
import { CognitoIdentityClient, GetIdCommand, GetOpenIdTokenCommand } from '@aws-sdk/client-cognito-identity';
import { DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { fromCognitoIdentityPool, fromWebToken } from '@aws-sdk/credential-providers';

const { endpoint, region, pool, provider, token, bucket, table, role } = JSON.parse(process.argv[2]);
const clientConfig = { endpoint, region };
const logins = { [provider]: token };
const answers = {};

const refusal = async (run) => {
  try {
    await run();
    return 'allowed';
  } catch (error) {
    return error.name;
  }
};

// The enhanced flow.
const identity = new CognitoIdentityClient(clientConfig);
const { IdentityId: id } = await identity.send(new GetIdCommand({ IdentityPoolId: pool, Logins: logins }));
answers.identity = id;
const credentials = fromCognitoIdentityPool({ clientConfig, identityPoolId: pool, logins });
const s3 = new S3Client({ ...clientConfig, credentials, forcePathStyle: true });
const dynamo = new DynamoDBClient({ ...clientConfig, credentials });

await s3.send(new PutObjectCommand({ Bucket: bucket, Key: `${id}/profile.json`, Body: '{"name":"js"}' }));
const read = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: `${id}/profile.json` }));
answers.profile = await read.Body.transformToString();
const listed = await s3.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: `${id}/` }));
answers.listed = (listed.Contents ?? []).map((object) => object.Key);
await dynamo.send(new PutItemCommand({ TableName: table, Item: { player: { S: id }, game: { S: 'js' }, score: { N: '7' } } }));
const item = await dynamo.send(new GetItemCommand({ TableName: table, Key: { player: { S: id }, game: { S: 'js' } } }));
answers.score = item.Item.score.N;
answers.foreignObject = await refusal(() =>
  s3.send(new GetObjectCommand({ Bucket: bucket, Key: 'us-east-1:00000000-0000-4000-8000-000000000000/profile.json' })),
);
answers.foreignItem = await refusal(() =>
  dynamo.send(new GetItemCommand({ TableName: table, Key: { player: { S: 'somebody-else' }, game: { S: 'js' } } })),
);

// The basic flow.
const open = await identity.send(new GetOpenIdTokenCommand({ IdentityId: id, Logins: logins }));
const web = fromWebToken({ clientConfig, roleArn: role, roleSessionName: 'js-story', webIdentityToken: open.Token });
const sts = new STSClient({ ...clientConfig, credentials: web });
answers.arn = (await sts.send(new GetCallerIdentityCommand({}))).Arn;

// A guest.
const guest = fromCognitoIdentityPool({ clientConfig, identityPoolId: pool });
answers.guest = (await new STSClient({ ...clientConfig, credentials: guest }).send(new GetCallerIdentityCommand({}))).Arn;

console.log(JSON.stringify(answers));
