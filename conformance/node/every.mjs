// Every operation of Cognito Identity, STS and IAM with the AWS SDK for JavaScript v3, unmodified: each call must succeed
// and be parsed. Settings come as JSON in the first argument; the names of what was called go to standard output.
import * as identity from '@aws-sdk/client-cognito-identity';
import * as iam from '@aws-sdk/client-iam';
import * as sts from '@aws-sdk/client-sts';

const { endpoint, region, keys, account, pool, provider, token, other, role, metadata } = JSON.parse(process.argv[2]);
const [accessKeyId, secretAccessKey] = keys;
const settings = { endpoint, region, maxAttempts: 1 };
const signed = { ...settings, credentials: { accessKeyId, secretAccessKey } };
const clients = {
  identity: new identity.CognitoIdentityClient(signed),
  open: new identity.CognitoIdentityClient(settings),
  iam: new iam.IAMClient(signed),
  sts: new sts.STSClient(signed),
};
const modules = { identity, open: identity, iam, sts };
const called = [];

const call = async (client, operation, input = {}, as = clients[client]) => {
  try {
    const answer = await as.send(new modules[client][`${operation}Command`](input));
    called.push(operation);
    return answer;
  } catch (error) {
    throw new Error(`${operation}: ${error.name}: ${error.message}`);
  }
};
const wants = (condition, text) => {
  if (!condition) throw new Error(text);
};
const json = JSON.stringify;
const stamp = Date.now().toString(36);
const TRUST = json({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: { AWS: account }, Action: ['sts:AssumeRole', 'sts:TagSession'] }] });
const POLICY = json({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::game/${aws:username}/*' }] });
const READ_ONLY = 'arn:aws:iam::aws:policy/ReadOnlyAccess';
const TAGS = [{ Key: 'team', Value: 'red' }];

const identities = async () => {
  const name = { IdentityPoolName: `js ${stamp}`, AllowUnauthenticatedIdentities: true };
  const made = await call('identity', 'CreateIdentityPool', { ...name, DeveloperProviderName: 'login.my.app', OpenIdConnectProviderARNs: [provider.arn] });
  const id = { IdentityPoolId: made.IdentityPoolId };
  await call('identity', 'UpdateIdentityPool', { ...id, ...name, OpenIdConnectProviderARNs: [provider.arn] });
  wants((await call('identity', 'DescribeIdentityPool', id)).DeveloperProviderName === 'login.my.app', 'the developer provider is kept');
  const page = await call('identity', 'ListIdentityPools', { MaxResults: 60 });
  wants(page.IdentityPools.length > 0, 'pools are listed');
  const arn = { ResourceArn: `arn:aws:cognito-identity:${region}:${account}:identitypool/${made.IdentityPoolId}` };
  await call('identity', 'TagResource', { ...arn, Tags: { team: 'red' } });
  wants((await call('identity', 'ListTagsForResource', arn)).Tags.team === 'red', 'tags are shown');
  await call('identity', 'UntagResource', { ...arn, TagKeys: ['team'] });
  await call('identity', 'SetIdentityPoolRoles', { ...id, Roles: { authenticated: role }, RoleMappings: { [provider.arn]: { Type: 'Token', AmbiguousRoleResolution: 'Deny' } } });
  wants((await call('identity', 'GetIdentityPoolRoles', id)).RoleMappings[provider.arn].Type === 'Token', 'mappings are shown');
  await call('identity', 'SetPrincipalTagAttributeMap', { ...id, IdentityProviderName: provider.arn, UseDefaults: true });
  wants((await call('identity', 'GetPrincipalTagAttributeMap', { ...id, IdentityProviderName: provider.arn })).UseDefaults, 'maps are shown');

  const opened = await call('identity', 'GetOpenIdTokenForDeveloperIdentity', { ...id, Logins: { 'login.my.app': 'ada' } });
  const ada = { IdentityId: opened.IdentityId };
  await call('identity', 'LookupDeveloperIdentity', { ...id, ...ada });
  await call('identity', 'GetOpenIdTokenForDeveloperIdentity', { ...id, Logins: { 'login.my.app': 'eve' } });
  const merge = { SourceUserIdentifier: 'eve', DestinationUserIdentifier: 'ada', DeveloperProviderName: 'login.my.app', ...id };
  wants((await call('identity', 'MergeDeveloperIdentities', merge)).IdentityId === ada.IdentityId, 'the destination stays');
  await call('identity', 'UnlinkDeveloperIdentity', { ...id, ...ada, DeveloperProviderName: 'login.my.app', DeveloperUserIdentifier: 'eve' });
  wants((await call('identity', 'DescribeIdentity', ada)).Logins[0] === 'login.my.app', 'logins are shown');
  await call('identity', 'ListIdentities', { ...id, MaxResults: 60 });
  await call('identity', 'DeleteIdentities', { IdentityIdsToDelete: [opened.IdentityId] });
  await call('identity', 'DeleteIdentityPool', id);

  // The unsigned ones, without any keys.
  const logins = { [provider.name]: token };
  const person = await call('open', 'GetId', { IdentityPoolId: pool, Logins: logins });
  const credentials = (await call('open', 'GetCredentialsForIdentity', { ...{ IdentityId: person.IdentityId }, Logins: logins })).Credentials;
  wants(credentials.SecretKey && credentials.Expiration instanceof Date, 'credentials are whole');
  const { Token } = await call('open', 'GetOpenIdToken', { IdentityId: person.IdentityId, Logins: logins });
  await call('sts', 'AssumeRoleWithWebIdentity', { RoleArn: role, RoleSessionName: 'every', WebIdentityToken: Token });
  const leaving = await call('open', 'GetId', { IdentityPoolId: pool, Logins: { [provider.name]: other } });
  await call('open', 'UnlinkIdentity', { IdentityId: leaving.IdentityId, Logins: { [provider.name]: other }, LoginsToRemove: [provider.name] });
};

const roles = async () => {
  const name = { RoleName: `Js-${stamp}` };
  const made = (await call('iam', 'CreateRole', { ...name, AssumeRolePolicyDocument: TRUST, Tags: TAGS })).Role;
  wants(decodeURIComponent(made.AssumeRolePolicyDocument) === TRUST, 'the trust policy is percent-encoded');
  await call('iam', 'GetRole', name);
  await call('iam', 'ListRoles');
  await call('iam', 'UpdateRole', { ...name, MaxSessionDuration: 7200 });
  await call('iam', 'UpdateRoleDescription', { ...name, Description: 'plays' });
  await call('iam', 'UpdateAssumeRolePolicy', { ...name, PolicyDocument: TRUST });
  await call('iam', 'PutRolePolicy', { ...name, PolicyName: 'p', PolicyDocument: POLICY });
  await call('iam', 'GetRolePolicy', { ...name, PolicyName: 'p' });
  wants((await call('iam', 'ListInstanceProfilesForRole', name)).InstanceProfiles.length === 0, 'there are no instance profiles');
  await call('iam', 'ListRolePolicies', name);
  await call('iam', 'AttachRolePolicy', { ...name, PolicyArn: READ_ONLY });
  await call('iam', 'ListAttachedRolePolicies', name);
  await call('iam', 'DetachRolePolicy', { ...name, PolicyArn: READ_ONLY });
  await call('iam', 'PutRolePermissionsBoundary', { ...name, PermissionsBoundary: READ_ONLY });
  await call('iam', 'DeleteRolePermissionsBoundary', name);
  await call('iam', 'TagRole', { ...name, Tags: TAGS });
  await call('iam', 'ListRoleTags', name);
  await call('iam', 'UntagRole', { ...name, TagKeys: ['team'] });
  const simulated = await call('iam', 'SimulatePrincipalPolicy', { PolicySourceArn: made.Arn, ActionNames: ['s3:GetObject'] });
  wants(simulated.EvaluationResults[0].EvalDecision === 'implicitDeny', 'a simulation answers');
  await call('iam', 'GetContextKeysForPrincipalPolicy', { PolicySourceArn: made.Arn });
  await call('iam', 'SimulateCustomPolicy', { PolicyInputList: [POLICY], ActionNames: ['s3:GetObject'] });
  wants((await call('iam', 'GetContextKeysForCustomPolicy', { PolicyInputList: [POLICY] })).ContextKeyNames[0] === 'aws:username', 'keys are listed');
  await call('iam', 'DeleteRolePolicy', { ...name, PolicyName: 'p' });
  await call('iam', 'DeleteRole', name);
};

const users = async () => {
  const [name, group] = [{ UserName: `js-${stamp}` }, { GroupName: `js-${stamp}` }];
  await call('iam', 'CreateUser', { ...name, Tags: TAGS });
  await call('iam', 'GetUser', name);
  await call('iam', 'ListUsers');
  await call('iam', 'CreateGroup', group);
  await call('iam', 'ListGroups');
  await call('iam', 'AddUserToGroup', { ...name, ...group });
  await call('iam', 'GetGroup', group);
  await call('iam', 'ListGroupsForUser', name);
  for (const [kind, owner] of [['User', name], ['Group', group]]) {
    await call('iam', `Put${kind}Policy`, { ...owner, PolicyName: 'p', PolicyDocument: POLICY });
    await call('iam', `Get${kind}Policy`, { ...owner, PolicyName: 'p' });
    await call('iam', `List${kind}Policies`, owner);
    await call('iam', `Attach${kind}Policy`, { ...owner, PolicyArn: READ_ONLY });
    await call('iam', `ListAttached${kind}Policies`, owner);
    await call('iam', `Detach${kind}Policy`, { ...owner, PolicyArn: READ_ONLY });
    await call('iam', `Delete${kind}Policy`, { ...owner, PolicyName: 'p' });
  }
  await call('iam', 'PutUserPermissionsBoundary', { ...name, PermissionsBoundary: READ_ONLY });
  await call('iam', 'DeleteUserPermissionsBoundary', name);
  await call('iam', 'TagUser', { ...name, Tags: TAGS });
  await call('iam', 'ListUserTags', name);
  await call('iam', 'UntagUser', { ...name, TagKeys: ['team'] });
  await call('iam', 'UpdateUser', name);
  await call('iam', 'UpdateGroup', group);
  const key = (await call('iam', 'CreateAccessKey', name)).AccessKey;
  const own = new sts.STSClient({ ...settings, credentials: { accessKeyId: key.AccessKeyId, secretAccessKey: key.SecretAccessKey } });
  await call('iam', 'PutUserPolicy', { ...name, PolicyName: 'sts', PolicyDocument: json({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 'sts:*', Resource: '*' }] }) });
  wants((await call('sts', 'GetSessionToken', {}, own)).Credentials.SessionToken, 'a session token');
  await call('sts', 'GetFederationToken', { Name: 'bob' }, own);
  await call('sts', 'GetCallerIdentity', {}, own);
  await call('sts', 'GetAccessKeyInfo', { AccessKeyId: key.AccessKeyId });
  const assumed = { RoleName: `JsAssumed-${stamp}` };
  const arn = (await call('iam', 'CreateRole', { ...assumed, AssumeRolePolicyDocument: TRUST })).Role.Arn;
  await call('sts', 'AssumeRole', { RoleArn: arn, RoleSessionName: 'every', Tags: TAGS }, own);
  await call('iam', 'DeleteRole', assumed);
  await call('iam', 'DeleteUserPolicy', { ...name, PolicyName: 'sts' });
  await call('iam', 'ListAccessKeys', name);
  await call('iam', 'GetAccessKeyLastUsed', { AccessKeyId: key.AccessKeyId });
  await call('iam', 'UpdateAccessKey', { ...name, AccessKeyId: key.AccessKeyId, Status: 'Inactive' });
  await call('iam', 'DeleteAccessKey', { ...name, AccessKeyId: key.AccessKeyId });
  await call('iam', 'RemoveUserFromGroup', { ...name, ...group });
  await call('iam', 'GetAccountAuthorizationDetails');
  await call('iam', 'DeleteUser', name);
  await call('iam', 'DeleteGroup', group);
};

const policies = async () => {
  const { PolicyArn } = { PolicyArn: (await call('iam', 'CreatePolicy', { PolicyName: `js-${stamp}`, PolicyDocument: POLICY, Tags: TAGS })).Policy.Arn };
  await call('iam', 'GetPolicy', { PolicyArn });
  await call('iam', 'ListPolicies', { Scope: 'Local' });
  await call('iam', 'CreatePolicyVersion', { PolicyArn, PolicyDocument: POLICY });
  await call('iam', 'GetPolicyVersion', { PolicyArn, VersionId: 'v2' });
  await call('iam', 'ListPolicyVersions', { PolicyArn });
  await call('iam', 'SetDefaultPolicyVersion', { PolicyArn, VersionId: 'v2' });
  await call('iam', 'DeletePolicyVersion', { PolicyArn, VersionId: 'v1' });
  await call('iam', 'TagPolicy', { PolicyArn, Tags: TAGS });
  await call('iam', 'ListPolicyTags', { PolicyArn });
  await call('iam', 'UntagPolicy', { PolicyArn, TagKeys: ['team'] });
  await call('iam', 'ListEntitiesForPolicy', { PolicyArn });
  await call('iam', 'DeletePolicy', { PolicyArn });
};

const providers = async () => {
  const Url = `https://js-${stamp}.example.com/t`;
  const oidc = await call('iam', 'CreateOpenIDConnectProvider', { Url, ClientIDList: ['a'], ThumbprintList: ['0'.repeat(40)], Tags: TAGS });
  const arn = { OpenIDConnectProviderArn: oidc.OpenIDConnectProviderArn };
  await call('iam', 'GetOpenIDConnectProvider', arn);
  await call('iam', 'ListOpenIDConnectProviders');
  await call('iam', 'AddClientIDToOpenIDConnectProvider', { ...arn, ClientID: 'b' });
  await call('iam', 'RemoveClientIDFromOpenIDConnectProvider', { ...arn, ClientID: 'a' });
  await call('iam', 'UpdateOpenIDConnectProviderThumbprint', { ...arn, ThumbprintList: ['a'.repeat(40)] });
  await call('iam', 'TagOpenIDConnectProvider', { ...arn, Tags: TAGS });
  await call('iam', 'ListOpenIDConnectProviderTags', arn);
  await call('iam', 'UntagOpenIDConnectProvider', { ...arn, TagKeys: ['team'] });
  await call('iam', 'DeleteOpenIDConnectProvider', arn);
  const saml = { SAMLProviderArn: (await call('iam', 'CreateSAMLProvider', { Name: `js-${stamp}`, SAMLMetadataDocument: metadata, Tags: TAGS })).SAMLProviderArn };
  await call('iam', 'GetSAMLProvider', saml);
  await call('iam', 'ListSAMLProviders');
  await call('iam', 'UpdateSAMLProvider', { ...saml, SAMLMetadataDocument: metadata });
  await call('iam', 'TagSAMLProvider', { ...saml, Tags: TAGS });
  await call('iam', 'ListSAMLProviderTags', saml);
  await call('iam', 'UntagSAMLProvider', { ...saml, TagKeys: ['team'] });
  await call('iam', 'DeleteSAMLProvider', saml);
};

await identities();
await roles();
await users();
await policies();
await providers();
console.log(json([...new Set(called)].sort()));
