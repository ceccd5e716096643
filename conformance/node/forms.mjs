// A form as a browser sends it, made by the AWS SDK for JavaScript. Settings come as JSON in the first argument; the
// answers go to standard output as JSON.
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { createPresignedPost } from '@aws-sdk/s3-presigned-post';

const { endpoint, region, keys, bucket, mine, theirs } = JSON.parse(process.argv[2]);
const [accessKeyId, secretAccessKey, sessionToken] = keys;
const s3 = new S3Client({ endpoint, region, credentials: { accessKeyId, secretAccessKey, sessionToken }, forcePathStyle: true });
const answers = {};

const form = async (Key, Conditions, content, more = {}) => {
  const { url: action, fields } = await createPresignedPost(s3, { Bucket: bucket, Key, Conditions, Expires: 60 });
  const body = new FormData();
  for (const [name, value] of Object.entries({ ...fields, ...more })) body.append(name, value);
  body.append('file', new Blob([content]), 'picture.png');
  // The server may end the connection on what it refuses before all of it was sent.
  return fetch(action, { method: 'POST', body }).then(({ status }) => status, () => 'cut off');
};
const short = [['content-length-range', 1, 10]];
answers.form = await form(`${mine}/form-\${filename}`, short, 'picture');
answers.tooLong = await form(`${mine}/form-long`, short, 'a picture that is too large');
answers.withMore = await form(`${mine}/form-more`, short, 'picture', { 'x-amz-meta-added': 'unsigned' });
answers.foreign = await form(`${theirs}/form`, short, 'picture');
const read = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: `${mine}/form-picture.png` }));
answers.text = await read.Body.transformToString();

console.log(JSON.stringify(answers));
