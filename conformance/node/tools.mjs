// What apps build on the AWS SDK for JavaScript v3: uploads in parts by lib-storage, presigned URLs, and documents by
// DynamoDBDocumentClient. Settings come as JSON in the first argument; the answers go to standard output as JSON.
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, HeadObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import {
  BatchGetCommand,
  BatchWriteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  ScanCommand,
  TransactWriteCommand,
  UpdateCommand,
  paginateQuery,
} from '@aws-sdk/lib-dynamodb';
import { Upload } from '@aws-sdk/lib-storage';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { Readable } from 'node:stream';

const { endpoint, region, keys, bucket, table, mine, theirs } = JSON.parse(process.argv[2]);
const [accessKeyId, secretAccessKey, sessionToken] = keys;
const config = { endpoint, region, credentials: { accessKeyId, secretAccessKey, sessionToken } };
const s3 = new S3Client({ ...config, forcePathStyle: true });
const documents = DynamoDBDocumentClient.from(new DynamoDBClient(config), { marshallOptions: { removeUndefinedValues: true } });
const answers = {};

const refusal = async (run) => {
  try {
    await run();
    return 'allowed';
  } catch (error) {
    return error.name;
  }
};

// A stream of unknown length in parts, several at a time, with each checksum that goes over whole objects or parts.
const block = Buffer.alloc(1024 * 1024, 'daypass ');
const stream = (blocks) => Readable.from((function* () { for (let i = 0; i < blocks; i += 1) yield block; })());
answers.uploads = {};
for (const ChecksumAlgorithm of ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256']) {
  const Key = `${mine}/stream-${ChecksumAlgorithm}`;
  const upload = new Upload({
    client: s3, queueSize: 4, partSize: 5 * 1024 * 1024,
    params: { Bucket: bucket, Key, Body: stream(12), ChecksumAlgorithm, ContentType: 'application/x-save' },
  });
  let seen = 0;
  upload.on('httpUploadProgress', ({ loaded }) => { seen = Math.max(seen, loaded); });
  const done = await upload.done();
  const head = await s3.send(new HeadObjectCommand({ Bucket: bucket, Key, ChecksumMode: 'ENABLED' }));
  const checksum = `Checksum${ChecksumAlgorithm}`;
  answers.uploads[ChecksumAlgorithm] = {
    seen, size: head.ContentLength, type: head.ContentType, parts: done.ETag,
    agrees: Boolean(head[checksum]) && head[checksum] === done[checksum],
  };
}
const whole = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: `${mine}/stream-CRC32`, ChecksumMode: 'ENABLED' }));
answers.isWhole = Buffer.concat(Array(12).fill(block)).equals(Buffer.from(await whole.Body.transformToByteArray()));
const aborted = new Upload({ client: s3, partSize: 5 * 1024 * 1024, params: { Bucket: bucket, Key: `${mine}/given-up`, Body: stream(40) } });
const ending = refusal(() => aborted.done());
aborted.once('httpUploadProgress', () => aborted.abort());
answers.aborted = await ending;
answers.leftOfAborted = await refusal(() => s3.send(new HeadObjectCommand({ Bucket: bucket, Key: `${mine}/given-up` })));
const foreign = new Upload({ client: s3, params: { Bucket: bucket, Key: `${theirs}/stream`, Body: stream(6) } });
answers.foreignUpload = await refusal(() => foreign.done());

// URLs that carry the decision with them: nobody else's keys are in them.
const url = (command, options) => getSignedUrl(s3, command, { expiresIn: 60, ...options });
const put = await url(new PutObjectCommand({ Bucket: bucket, Key: `${mine}/by-url`, ContentType: 'text/plain', Metadata: { colour: 'red' } }), { signableHeaders: new Set(['content-type']) });
answers.put = (await fetch(put, { method: 'PUT', body: 'by url', headers: { 'content-type': 'text/plain' } })).status;
answers.putOther = (await fetch(put, { method: 'PUT', body: 'by url', headers: { 'content-type': 'text/html' } })).status;
const got = await fetch(await url(new GetObjectCommand({ Bucket: bucket, Key: `${mine}/by-url`, ResponseContentDisposition: 'attachment' })));
answers.got = [got.status, await got.text(), got.headers.get('content-disposition'), got.headers.get('x-amz-meta-colour')];
answers.foreignUrl = (await fetch(await url(new GetObjectCommand({ Bucket: bucket, Key: `${theirs}/profile` })))).status;

// Documents.
const at = (game) => ({ TableName: table, Key: { player: mine, game } });
const item = { player: mine, game: 'doc', score: 12, best: 1.5, tags: new Set(['a', 'b']), nested: { list: [1, 'two', null, true] }, none: undefined, raw: new Uint8Array([1, 2]) };
await documents.send(new PutCommand({ TableName: table, Item: item }));
const read = (await documents.send(new GetCommand({ ...at('doc'), ConsistentRead: true }))).Item;
answers.document = { ...read, tags: [...read.tags].sort(), raw: [...read.raw] };
const raised = await documents.send(new UpdateCommand({
  ...at('doc'), UpdateExpression: 'SET #s = #s + :one ADD tags :more', ConditionExpression: '#s = :twelve', ReturnValues: 'ALL_NEW',
  ExpressionAttributeNames: { '#s': 'score' }, ExpressionAttributeValues: { ':one': 1, ':more': new Set(['c']), ':twelve': 12 },
}));
answers.raised = [raised.Attributes.score, [...raised.Attributes.tags].sort()];
const several = Array.from({ length: 25 }, (_, n) => ({ PutRequest: { Item: { player: mine, game: `batch-${String(n).padStart(2, '0')}`, n } } }));
await documents.send(new BatchWriteCommand({ RequestItems: { [table]: several } }));
const batch = await documents.send(new BatchGetCommand({ RequestItems: { [table]: { Keys: [at('batch-00').Key, at('batch-24').Key] } } }));
answers.batch = batch.Responses[table].map(({ n }) => n).sort((a, b) => a - b);
answers.pages = [];
const query = { TableName: table, KeyConditionExpression: 'player = :p AND begins_with(game, :g)', ExpressionAttributeValues: { ':p': mine, ':g': 'batch-' } };
for await (const page of paginateQuery({ client: documents, pageSize: 10 }, query)) answers.pages.push(page.Items.length);
const theirKey = { player: theirs, game: 'doc' };
answers.foreign = {
  get: await refusal(() => documents.send(new GetCommand({ TableName: table, Key: theirKey }))),
  put: await refusal(() => documents.send(new PutCommand({ TableName: table, Item: theirKey }))),
  batch: await refusal(() => documents.send(new BatchGetCommand({ RequestItems: { [table]: { Keys: [at('doc').Key, theirKey] } } }))),
  write: await refusal(() => documents.send(new BatchWriteCommand({ RequestItems: { [table]: [{ DeleteRequest: { Key: theirKey } }] } }))),
  transaction: await refusal(() => documents.send(new TransactWriteCommand({ TransactItems: [{ Delete: at('doc') }, { Delete: { TableName: table, Key: theirKey } }] }))),
  query: await refusal(() => documents.send(new QueryCommand({ ...query, ExpressionAttributeValues: { ':p': theirs, ':g': '' } }))),
  scan: await refusal(() => documents.send(new ScanCommand({ TableName: table }))),
};

console.log(JSON.stringify(answers));
