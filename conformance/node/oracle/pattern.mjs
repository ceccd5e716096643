// Texts of policies, taken apart and put together again; and ways to walk through all that a case holds.

/**
 * The pieces of a text: `{ text }`, `{ star }`, `{ one }`, `{ key, fallback }`, and `{ never }` for what was meant as
 * a variable and is none. `wild` says whether `*` and `?` are wildcards, `variables` whether `${…}` means something.
 */
export function parse(text, { wild, variables }) {
  const pieces = []
  const literal = (sign) => {
    const last = pieces.at(-1)
    if (last && 'text' in last) last.text += sign
    else pieces.push({ text: sign })
  }
  for (let at = 0; at < text.length; ) {
    const rest = text.slice(at)
    const escape = variables && /^\$\{([*?$])\}/.exec(rest)
    if (escape) {
      literal(escape[1])
      at += escape[0].length
    } else if (variables && rest.startsWith('${')) {
      const named = /^\$\{([^\s${},]+)(?:, '(.*?)')?\}/s.exec(rest)
      const end = rest.indexOf('}')
      pieces.push(named ? { key: named[1], fallback: named[2] } : { never: true })
      at += named ? named[0].length : end < 0 ? rest.length : end + 1
    } else {
      if (wild && rest[0] === '*') pieces.push({ star: true })
      else if (wild && rest[0] === '?') pieces.push({ one: true })
      else literal(rest[0])
      at += 1
    }
  }
  return pieces
}

/** The text of pieces. Where there are no wildcards or no variables, there are no escapes either. */
export function render(pieces, { wild, variables }) {
  const escaped = (text) => (wild && variables ? text.replace(/[*?]|\$(?=\{|$)/g, (sign) => `\${${sign}}`) : text)
  return pieces
    .map((piece) => {
      if ('text' in piece) return escaped(piece.text)
      if (piece.star) return '*'
      if (piece.one) return '?'
      return piece.fallback === undefined ? `\${${piece.key}}` : `\${${piece.key}, '${piece.fallback}'}`
    })
    .join('')
}

/** A text and an ARN that nothing in a case is equal to. */
export const NEVER = 'nothing is called so'
export const NEVER_ARN = 'arn:aws:never::000000000000:nothing is called so'

export const list = (value) => (value === undefined ? [] : Array.isArray(value) ? value : [value])

/** The value of a condition key, whatever the case of its spelling. */
export function valueOf(context, key) {
  return Object.entries(context).find(([name]) => name.toLowerCase() === key.toLowerCase())?.[1]
}

/** Whether a value says nothing: no value, or an empty text. */
export const isNull = (value) => value === '' || (Array.isArray(value) && value.length === 0)

/** Every policy of a case, and what it is for. */
export function* documents(one) {
  const all = (type, policies) => list(policies).map((document) => ({ document, type }))
  yield* all('identity', one.identity)
  yield* all('boundary', one.boundary)
  yield* all('session', one.session)
  yield* all('resource', one.resourcePolicy)
  for (const level of one.scps ?? []) yield* all('scp', level)
  for (const level of one.rcps ?? []) yield* all('rcp', level)
}

/** Every statement of a case. */
export function* statements(one) {
  for (const { document, type } of documents(one)) {
    document.Statement = list(document.Statement)
    const variables = document.Version === '2012-10-17'
    for (const statement of document.Statement) yield { statement, type, document, variables }
  }
}

/** Every condition of a case. What `become` gets stands in its place, added to what else the statement asks. */
export function* conditions(one) {
  for (const where of statements(one)) {
    const { statement } = where
    for (const [operator, block] of Object.entries(statement.Condition ?? {})) {
      for (const key of Object.keys(block)) {
        const [, set, base, ifExists] = /^(?:(ForAllValues|ForAnyValue):)?(.*?)(IfExists)?$/.exec(operator)
        const values = list(block[key]).map(String)
        const become = (...others) => {
          delete block[key]
          if (Object.keys(block).length === 0) delete statement.Condition[operator]
          for (const [otherOperator, otherKey, wanted] of others) add(statement, otherOperator, otherKey, wanted)
        }
        yield { ...where, operator, set, base, ifExists, negated: base.includes('Not'), key, values, become }
      }
    }
    if (statement.Condition && Object.keys(statement.Condition).length === 0) delete statement.Condition
  }
}

/** Adds a condition; where the same operator asks for the same key already, in another spelling of the operator. */
function add(statement, operator, key, wanted) {
  statement.Condition ??= {}
  const taken = (name) => Object.keys(statement.Condition[name] ?? {}).some((other) => other.toLowerCase() === key.toLowerCase())
  let name = operator
  for (let at = 0; taken(name) && at < operator.length; at++) {
    name = operator.slice(0, at) + flipped(operator[at]) + operator.slice(at + 1)
  }
  ;(statement.Condition[name] ??= {})[key] = wanted
}

const flipped = (letter) => (letter === letter.toUpperCase() ? letter.toLowerCase() : letter.toUpperCase())

/**
 * Changes texts that can hold wildcards or variables: `change` gets the pieces and the place, and answers the new pieces,
 * `'never'` for what shall match nothing, or `undefined` to leave the text alone.
 */
export function changePatterns(one, change) {
  for (const where of statements(one)) {
    const { statement, variables } = where
    for (const element of ['Resource', 'NotResource'].filter((name) => name in statement)) {
      statement[element] = list(statement[element]).map((text) => {
        const cut = /^((?:[^:]*:){5})(.*)$/s.exec(text)
        const place = { wild: true, variables }
        const pieces = cut && change(parse(cut[2], place), { ...where, ...place, element, text: cut[2] })
        return pieces === 'never' ? NEVER_ARN : pieces ? cut[1] + render(pieces, place) : text
      })
    }
  }
  for (const condition of [...conditions(one)].filter(({ base }) => /^(String|Arn)/.test(base))) {
    const { base, key, values, variables, operator, statement } = condition
    const place = { wild: /Like|Arn/.test(base), variables }
    const changed = values.map((text) => {
      const pieces = change(parse(text, place), { ...condition, ...place, element: 'Condition', text })
      return pieces === 'never' ? (base.startsWith('Arn') ? NEVER_ARN : NEVER) : pieces ? render(pieces, place) : text
    })
    if (changed.some((text, at) => text !== values[at])) statement.Condition[operator][key] = changed
  }
}

/** Writes other characters for some, wherever they stand for themselves: the case means the same. */
export function rename(one, names) {
  const renamed = (text) => [...text].map((sign) => names[sign] ?? sign).join('')
  const value = (seen) => (Array.isArray(seen) ? seen.map(renamed) : renamed(seen))
  one.resource = renamed(one.resource)
  one.context = Object.fromEntries(Object.entries(one.context).map(([key, seen]) => [key, value(seen)]))
  changePatterns(one, (pieces) =>
    pieces.map((piece) => ({
      ...piece,
      ...('text' in piece ? { text: renamed(piece.text) } : {}),
      ...(piece.fallback === undefined ? {} : { fallback: renamed(piece.fallback) })
    }))
  )
}
