// Where the oracle is known to read the language otherwise than AWS documents it. A rule does not excuse a difference
// by looking at it: it writes the case in other words that mean the same, around the mistake. Only where the oracle
// then decides as the engine did, and the engine decides the new words as the old, is the difference explained.
//
// A rule that `leavesOut` something asks whether the rest decides alone; cases are also written without such rules.
//
// Each rule has a row in COMPATIBILITY.md, "The oracle of the policy engine".

import { CONDITION_RULES } from './condition-rules.mjs'
import { changePatterns, documents, list, NEVER_ARN, rename, statements, valueOf } from './pattern.mjs'

const ALLOW_ALL = { Effect: 'Allow', Action: '*', Resource: '*' }
const NOBODY = { AWS: '999999999999' }
/** Latin letters that no case of the world has: they stand for signs that the oracle takes for something else. */
const DOLLAR = { $: '§' }
const WILDCARDS = { '*': '¤', '?': '¿' }
const ODD_CHARACTERS = { '😀': '€', '\n': '¶' }

const isRoot = ({ principal }) => /:root$/.test(principal)
const isFederatedUser = ({ principal }) => /:federated-user\//.test(principal)
const isProvider = ({ principal, action }) => action === 'sts:AssumeRoleWithWebIdentity' && principal !== null
const hasAccount = (one) => one.principal?.startsWith('arn:') && !isProvider(one)

/** What a variable stands for; `undefined` where it has no value. */
const meaning = ({ key, fallback }, context) => {
  const value = valueOf(context, key)
  return typeof value === 'string' && value !== '' ? value : fallback
}
const isUnresolved = (pieces, context) => pieces.some((piece) => piece.never || (piece.key && meaning(piece, context) === undefined))

const LANGUAGE_RULES = [
  {
    name: 'variables in documents of 2008',
    rewrite(one) {
      const old = [...documents(one)].filter(({ document }) => document.Version !== '2012-10-17' && JSON.stringify(document).includes('${'))
      const found = old
      if (found.length === 0) return
      rename(one, DOLLAR)
      for (const { document } of found) document.Version = '2012-10-17'
    }
  },
  {
    name: 'escapes where nothing is a wildcard',
    rewrite(one) {
      let found = false
      changePatterns(one, (_, { wild, variables, text }) => {
        found ||= !wild && variables && /\$\{[*?$]\}/.test(text)
      })
      if (found) rename(one, DOLLAR)
    }
  },
  {
    name: 'malformed variables',
    rewrite: (one) =>
      changePatterns(one, (pieces, { element }) => (element !== 'NotResource' && pieces.some((piece) => piece.never) ? 'never' : undefined))
  },
  {
    name: 'empty defaults',
    rewrite(one) {
      const empty = (piece) => piece.key && piece.fallback === '' && meaning({ key: piece.key }, one.context) === undefined
      changePatterns(one, (pieces) => (pieces.some(empty) ? pieces.map((piece) => (empty(piece) ? { text: '' } : piece)) : undefined))
    }
  },
  {
    name: 'variables without a value under negation',
    rewrite(one) {
      changePatterns(one, (pieces, { negated }) => (negated && isUnresolved(pieces, one.context) ? 'never' : undefined))
    }
  },
  {
    name: 'variables without a value in NotResource',
    rewrite(one) {
      const lost = new Set()
      changePatterns(one, (pieces, { element, statement }) => {
        if (element !== 'NotResource' || !isUnresolved(pieces, one.context)) return undefined
        if (statement.Effect === 'Allow') lost.add(statement)
        return 'never'
      })
      for (const statement of lost) {
        delete statement.NotResource
        statement.Resource = NEVER_ARN
      }
    }
  },
  {
    name: 'wildcard signs in what is asked for',
    rewrite: (one) => (one.resource !== '*' && /[*?]/.test(one.resource) ? rename(one, WILDCARDS) : undefined)
  },
  {
    name: 'characters that are no wildcard of a regular expression',
    rewrite: (one) => (/😀|\\n/u.test(JSON.stringify([one.resource, one.context])) ? rename(one, ODD_CHARACTERS) : undefined)
  },
  {
    name: 'wildcards and variables before the first separator of a resource',
    rewrite(one) {
      const [, head, rest] = /^((?:[^:]*:){5})(.*)$/s.exec(one.resource) ?? []
      if (head === undefined || head.startsWith('arn:aws:s3:')) return
      changePatterns(one, (pieces, { element }) => {
        const first = pieces.findIndex((piece) => piece.text && /[:/]/.test(piece.text))
        const known = (piece) => piece.key && meaning(piece, one.context) !== undefined
        if (element === 'Condition' || !pieces.some((piece, at) => known(piece) && (first < 0 || at < first))) return undefined
        return pieces.map((piece) => (known(piece) ? { text: meaning(piece, one.context) } : piece))
      })
      const product = rest.slice(0, rest.search(/[/:]/) + 1)
      for (const { statement, variables } of statements(one)) {
        for (const name of ['Resource', 'NotResource'].filter((name) => name in statement)) {
          statement[name] = list(statement[name]).flatMap((text) => {
            const cut = /^((?:[^:]*:){5})([^:/$]*[*?][^:/$]*[:/].*)$/s.exec(text)
            if (!cut) return [text]
            const after = remainders(cut[2], product)
            return after.length > 0 ? after.map((left) => cut[1] + product + left) : [NEVER_ARN]
          })
        }
      }
    }
  },
  {
    name: 'letter case in the first parts of an ARN',
    rewrite(one) {
      const seen = one.resource.split(':').slice(0, 5)
      for (const { statement } of statements(one)) {
        for (const name of ['Resource', 'NotResource'].filter((name) => name in statement)) {
          statement[name] = list(statement[name]).map((text) => {
            const parts = text.split(':').slice(0, 5)
            const differs = parts.some((part, at) => seen[at] !== undefined && !isLike(part, seen[at], '') && isLike(part, seen[at], 'i'))
            return differs ? NEVER_ARN : text
          })
        }
      }
    }
  }
]

const CALLER_RULES = [
  {
    name: 'root',
    rewrite(one) {
      if (isRoot(one)) one.identity = [...(one.identity ?? []), { Version: '2012-10-17', Statement: ALLOW_ALL }]
    }
  },
  {
    name: 'federated users without a session policy',
    rewrite(one) {
      if (isFederatedUser(one) && !one.session) one.identity = deniesOf(one.identity)
    }
  },
  {
    name: 'the user behind a federated user',
    rewrite(one) {
      if (!isFederatedUser(one)) return
      const user = one.principal.replace(':sts:', ':iam:').replace(':federated-user/', ':user/')
      changePrincipals(one, (name, type) => type !== 'AWS' || name !== user)
    }
  },
  {
    name: 'a session that a resource policy names',
    leavesOut: true,
    rewrite(one) {
      const named = /:assumed-role\/|:federated-user\//.test(one.principal) && accountOf(one) === one.resourceAccount
      if (!named || !one.session || !one.resourcePolicy) return
      // Whatever does not name the session itself, and whatever its own policies allow, is left out.
      changePrincipals(one, (name, type, { statement }) => statement.Effect === 'Deny' || name === '*' || name === one.principal)
      one.identity = deniesOf(one.identity)
      one.session = { Version: '2012-10-17', Statement: [ALLOW_ALL, ...(deniesOf([one.session])[0]?.Statement ?? [])] }
    }
  },
  {
    name: 'service control policies and callers without an account',
    rewrite(one) {
      if (one.principal !== null && !hasAccount(one)) delete one.scps
    }
  },
  {
    name: 'identity providers and accounts in trust policies',
    rewrite(one) {
      if (!isProvider(one)) return
      changePrincipals(one, (name, type, { statement }) => type !== 'AWS' || (name === '*' && statement.Effect === 'Deny'))
    }
  }
]

export const RULES = [...LANGUAGE_RULES, ...CONDITION_RULES, ...CALLER_RULES]

const accountOf = (one) => one.principal.split(':')[4]

/** The policies without what they allow. */
function deniesOf(policies) {
  const left = list(policies).map((policy) => ({ ...policy, Statement: list(policy.Statement).filter(({ Effect }) => Effect === 'Deny') }))
  return left.filter(({ Statement }) => Statement.length > 0)
}

/** Keeps those names in Principal elements that pass; an element with none left names nobody. */
function changePrincipals(one, keep) {
  for (const where of statements({ resourcePolicy: one.resourcePolicy })) {
    const { statement } = where
    for (const element of ['Principal', 'NotPrincipal'].filter((name) => name in statement)) {
      const written = typeof statement[element] === 'string' ? { AWS: statement[element] } : statement[element]
      const kept = Object.entries(written)
        .map(([type, names]) => [type, list(names).filter((name) => keep(name, type, where))])
        .filter(([, names]) => names.length > 0)
      statement[element] = kept.length > 0 ? Object.fromEntries(kept) : NOBODY
    }
  }
}

/** What patterns must match the text after `product`, where the pattern is to match both together. */
function remainders(pattern, product) {
  let left = new Set([pattern])
  for (const sign of product) {
    const next = new Set()
    for (const one of left) for (const rest of afterSign(one, sign)) next.add(rest)
    left = next
  }
  return [...left]
}

function afterSign(pattern, sign) {
  if (pattern.startsWith('*')) return [pattern, ...afterSign(pattern.slice(1), sign)]
  const one = pattern.startsWith('?') || pattern.startsWith(sign)
  return one ? [pattern.slice(1)] : []
}

function isLike(pattern, text, flags) {
  const source = pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&').replace(/\?/g, '.').replace(/\*/g, '.*')
  return new RegExp(`^${source}$`, `s${flags}`).test(text)
}
