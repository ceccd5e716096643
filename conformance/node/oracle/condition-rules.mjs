// The rules about conditions; rules.mjs says what a rule is.

import { isIPv4, isIPv6 } from 'node:net'

import { conditions, isNull, NEVER, valueOf } from './pattern.mjs'
import { ABSENT } from './world.mjs'
import { instant, isBase64, isNumber, readable } from './values.mjs'

/** A condition that never holds. */
const FALSE = ['StringEquals', ABSENT, NEVER]

/** Changes the values of conditions in place; what stays the same stays as it is written. */
function changeValues(one, change) {
  for (const condition of [...conditions(one)]) {
    const { statement, operator, key, values } = condition
    const changed = values.flatMap((text) => change(text, condition))
    if (JSON.stringify(changed) !== JSON.stringify(values)) statement.Condition[operator][key] = changed
  }
}

/** Spells the values of a kind of operator anew, those of the policy and, under another key, that of the request. */
function respell(one, kind, spell, isAffected) {
  let spare = 0
  for (const { base, key, values, operator, become } of [...conditions(one)]) {
    const seen = valueOf(one.context, key)
    if (!base.startsWith(kind) || typeof seen !== 'string' || ![seen, ...values].some(isAffected)) continue
    const other = `aws:PrincipalTag/spare-${kind}-${spare++}`
    one.context[other] = spell(seen)
    become([operator, other, values.map(spell)])
  }
}

const toIso = (read) => (read === undefined ? NEVER : new Date(read).toISOString())

export const CONDITION_RULES = [
  {
    name: 'Null and values that say nothing',
    rewrite(one) {
      for (const { base, set, key, values, become } of conditions(one)) {
        if (base === 'Null' && !set && isNull(valueOf(one.context, key))) become(['Null', ABSENT, values])
      }
    }
  },
  {
    name: 'Null behind a set operator',
    rewrite(one) {
      for (const { base, set, become } of conditions(one)) {
        if (base === 'Null' && set) become(...(set === 'ForAllValues' ? [] : [FALSE]))
      }
    }
  },
  {
    name: 'set operators on values that say nothing',
    rewrite(one) {
      for (const { base, set, key, become } of conditions(one)) {
        if (base !== 'Null' && set && isNull(valueOf(one.context, key))) become(...(set === 'ForAllValues' ? [] : [FALSE]))
      }
    }
  },
  {
    name: 'lists without a set operator',
    rewrite(one) {
      for (const { base, set, key, values, negated, become, ifExists } of conditions(one)) {
        const seen = valueOf(one.context, key)
        if (base === 'Null' || set || !Array.isArray(seen)) continue
        if (seen.length === 0) become([`${base}${ifExists ?? ''}`, ABSENT, values])
        else become([`${negated ? 'ForAllValues' : 'ForAnyValue'}:${base}`, key, values])
      }
    }
  },
  {
    name: 'amr as a list',
    rewrite(one) {
      const amr = Object.keys(one.context).find((key) => /:amr$/i.test(key))
      if (!amr) return
      // A list under a name that the oracle knows as one.
      one.context['aws:PrincipalOrgPaths'] = one.context[amr]
      delete one.context[amr]
      for (const { key, operator, values, become } of [...conditions(one)]) {
        if (/:amr$/i.test(key)) become([operator, 'aws:PrincipalOrgPaths', values])
      }
    }
  },
  {
    name: 'single addresses',
    rewrite: (one) =>
      changeValues(one, (text, { base }) => {
        if (!base.includes('IpAddress')) return text
        return isIPv4(text) ? `${text}/32` : isIPv6(text) ? `${text}/128` : text
      })
  },
  {
    name: 'the range of all IPv4 addresses',
    rewrite: (one) =>
      changeValues(one, (text, { base }) => (base.includes('IpAddress') && text === '0.0.0.0/0' ? ['0.0.0.0/1', '128.0.0.0/1'] : text))
  },
  {
    name: 'unreadable values under negation in a Deny',
    rewrite(one) {
      for (const { statement, base, set, key, values, negated, operator, become } of [...conditions(one)]) {
        const reads = readable(base)
        const seen = valueOf(one.context, key)
        if (!reads || !negated || statement.Effect !== 'Deny' || typeof seen !== 'string') continue
        const left = reads(seen) ? values.filter(reads) : []
        if (left.length === values.length) continue
        become(...(left.length > 0 ? [[operator, key, left]] : []))
      }
    }
  },
  {
    name: 'numbers with something behind them',
    rewrite: (one) => respell(one, 'Numeric', (text) => (isNumber(text) ? text : NEVER), (text) => /\d/.test(text) && !isNumber(text))
  },
  {
    name: 'dates and seconds',
    rewrite: (one) => respell(one, 'Date', (text) => toIso(instant(text)), () => true)
  },
  {
    name: 'variables in Bool',
    rewrite: (one) => changeValues(one, (text, { base }) => (base === 'Bool' && text.includes('${') ? NEVER : text))
  },
  {
    name: 'bytes that are no base64',
    rewrite: (one) => changeValues(one, (text, { base }) => (base === 'BinaryEquals' && !isBase64(text) ? NEVER : text))
  }
]
