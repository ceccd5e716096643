// Engines with one mistake each, made of the real one by changing what it is told. The comparison must see every one of
// them: a mistake that it does not see is a part of the language that it does not test.

import { conditions, documents, list, statements } from './pattern.mjs'
import { EVERY_OPERATOR } from './world.mjs'

const eachStatement = (change) => (one) => {
  for (const where of statements(one)) change(where.statement, where)
}
const eachCondition = (change) => (one) => {
  for (const condition of [...conditions(one)]) change(condition)
}
const swap = (left, right) =>
  eachStatement((statement) => {
    const from = left in statement ? left : right
    const to = from === left ? right : left
    if (!(from in statement)) return
    statement[to] = statement[from]
    delete statement[from]
  })
/** The statement as if the operator were written otherwise. */
const respelled = (change) =>
  eachCondition(({ operator, key, values, become }) => {
    const other = change(operator)
    if (other !== operator) become([other, key, values])
  })
const patterns = (change) =>
  eachStatement((statement) => {
    for (const name of ['Resource', 'NotResource'].filter((name) => name in statement)) statement[name] = list(statement[name]).map(change)
  })

export const MUTANTS = [
  ...EVERY_OPERATOR.map((operator) => ({
    name: `${operator} always holds`,
    mutate: eachCondition(({ base, become }) => (base === operator ? become() : undefined))
  })),
  { name: 'Deny is not seen', mutate: (one) => only(one, ({ Effect }) => Effect === 'Allow') },
  { name: 'conditions are not seen', mutate: eachStatement((statement) => delete statement.Condition) },
  { name: 'the boundary is not seen', mutate: (one) => delete one.boundary },
  { name: 'the session policy is not seen', mutate: (one) => delete one.session },
  { name: 'the resource policy is not seen', mutate: (one) => delete one.resourcePolicy },
  { name: 'service control policies are not seen', mutate: (one) => delete one.scps },
  { name: 'resource control policies are not seen', mutate: (one) => delete one.rcps },
  { name: 'identity policies are not seen', mutate: (one) => (one.identity = []) },
  { name: 'every account is the same', mutate: (one) => (one.resourceAccount = one.principal?.split(':')[4] ?? one.resourceAccount) },
  { name: 'NotAction is Action', mutate: swap('NotAction', 'Action') },
  { name: 'NotResource is Resource', mutate: swap('NotResource', 'Resource') },
  { name: 'NotPrincipal is Principal', mutate: swap('NotPrincipal', 'Principal') },
  { name: 'ForAllValues is ForAnyValue', mutate: respelled((operator) => operator.replace('ForAllValues', 'ForAnyValue')) },
  { name: 'ForAnyValue is ForAllValues', mutate: respelled((operator) => operator.replace('ForAnyValue', 'ForAllValues')) },
  { name: 'IfExists is not seen', mutate: respelled((operator) => operator.replace('IfExists', '')) },
  { name: 'IfExists is always meant', mutate: respelled((operator) => (/Null|IfExists/.test(operator) ? operator : `${operator}IfExists`)) },
  { name: 'case is ignored', mutate: respelled((operator) => operator.replace(/Equals$/, (end) => (/String\w*Equals$/.test(operator) ? 'EqualsIgnoreCase' : end))) },
  { name: 'less is less or equal', mutate: respelled((operator) => operator.replace(/(Less|Greater)Than(?!Equals)/, '$1ThanEquals')) },
  { name: 'wildcards are not seen', mutate: respelled((operator) => operator.replace(/Like/, 'Equals').replace('ArnEquals', 'StringEquals')) },
  { name: 'variables are not substituted', mutate: (one) => [...documents(one)].forEach(({ document }) => (document.Version = '2008-10-17')) },
  { name: 'resources end at any place', mutate: patterns((text) => (text.endsWith('*') || text.split(':').length < 6 ? text : `${text}*`)) },
  { name: 'a star is no wildcard in resources', mutate: patterns((text) => (text === '*' ? text : text.replace(/(?<!\{)\*$/, ''))) },
  { name: 'names of keys are case-sensitive', mutate: (one) => (one.context = Object.fromEntries(Object.entries(one.context).filter(([key]) => !/^(AW|aW|Aw)/.test(key)))) },
  { name: 'keys that are missing are empty', mutate: emptyForMissing }
]

function only(one, keep) {
  const kept = ({ document }) => {
    document.Statement = list(document.Statement).filter(keep)
    return document.Statement.length > 0
  }
  const policies = (list_) => list(list_).filter((document) => kept({ document }))
  one.identity = policies(one.identity)
  if (one.boundary && policies(one.boundary).length === 0) delete one.boundary
  if (one.session && policies(one.session).length === 0) delete one.session
  if (one.resourcePolicy && policies(one.resourcePolicy).length === 0) delete one.resourcePolicy
  one.rcps = one.rcps?.map((level) => level.filter((document) => kept({ document })))
  one.scps = one.scps?.map((level) => level.filter((document) => kept({ document })))
}

function emptyForMissing(one) {
  const have = new Set(Object.keys(one.context).map((key) => key.toLowerCase()))
  for (const { key } of [...conditions(one)]) {
    if (have.has(key.toLowerCase())) continue
    have.add(key.toLowerCase())
    one.context[key] = ''
  }
}
