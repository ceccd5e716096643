// Asks both about every case, and explains differences by the rules.

import { askOracle } from './ask.mjs'
import { RULES } from './rules.mjs'

/**
 * Compares an engine, a function from cases to answers, with the oracle. Answers how often each decision was made, how
 * often each rule was needed, and the differences that no rule explains. Stops after `most` of these.
 */
export async function compare(cases, engine, { oracle = askSafely, most = 20 } = {}) {
  const result = { decisions: {}, needed: new Map(), unexplained: [] }
  const answers = await engine(cases)
  for (const [at, one] of cases.entries()) {
    const ours = answers[at]
    const theirs = await oracle(one)
    result.decisions[ours.decision] = (result.decisions[ours.decision] ?? 0) + 1
    if (ours.decision !== undefined && ours.decision === theirs.decision) continue
    const rules = ours.decision === undefined ? undefined : await explained(one, ours.decision, engine)
    if (rules === undefined) result.unexplained.push({ one, ours, theirs })
    for (const rule of rules ?? []) result.needed.set(rule.name, (result.needed.get(rule.name) ?? 0) + 1)
    if (result.unexplained.length >= most) break
  }
  return result
}

/** What the oracle decides; what it throws is an answer too. */
export async function askSafely(one) {
  try {
    return await askOracle(one)
  } catch (error) {
    return { error: `thrown: ${error.message}` }
  }
}

/** The rules that are needed, each of them, to make both decide alike; `undefined` where all of them are not enough. */
async function explained(one, decision, engine) {
  const agree = async (rules) => {
    const { rewritten, touching } = rewrite(one, rules)
    const [[ours], theirs] = await Promise.all([engine([rewritten]), askSafely(rewritten)])
    return ours.decision === decision && theirs.decision === decision ? touching : undefined
  }
  let needed = (await agree(RULES)) ?? (await agree(RULES.filter(({ leavesOut }) => !leavesOut)))
  for (const rule of needed ?? []) {
    needed = (await agree(needed.filter((other) => other !== rule))) ?? needed
  }
  return needed
}

function rewrite(one, rules) {
  const rewritten = structuredClone(one)
  const touching = rules.filter((rule) => {
    const before = JSON.stringify(rewritten)
    rule.rewrite(rewritten)
    return JSON.stringify(rewritten) !== before
  })
  return { rewritten, touching }
}
