// The sync manager of amazon-cognito-js, unmodified, in a browser: two devices of one person, and a guest who signs in.
// Every device is a browser context of its own, on a page whose origin is not the server's. Settings come as JSON in the
// first argument; the answers go to standard output as JSON.
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';

const { endpoint, region, pool, logins } = JSON.parse(process.argv[2]);
const require = createRequire(import.meta.url);
// The package's own entry is for bundlers; browsers take the files of its folders.
const folder = (name) => require.resolve(`${name}/package.json`).replace('/package.json', '');
const files = {
  '/': ['text/html', '<!doctype html><title>game</title><script src="/sdk.js"></script><script src="/sync.js"></script>'],
  '/sdk.js': ['text/javascript', await readFile(`${folder('aws-sdk')}/dist/aws-sdk.js`)],
  '/sync.js': ['text/javascript', await readFile(`${folder('amazon-cognito-js')}/dist/amazon-cognito.min.js`)],
};
const site = createServer((request, response) => {
  const [type, body] = files[request.url] ?? ['text/plain', ''];
  response.writeHead(200, { 'content-type': type });
  response.end(body);
});
await new Promise((ready) => site.listen(0, '127.0.0.1', ready));
const browser = await chromium.launch({
  executablePath: process.env.DAYPASS_CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync'],
});

// What runs in the page: a small app around the sync manager.
const app = ({ endpoint, region, pool, logins }) => {
  AWS.config.update({ region, cognitoidentity: { endpoint }, cognitosync: { endpoint }, maxRetries: 0 });
  const promised = (run) => new Promise((done, fail) => {
    run((error, value) => (error ? fail(new Error(error.message ?? `${error}`)) : done(value)));
  });
  const device = {
    async signIn(logins, guest) {
      AWS.config.credentials = new AWS.CognitoIdentityCredentials({
        IdentityPoolId: pool, ...(guest ? { IdentityId: guest } : {}), ...(logins ? { Logins: logins } : {}),
      });
      await promised((done) => AWS.config.credentials.get(done));
      device.manager = new AWS.CognitoSyncManager();
      device.dataset = await promised((done) => device.manager.openOrCreateDataset('settings', done));
      return AWS.config.credentials.identityId;
    },
    put: (key, value) => promised((done) => device.dataset.put(key, value, done)),
    get: (key) => promised((done) => device.dataset.get(key, done)),
    remove: (key) => promised((done) => device.dataset.remove(key, done)),
    all: () => promised((done) => device.dataset.getAll(done)),
    // Deletes it here; the next synchronization deletes it there.
    forget: () => promised((done) => device.dataset.local.deleteDataset(
      device.dataset.getIdentityId(), 'settings', done)),
    purge: () => promised((done) => device.dataset.local.purgeDataset(device.dataset.getIdentityId(), 'settings', done)),
    // One synchronization, and which callbacks it made. `keeps`: in a conflict this device is right.
    synchronize: (keeps) => new Promise((done) => {
      const seen = { conflicts: [], merged: [], deleted: [] };
      device.dataset.synchronize({
        onSuccess: () => done({ ...seen, success: true }),
        onFailure: (error) => done({ ...seen, success: false, error: error.message }),
        onConflict: (dataset, conflicts, resume) => {
          seen.conflicts.push(...conflicts.map((conflict) => ({
            key: conflict.getKey(),
            local: conflict.getLocalRecord().getValue(),
            remote: conflict.getRemoteRecord().getValue(),
          })));
          const resolved = conflicts.map((conflict) => (
            keeps ? conflict.resolveWithLocalRecord() : conflict.resolveWithRemoteRecord()));
          dataset.resolve(resolved, () => resume(true));
        },
        // Going on from these two calls a function that this version of the library does not have: the app cleans up
        // and begins anew instead.
        onDatasetDeleted: (dataset, name, resume) => {
          seen.deleted.push(name);
          resume(false);
        },
        onDatasetsMerged: (dataset, names, resume) => {
          seen.merged.push(...names);
          resume(false);
        },
      });
    }),
    // Takes over what a guest had, and deletes what was merged.
    async takeOver(name) {
      const sync = new AWS.CognitoSync();
      const at = { IdentityPoolId: pool, IdentityId: AWS.config.credentials.identityId, DatasetName: name };
      const { Records } = await sync.listRecords({ ...at, LastSyncCount: 0, MaxResults: 1024 }).promise();
      for (const record of Records.filter((record) => record.Value)) await device.put(record.Key, record.Value);
      await sync.deleteDataset(at).promise();
      return Records.map((record) => [record.Key, record.Value]);
    },
    // The local store is the origin's; another device has another.
    usage: () => promised((done) => new AWS.CognitoSync().describeIdentityUsage({
      IdentityPoolId: pool, IdentityId: AWS.config.credentials.identityId }, done)),
  };
  window.device = device;
  return device.signIn(logins);
};

const open = async (logins) => {
  const context = await browser.newContext();
  const page = await context.newPage();
  const said = [];
  page.on('console', (message) => said.push(message.text()));
  page.on('pageerror', (error) => said.push(error.message));
  await page.goto(`http://127.0.0.1:${site.address().port}/`);
  const identity = await page.evaluate(app, { endpoint, region, pool, logins });
  const device = (method, ...given) => page.evaluate(
    ([method, given]) => window.device[method](...given), [method, given]);
  return { identity, device, said };
};

const answers = {};
try {
  const phone = await open(logins);
  const laptop = await open(logins);
  answers.identities = [phone.identity, laptop.identity];

  // A setting changed on one appears on the other.
  await phone.device('put', 'colour', 'red');
  answers.push = await phone.device('synchronize');
  answers.pull = await laptop.device('synchronize');
  answers.pulled = await laptop.device('get', 'colour');

  // An edit on both while offline: the second to come back is asked.
  await phone.device('put', 'colour', 'blue');
  await laptop.device('put', 'colour', 'green');
  answers.first = await phone.device('synchronize');
  answers.conflict = await laptop.device('synchronize', true);
  await phone.device('synchronize');
  answers.resolved = [await phone.device('get', 'colour'), await laptop.device('get', 'colour')];

  // The other way round: the remote record wins.
  await laptop.device('put', 'colour', 'yellow');
  await phone.device('put', 'colour', 'pink');
  await laptop.device('synchronize');
  answers.yielded = await phone.device('synchronize', false);
  answers.yieldedTo = [await phone.device('get', 'colour'), await laptop.device('get', 'colour')];

  // A removed record is gone on the other device.
  await laptop.device('remove', 'colour');
  answers.removal = await laptop.device('synchronize');
  answers.removalSeen = await phone.device('synchronize');
  answers.removed = await phone.device('all');

  // A guest's data waits for the person that the guest turns out to be.
  const guest = await open(null);
  answers.guest = guest.identity;
  await guest.device('put', 'name', 'Ada');
  answers.guestPush = await guest.device('synchronize');
  answers.signedIn = await guest.device('signIn', logins, guest.identity);
  answers.merge = await guest.device('synchronize');
  answers.takenOver = await guest.device('takeOver', answers.merge.merged[0]);
  answers.afterMerge = await guest.device('synchronize');
  await phone.device('synchronize');
  answers.merged = await phone.device('all');

  // A deleted dataset is reported to the device that had it.
  await laptop.device('synchronize');
  await laptop.device('forget');
  answers.deletion = await laptop.device('synchronize');
  answers.deletionSeen = await phone.device('synchronize');
  await phone.device('purge');
  answers.said = [...phone.said, ...laptop.said, ...guest.said];
} finally {
  await browser.close();
  site.close();
}
console.log(JSON.stringify(answers));
