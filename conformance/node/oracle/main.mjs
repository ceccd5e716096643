// The engine against `@cloud-copilot/iam-simulate`: cases from a fixed seed and from one that is new each time.
//
//   DAYPASS_BINARY=target/debug/daypass node conformance/node/oracle/main.mjs [SEED [COUNT]]
//
// With a seed only the cases of that seed are compared. AWS's documentation decides who is right; where the oracle is
// not, rules.mjs says so, and COMPATIBILITY.md has the row.

import { readFileSync } from 'node:fs'

// The oracle reads dates without a zone in the zone of the machine.
process.env.TZ = 'UTC'

import { openDaypass } from './ask.mjs'
import { askSafely, compare } from './compare.mjs'
import { generate } from './generate.mjs'
import { MUTANTS } from './mutants.mjs'
import { statements } from './pattern.mjs'
import { RULES } from './rules.mjs'
import { EVERY_OPERATOR } from './world.mjs'

const FIXED = { seed: 1, count: 4000 }
const ANEW = { seed: Math.floor(Math.random() * 2 ** 31), count: 2500 }

const binary = process.env.DAYPASS_BINARY ?? 'target/debug/daypass'
const daypass = openDaypass(binary)
const results = []

/** Notes one check, and what speaks against it. */
function check(name, against) {
  results.push(against.length === 0)
  console.log(`${against.length === 0 ? 'ok    ' : 'FAILED'} ${name}`)
  for (const line of against.slice(0, 20)) console.log(`       ${line}`)
}

/** Compares the cases of a seed; notes the differences. */
async function round({ seed, count }, oracle) {
  const started = Date.now()
  const cases = generate(seed, count)
  const result = await compare(cases, daypass.ask, { oracle })
  const spread = Object.entries(result.decisions).map(([decision, times]) => `${times} ${decision}`)
  const explained = [...result.needed.values()].reduce((sum, times) => sum + times, 0)
  console.log(`seed ${seed}: ${count} cases in ${Date.now() - started} ms: ${spread.join(', ')}; rules were needed ${explained} times`)
  check(`seed ${seed}: no difference without an explanation`, result.unexplained.map(shown))
  return { ...result, cases }
}

const shown = ({ one, ours, theirs }) =>
  `daypass: ${ours.decision ?? ours.error} (${ours.why ?? ''}); oracle: ${theirs.decision ?? JSON.stringify(theirs.error)}\n       ${JSON.stringify(one)}`

/** The fixed cases ask enough of everything. */
function checkSpread({ cases, decisions }) {
  const few = (name, times, least) => (times >= least ? [] : [`${name}: ${times} times, wanted at least ${least}`])
  const operators = Object.fromEntries(EVERY_OPERATOR.map((operator) => [operator, 0]))
  for (const one of cases) {
    const used = [...statements(structuredClone(one))].flatMap(({ statement }) => Object.keys(statement.Condition ?? {}))
    for (const operator of new Set(used.map((name) => name.replace(/^\w+:|IfExists$/g, '')))) operators[operator]++
  }
  check('the fixed cases ask for every decision and every operator', [
    ...['Allowed', 'ImplicitlyDenied', 'ExplicitlyDenied'].flatMap((name) => few(name, decisions[name] ?? 0, cases.length / 10)),
    ...Object.entries(operators).flatMap(([name, times]) => few(name, times, 25))
  ])
}

/** No rule is left that explains nothing, and each has its row. */
function checkRules({ needed }) {
  check('every rule is needed by a fixed case', RULES.filter(({ name }) => !needed.has(name)).map(({ name }) => name))
  const rows = readFileSync(new URL('../../../COMPATIBILITY.md', import.meta.url), 'utf8')
  check('every rule has a row in COMPATIBILITY.md', RULES.filter(({ name }) => !rows.includes(`| ${name} |`)).map(({ name }) => name))
}

/** The comparison sees every one of the engines that are wrong. */
async function checkMutants({ cases }, oracle) {
  const unseen = []
  for (const { name, mutate } of MUTANTS) {
    const mutated = (one) => {
      const other = structuredClone(one)
      mutate(other)
      return other
    }
    const touched = cases.filter((one) => JSON.stringify(mutated(one)) !== JSON.stringify(one))
    let seen = false
    for (let at = 0; at < touched.length && !seen; at += 50) {
      const { unexplained } = await compare(touched.slice(at, at + 50), (some) => daypass.ask(some.map(mutated)), { oracle, most: 1 })
      seen = unexplained.length > 0
    }
    if (!seen) unseen.push(`${name} (${touched.length} cases)`)
  }
  check(`all of ${MUTANTS.length} engines with a mistake are found out`, unseen)
}

const [seed, count] = process.argv.slice(2).map(Number)
if (seed !== undefined) {
  await round({ seed, count: count || ANEW.count }, askSafely)
} else {
  const remembered = new Map()
  const oracle = async (one) => {
    if (!remembered.has(one)) remembered.set(one, await askSafely(one))
    return remembered.get(one)
  }
  const fixed = await round(FIXED, oracle)
  await round(ANEW, askSafely)
  checkSpread(fixed)
  checkRules(fixed)
  await checkMutants(fixed, oracle)
}
daypass.close()
const passed = results.filter(Boolean).length
console.log(`test result: ${passed === results.length ? 'ok' : 'FAILED'}. ${passed} passed; ${results.length - passed} failed`)
process.exitCode = passed === results.length ? 0 : 1
