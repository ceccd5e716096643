// The small world of the generated cases: who asks, for what, and which condition keys such a request has.

export const HERE = '111111111111'
export const THERE = '222222222222'

/** No request of this world has this key. */
export const ABSENT = 'aws:SourceVpce'

const callersOf = (account) => [
  { kind: 'user', arn: `arn:aws:iam::${account}:user/ann`, name: 'ann' },
  { kind: 'user', arn: `arn:aws:iam::${account}:user/division/bob`, name: 'bob' },
  { kind: 'session', arn: `arn:aws:sts::${account}:assumed-role/player/first`, role: `arn:aws:iam::${account}:role/player` },
  { kind: 'session', arn: `arn:aws:sts::${account}:assumed-role/clerk/second`, role: `arn:aws:iam::${account}:role/clerk` },
  { kind: 'federated-user', arn: `arn:aws:sts::${account}:federated-user/carl` },
  { kind: 'root', arn: `arn:aws:iam::${account}:root` }
]

export const CALLERS = [...callersOf(HERE), ...callersOf(THERE)]
export const ANONYMOUS = { kind: 'anonymous', arn: null }
export const SERVICE = { kind: 'service', arn: 'lambda.amazonaws.com' }
export const PROVIDERS = [
  { kind: 'provider', arn: 'cognito-identity.amazonaws.com' },
  { kind: 'provider', arn: `arn:aws:iam::${HERE}:oidc-provider/login.example.com/main` }
]

/** Names that fill object keys, tables, tags: plain ones, and such as engines stumble over. */
export const PLAIN = ['ann', 'bob', 'red', 'blue', 'score', 'a/b', 'ann/score', 'Ann', 'x', '2024', 'clerk']
export const ODD = ['*', 'a*', '?', '$', '${aws:username}', '', 'a:b', 'é', '😀', 'line\nend', '*/*', 'a b', "it's", '$$', '}']

/** What is acted on: the service, its actions, how an ARN is made of a name, the keys that only it has. */
export const TARGETS = [
  {
    service: 's3', type: 'object', actions: ['GetObject', 'PutObject', 'DeleteObject', 'GetObjectTagging'], policy: 'bucket',
    arn: (_, name) => `arn:aws:s3:::game/${name || 'x'}`,
    keys: { 's3:ExistingObjectTag/class': 'text' }, keysOf: ['GetObject', 'GetObjectTagging']
  },
  {
    service: 's3', type: 'bucket', actions: ['ListBucket'], policy: 'bucket', arn: () => 'arn:aws:s3:::game',
    keys: { 's3:prefix': 'text', 's3:delimiter': 'text', 's3:max-keys': 'number' }, keysOf: ['ListBucket']
  },
  {
    service: 'dynamodb', type: 'table', actions: ['GetItem', 'PutItem', 'Query', 'BatchGetItem', 'UpdateItem'], policy: 'resource',
    arn: (account) => `arn:aws:dynamodb:us-east-1:${account}:table/scores`,
    keys: { 'dynamodb:LeadingKeys': 'list', 'dynamodb:Attributes': 'list' },
    keysOf: ['GetItem', 'PutItem', 'Query', 'BatchGetItem', 'UpdateItem']
  },
  {
    service: 'dynamodb', type: 'index', actions: ['Query', 'Scan'],  policy: 'resource',
    arn: (account, name) => `arn:aws:dynamodb:us-east-1:${account}:table/scores/index/by-${name.replace(/[^a-z]/gi, '') || 'x'}`,
    keys: { 'dynamodb:Attributes': 'list', 'dynamodb:Select': 'text' }, keysOf: ['Query', 'Scan']
  },
  {
    service: 'iam', type: 'user', actions: ['GetUser', 'TagUser', 'DeleteUser', 'PutUserPolicy'],
    arn: (account, name) => `arn:aws:iam::${account}:user/team/${name.replace(/[^a-z]/gi, '') || 'x'}`, keys: {}, keysOf: []
  },
  {
    service: 'iam', type: 'role', actions: ['GetRole', 'PassRole', 'AttachRolePolicy'],
    arn: (account) => `arn:aws:iam::${account}:role/app/worker`,
    keys: { 'iam:PassedToService': 'text' }, keysOf: ['PassRole']
  },
  {
    service: 'cognito-identity', type: 'pool', actions: ['DescribeIdentityPool', 'UpdateIdentityPool', 'ListIdentities'],
    arn: (account) => `arn:aws:cognito-identity:us-east-1:${account}:identitypool/us-east-1:1f7e-44aa`, keys: {}, keysOf: []
  },
  {
    service: 'sts', type: 'role', actions: ['AssumeRole', 'TagSession', 'SetSourceIdentity'], policy: 'trust',
    arn: (account) => `arn:aws:iam::${account}:role/worker`,
    keys: { 'sts:ExternalId': 'text', 'sts:RoleSessionName': 'text', 'sts:TransitiveTagKeys': 'list' },
    keysOf: ['AssumeRole']
  },
  {
    service: 'sts', type: 'role', actions: ['AssumeRoleWithWebIdentity'], policy: 'trust', providers: true,
    arn: (account) => `arn:aws:iam::${account}:role/worker`,
    keys: {
      'cognito-identity.amazonaws.com:aud': 'text', 'cognito-identity.amazonaws.com:sub': 'text',
      'cognito-identity.amazonaws.com:amr': 'list'
    },
    keysOf: ['AssumeRoleWithWebIdentity']
  },
  { service: 's3', type: 'none', actions: ['ListAllMyBuckets'], arn: () => '*', keys: {}, keysOf: [] },
  { service: 'dynamodb', type: 'none', actions: ['ListTables', 'DescribeLimits'], arn: () => '*', keys: {}, keysOf: [] },
  { service: 'iam', type: 'none', actions: ['ListRoles', 'GetAccountSummary'], arn: () => '*', keys: {}, keysOf: [] },
  { service: 'cognito-identity', type: 'none', actions: ['ListIdentityPools', 'DeleteIdentities'], arn: () => '*', keys: {}, keysOf: [] },
  { service: 'sts', type: 'none', actions: ['DecodeAuthorizationMessage'], arn: () => '*', keys: {}, keysOf: [] }
]

/** The global keys of this world, by kind. */
export const GLOBAL = {
  'aws:username': 'text', 'aws:userid': 'text', 'aws:UserAgent': 'text', 'aws:referer': 'text', 'aws:PrincipalType': 'text',
  'aws:RequestedRegion': 'text', 'aws:PrincipalTag/team': 'text', 'aws:PrincipalTag/Level': 'number', 'aws:SourceIdentity': 'text',
  'aws:RequestTag/cost': 'text', 'aws:PrincipalAccount': 'text', 'aws:PrincipalArn': 'arn', 'aws:SourceArn': 'arn',
  'aws:SecureTransport': 'truth', 'aws:MultiFactorAuthPresent': 'truth', 'aws:ViaAWSService': 'truth',
  'aws:MultiFactorAuthAge': 'number', 'aws:CurrentTime': 'time', 'aws:TokenIssueTime': 'time', 'aws:EpochTime': 'epoch',
  'aws:SourceIp': 'address', 'aws:TagKeys': 'list', 'aws:CalledVia': 'list'
}

/** Values that keys of each kind have. */
export const VALUES = {
  text: [...PLAIN, ...PLAIN, ...PLAIN, 'us-east-1', 'red-1', '', '', ...ODD],
  arn: [
    `arn:aws:iam::${HERE}:role/player`, `arn:aws:iam::${HERE}:user/ann`, 'arn:aws:s3:::game', 'arn:aws:sns:us-east-1:111111111111:topic/a:b',
    `arn:aws:iam::${THERE}:role/path/x`, 'none', 'arn:aws:s3'
  ],
  truth: ['true', 'false', 'True', 'FALSE', 'yes'],
  number: ['0', '1', '2', '10', '-5', '1.5', '1.50', '010', '99999', 'many'],
  time: [
    '2024-01-01T00:00:00Z', '2024-06-30T12:30:15Z', '2024-06-30T14:30:15+02:00', '2024-06-30T12:30:15.500Z', '2023-12-31T23:59:59Z', 'soon'
  ],
  epoch: ['1704067200', '1719750615', '0', '1704067199'],
  address: ['10.0.0.7', '10.0.1.7', '192.168.4.20', '203.0.113.9', '2001:db8::7', '2001:db8:0:0:0:0:0:7', '2001:db8:1::1', 'nowhere'],
  list: PLAIN
}

export const OPERATORS = {
  text: ['StringEquals', 'StringNotEquals', 'StringEqualsIgnoreCase', 'StringNotEqualsIgnoreCase', 'StringLike', 'StringNotLike', 'BinaryEquals'],
  number: ['NumericEquals', 'NumericNotEquals', 'NumericLessThan', 'NumericLessThanEquals', 'NumericGreaterThan', 'NumericGreaterThanEquals'],
  time: ['DateEquals', 'DateNotEquals', 'DateLessThan', 'DateLessThanEquals', 'DateGreaterThan', 'DateGreaterThanEquals'],
  truth: ['Bool'],
  address: ['IpAddress', 'NotIpAddress'],
  arn: ['ArnEquals', 'ArnLike', 'ArnNotEquals', 'ArnNotLike'],
  any: ['Null']
}
OPERATORS.epoch = [...OPERATORS.time, ...OPERATORS.number]
OPERATORS.list = OPERATORS.text.slice(0, 6)
export const EVERY_OPERATOR = [...new Set(Object.values(OPERATORS).flat())]
