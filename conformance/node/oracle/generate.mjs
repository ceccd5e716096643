// Makes cases: a request of the small world, and policies that speak about it more often than not.

import { valueOf } from './pattern.mjs'
import { chance } from './random.mjs'
import { instant } from './values.mjs'
import {
  ABSENT, ANONYMOUS, CALLERS, EVERY_OPERATOR, GLOBAL, HERE, ODD, OPERATORS, PLAIN, PROVIDERS, SERVICE, TARGETS, THERE, VALUES
} from './world.mjs'

/** Characters that IAM refuses in policies. */
const NOT_IN_POLICIES = /[^\x20-\xff]/gu

/** `count` cases from a seed, as lines for `daypass policy simulate --json`. */
export function generate(seed, count) {
  const c = chance(seed)
  return Array.from({ length: count }, (_, id) => one(c, id))
}

const one = (c, id) => (c.often(0.5) ? broad(c, id) : narrow(c, id))

/** A case in which every kind of policy can have a say. */
function broad(c, id) {
  const target = c.pick(TARGETS)
  const caller = callerFor(c, target)
  const request = requestOf(c, target, caller, target.providers || c.often(0.7) ? HERE : THERE)
  const known = caller.arn !== null && caller.kind !== 'service' && caller.kind !== 'provider'
  const own = (share, make) => (c.often(share) ? make() : undefined)
  return {
    ...line(id, request),
    identity: known ? policies(c, request, 'identity', 0, 2) : [],
    boundary: known && caller.kind !== 'root' ? own(0.25, () => policies(c, request, 'boundary', 1, 1)) : undefined,
    session: ['session', 'federated-user'].includes(caller.kind) ? own(0.4, () => policy(c, request, 'session')) : undefined,
    resourcePolicy: target.policy && (target.policy === 'trust' || c.often(0.7)) ? policy(c, request, target.policy) : undefined,
    scps: caller.arn !== null ? own(0.2, () => levels(c, request, 'scp')) : undefined,
    rcps: target.service === 'iam' ? undefined : own(0.12, () => levels(c, request, 'rcp'))
  }
}

/** A case that one element decides: a condition, a resource or an action of one statement. */
function narrow(c, id) {
  const target = c.often(0.3) ? TARGETS[0] : c.pick(TARGETS.filter(({ policy }) => policy !== 'trust'))
  const caller = CALLERS[c.below(4)]
  const request = requestOf(c, target, caller, HERE)
  const old = c.often(0.1)
  const statement = { Effect: c.often(0.5) ? 'Deny' : 'Allow', Action: '*', Resource: '*' }
  const element = c.below(8)
  if (element === 0) {
    delete statement.Action
    statement[c.often(0.3) ? 'NotAction' : 'Action'] = listed(c, () => actionPattern(c, request, 'identity'))
  } else if (element < 3) {
    delete statement.Resource
    statement[c.often(0.4) ? 'NotResource' : 'Resource'] = listed(c, () => resourcePattern(c, request, !old, 'identity'))
  } else {
    statement.Condition = conditions(c, request, !old, 1)
  }
  const all = { Effect: 'Allow', Action: '*', Resource: '*' }
  const document = { Version: old ? '2008-10-17' : '2012-10-17', Statement: statement.Effect === 'Deny' ? [all, statement] : statement }
  return { ...line(id, request), identity: [document] }
}

function requestOf(c, target, caller, owner) {
  const name = c.pick(c.often(target.type === 'object' ? 0.45 : 0.1) ? ODD : PLAIN)
  const action = c.pick(target.actions)
  const kinds = { ...GLOBAL, ...(target.keysOf.includes(action) ? target.keys : {}) }
  const context = contextFor(c, { kinds, caller })
  return { caller, target, owner, action: `${target.service}:${action}`, resource: target.arn(owner, name), kinds, context }
}

const line = (id, { caller, target, owner, action, resource, context }) => ({
  id, principal: caller.arn, action, resource, resourceAccount: owner, context, wildcardOnly: target.type === 'none'
})

function callerFor(c, target) {
  if (target.providers) return c.pick(PROVIDERS)
  if (target.policy && c.often(0.1)) return c.pick([ANONYMOUS, SERVICE])
  return c.often(0.8) ? c.pick(CALLERS.slice(0, 5)) : c.pick(CALLERS)
}

function contextFor(c, { kinds, caller }) {
  const context = caller.name ? { 'aws:username': caller.name } : {}
  for (const [key, kind] of Object.entries(kinds)) {
    if (key !== 'aws:username' && c.often(0.45)) context[mixed(c, key, 0.1)] = kind === 'list' ? c.some(VALUES.list, 0, 3) : c.pick(VALUES[kind])
  }
  return context
}

function policies(c, request, type, least, most) {
  return Array.from({ length: least + c.below(most - least + 1) }, () => policy(c, request, type))
}

function levels(c, request, type) {
  const full = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] }
  if (type === 'rcp') full.Statement[0].Principal = '*'
  return Array.from({ length: 1 + c.below(2) }, () => {
    const some = policies(c, request, type, 0, 1)
    return type === 'rcp' || some.length === 0 || c.often(0.6) ? [full, ...some] : some
  })
}

function policy(c, request, type) {
  const old = !['scp', 'rcp'].includes(type) && c.often(0.12)
  const statements = Array.from({ length: 1 + c.below(3) }, () => statement(c, request, type, !old))
  const document = { Statement: statements.length === 1 && c.often(0.5) ? statements[0] : statements }
  if (!old) document.Version = '2012-10-17'
  else if (c.often(0.5)) document.Version = '2008-10-17'
  return document
}

function statement(c, request, type, variables) {
  const deny = type === 'rcp' || c.often(0.28)
  const made = { Effect: deny ? 'Deny' : 'Allow' }
  if (c.often(0.3)) made.Sid = `S${c.below(1e6)}`
  const not = (name, share) => (c.often(share) ? `Not${name}` : name)
  const action = type === 'trust' || type === 'rcp' ? 'Action' : not('Action', 0.12)
  made[action] = listed(c, () => actionPattern(c, request, type))
  if (type !== 'trust') made[not('Resource', 0.15)] = listed(c, () => resourcePattern(c, request, variables, type))
  if (type === 'rcp') made.Principal = '*'
  if (['bucket', 'resource', 'trust'].includes(type)) {
    made[type !== 'trust' && (deny || c.often(0.2)) ? not('Principal', 0.25) : 'Principal'] = principalElement(c, request, type)
  }
  if (c.often(0.55)) made.Condition = conditions(c, request, variables)
  return made
}

const listed = (c, make) => (c.often(0.6) ? make() : Array.from({ length: 1 + c.below(3) }, make))

function actionPattern(c, { action, target }, type) {
  const [service, name] = action.split(':')
  if (type === 'trust') return c.often(0.8) ? action : c.pick(['sts:AssumeRole', 'sts:TagSession', 'sts:AssumeRoleWithSAML'])
  const wild = type === 'rcp' ? [] : ['*', '*']
  const other = c.pick(target.actions)
  return c.pick([
    action, action, action, `${service}:*`, `${service}:*`, ...wild, `${service}:${name.slice(0, 3)}*`, `${service}:*${name.slice(-4)}`,
    `${service}:${name.replace(/./, '?')}`, mixed(c, action, 1), `${service}:${other}`, 's3:GetBucketAcl', 'dynamodb:DescribeTable',
    `${service}:${name}?`, `${service}:${name.slice(0, -1)}`
  ])
}

/** A Resource entry that is near what is asked for. */
function resourcePattern(c, request, variables, type) {
  if (c.often(0.2)) return '*'
  if (request.resource === '*') return c.pick(['*', '*', 'arn:aws:s3:::*', `arn:aws:iam::${HERE}:role/x`, 'arn:aws:dynamodb:*:*:table/*'])
  const parts = request.resource.split(':')
  const head = parts.slice(0, 5)
  const rest = parts.slice(5).join(':')
  if (!['scp', 'rcp'].includes(type) && c.often(0.06)) {
    const short = parts.slice(0, request.resource.includes('::') ? 3 : 3 + c.below(3)).join(':')
    if (parts[2] !== 'iam') return c.often(0.5) ? short : `${short}:*`
  }
  for (const at of [3, 4]) {
    if (head[at] && c.often(0.15)) head[at] = c.pick(['*', `${head[at].slice(0, 4)}*`, `?${head[at].slice(1)}`, head[at].toUpperCase(), ''])
  }
  if (c.often(0.02)) head[1] = c.pick(['*', 'aws-cn'])
  const slash = rest.search(/[/:]/)
  const keep = slash < 0 ? 0 : c.often(parts[2] === 'iam' ? 1 : 0.8) ? slash + 1 : 1
  return `${head.join(':')}:${rest.slice(0, keep)}${textNear(c, rest.slice(keep), request, variables, true)}`
}

/** A text that has a good chance to be, or to match, another. */
function textNear(c, text, request, variables, wild) {
  const printable = text.replace(NOT_IN_POLICIES, wild ? '?' : 'x')
  const at = c.below(printable.length + 1)
  const to = at + c.below(printable.length - at + 1)
  const forms = [
    () => printable, () => printable, () => printable,
    () => `${printable.slice(0, at)}*`, () => `${printable.slice(0, at)}*${printable.slice(to)}`, () => `*${printable.slice(at)}`,
    () => `${printable.slice(0, at)}?${printable.slice(at + 1)}`,
    () => `${printable.slice(0, at)}*${printable.slice(at, to)}*${printable.slice(to)}`,
    () => c.pick(PLAIN), () => printable.toUpperCase(), () => mixed(c, printable, 1), () => '*',
    () => printable.replace(/[*?$]/g, (sign) => `\${${sign}}`), () => `${printable.slice(0, at)}\${*}${printable.slice(to)}`
  ]
  const withVariable = () => {
    const [name, value] = near(c, printable, request)
    return value === undefined ? name : printable.replace(value, () => name)
  }
  if (variables && /[*?$]/.test(printable) && c.often(0.5)) return printable.replace(/[*?$]/g, (sign) => `\${${sign}}`)
  return c.often(variables ? 0.3 : 0.15) ? withVariable() : c.pick(forms)()
}

/** A variable whose value occurs in the text if there is one, else any. */
function near(c, text, { context, kinds }) {
  const fitting = Object.entries(context).filter(([, value]) => typeof value === 'string' && value && text.includes(value))
  const [key, value] = fitting.length > 0 && c.often(0.7) ? c.pick(fitting) : [c.pick([...Object.keys(kinds), ABSENT]), undefined]
  const spelled = mixed(c, key, 0.15)
  if (c.often(0.35)) {
    const fallback = c.often(0.5) ? text.replace(NOT_IN_POLICIES, '').replace(/[${}']/g, '') : c.pick(['none', '*', '', '', 'ann', "it's"])
    return [`\${${spelled}, '${fallback}'}`, value]
  }
  if (c.often(0.12)) return [c.pick([`\${ ${key} }`, `\${${key}`, `\${${key},'x'}`, '${}', `\${${key}, x}`]), value]
  return [`\${${spelled}}`, value]
}

function principalElement(c, { caller, target }, type) {
  if (c.often(0.2) && type !== 'trust') return '*'
  const account = caller.arn?.startsWith('arn:') ? caller.arn.split(':')[4] : HERE
  const federated = PROVIDERS.map((provider) => provider.arn)
  const own = caller.kind === 'session' ? [caller.arn, caller.role, caller.role] : caller.kind === 'user' ? [caller.arn, caller.arn] : []
  if (caller.kind === 'federated-user') own.push(caller.arn, caller.arn, `arn:aws:iam::${account}:user/carl`)
  const names = [
    ...own, ...own, account, account, `arn:aws:iam::${account}:root`, HERE, THERE, '*', c.pick(CALLERS.filter((who) => who.kind !== 'root')).arn
  ]
  const element = {}
  const aws = target.providers ? c.often(0.15) : caller.kind === 'service' ? c.often(0.3) : c.often(0.95)
  if (aws) element.AWS = listed(c, () => c.pick(names))
  if (!aws && caller.kind === 'service') element.Service = listed(c, () => c.pick([SERVICE.arn, SERVICE.arn, 'ec2.amazonaws.com']))
  if (target.providers && !aws) element.Federated = listed(c, () => c.pick([caller.arn, caller.arn, ...federated]))
  if (Object.keys(element).length === 0) element.Service = 'ec2.amazonaws.com'
  return element
}

function conditions(c, request, variables, most = 2) {
  const block = {}
  const nothing = Object.entries(request.context).filter(([, value]) => value.length === 0).map(([name]) => name)
  for (let count = 1 + c.below(most); count > 0; count--) {
    let [key, kind] = c.often(0.02) ? [ABSENT, 'text'] : keyFor(c, request)
    const fitting = c.often(0.14) ? OPERATORS.any : kind === 'list' || c.often(0.9) ? OPERATORS[kind] : kind === 'address' ? OPERATORS.text : EVERY_OPERATOR
    const base = c.pick(fitting)
    const set = c.often(kind === 'list' ? 0.75 : 0.18) ? c.pick(['ForAllValues:', 'ForAnyValue:']) : ''
    if ((set || base === 'Null') && nothing.length > 0 && c.often(0.35)) key = c.pick(nothing)
    const operator = `${set}${base}${base !== 'Null' && c.often(0.15) ? 'IfExists' : ''}`
    const spelled = mixed(c, key, 0.15)
    const block_ = (block[operator] ??= {})
    if (Object.keys(block_).some((other) => other.toLowerCase() === key.toLowerCase())) continue
    block_[spelled] = listed(c, () => wanted(c, request, base, key, kind, variables))
  }
  return block
}

/** A condition key and its kind: each kind as often as another, more often than not one that the request has. */
function keyFor(c, { kinds, context, target }) {
  const own = Object.entries(target.keys).filter(([name]) => name in kinds)
  if (own.length > 0 && c.often(0.35)) return c.pick(own)
  const kind = c.pick([...new Set(Object.values(kinds))])
  const keys = Object.keys(kinds).filter((name) => kinds[name] === kind)
  const held = keys.filter((name) => valueOf(context, name) !== undefined)
  return [c.pick(held.length > 0 && c.often(0.6) ? held : keys), kind]
}

/** A value that a condition wants: what the request has, or near it. */
function wanted(c, request, operator, key, kind, variables) {
  const held = valueOf(request.context, key)
  const seen = Array.isArray(held) ? (held.length ? c.pick(held) : 'x') : (held ?? c.pick(VALUES[kind]))
  if (operator === 'Null' || operator === 'Bool') return wantedTruth(c, request, operator, variables)
  if (operator.startsWith('Numeric')) return c.pick([seen, seen, ...VALUES.number, ...(c.often(0.3) ? ['1e1', '10x', '', ' 10', '2,5', `${seen}x`, `${seen}x`] : [])]).replace(NOT_IN_POLICIES, '')
  if (operator.startsWith('Date')) return wantedTime(c, seen)
  if (operator.includes('IpAddress')) return wantedRange(c, seen)
  if (operator === 'BinaryEquals') return c.often(0.9) ? c.pick([seen, 'AAEC', 'c2NvcmU=', 'eA==']).replace(NOT_IN_POLICIES, '') : 'no base64!'
  if (operator.startsWith('Arn')) return wantedArn(c, seen, request, variables)
  return textNear(c, seen, request, variables, operator.includes('Like'))
}

function wantedTruth(c, request, operator, variables) {
  if (operator === 'Bool' && c.often(0.2)) return near(c, 'true True false FALSE', request)[0]
  return c.often(0.97) ? c.pick(['true', 'false', true, false]) : c.pick(variables ? ['True', 'no'] : ['TRUE'])
}

function wantedTime(c, seen) {
  const times = [...VALUES.time, ...VALUES.epoch, '2024', '2024-06', '2024-06-30', '2024-06-30T12:30Z', '2024-01-01T01:00:00+01:00', '2024-06-30T12:30:15']
  const value = c.often(0.3) ? seen : c.pick(times)
  // A policy with a date that is none is refused, not decided.
  return instant(value) === undefined ? '2024-01-01T00:00:00Z' : value
}

function wantedRange(c, seen) {
  const ranges = [
    '10.0.0.0/24', '10.0.0.0/8', '10.0.0.7', '10.0.0.7/32', '0.0.0.0/0', '0.0.0.0/0', '0.0.0.0/0', '192.168.4.16/28', '192.168.4.20/16', '2001:db8::/32', '2001:db8::7',
    '2001:DB8::7/128', '2001:db8:1::/48', '::/0', '203.0.113.9'
  ]
  return c.often(0.25) ? seen.replace(NOT_IN_POLICIES, '') : c.often(0.97) ? c.pick(ranges) : c.pick(['10.0.0.0/33', 'nowhere', ''])
}

function wantedArn(c, seen, request, variables) {
  const parts = seen.split(':')
  if (parts.length < 6) return c.pick([seen, 'arn:aws:iam::*:role/*', '*']).replace(NOT_IN_POLICIES, '')
  for (const at of [1, 3, 4]) if (c.often(0.2)) parts[at] = c.pick(['*', `${parts[at].slice(0, 2)}*`, parts[at]])
  return `${parts.slice(0, 5).join(':')}:${textNear(c, parts.slice(5).join(':'), request, variables, true)}`
}

/** The text with letters in the other case, in a share of the calls. */
function mixed(c, text, share) {
  return c.often(share) ? [...text].map((sign) => (c.often(0.5) ? sign.toUpperCase() : sign.toLowerCase())).join('') : text
}
