// The two that are asked: the binary, over its JSON lines, and the oracle, in this process.

import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { anonymousPrincipal, runSimulation } from '@cloud-copilot/iam-simulate'

/** `daypass policy simulate --json`, kept open: lists of cases in, lists of answers out. */
export function openDaypass(binary) {
  const child = spawn(binary, ['policy', 'simulate', '--json'], { stdio: ['pipe', 'pipe', 'inherit'] })
  const waiting = []
  let failure
  const fail = (error) => {
    failure = error
    for (const { reject } of waiting.splice(0)) reject(error)
  }
  child.on('error', fail)
  child.on('exit', (code) => fail(new Error(`the simulation ended with ${code}`)))
  createInterface({ input: child.stdout }).on('line', (line) => waiting.shift().resolve(JSON.parse(line)))
  const ask = (cases) => {
    if (failure) return Promise.reject(failure)
    const answers = cases.map(() => new Promise((resolve, reject) => waiting.push({ resolve, reject })))
    child.stdin.write(cases.map((one) => `${JSON.stringify(one)}\n`).join(''))
    return Promise.all(answers)
  }
  return { ask, close: () => child.stdin.end() }
}

/** What the oracle decides; an error where it will not say. */
export async function askOracle(one) {
  const named = (policies, type) => (policies ?? []).map((policy, at) => ({ name: `${type}${at}`, policy }))
  const level = (type) => (policies, at) => ({ orgIdentifier: `${type}-${at}`, policies: named(policies, `${type}${at}-`) })
  const answer = await runSimulation(
    {
      request: {
        principal: one.principal ?? anonymousPrincipal,
        action: one.action,
        resource: { resource: one.resource, accountId: one.resourceAccount },
        contextVariables: one.context
      },
      identityPolicies: named(one.identity, 'identity'),
      sessionPolicy: one.session,
      permissionBoundaryPolicies: one.boundary && named(one.boundary, 'boundary'),
      resourcePolicy: one.resourcePolicy,
      serviceControlPolicies: (one.scps ?? []).map(level('scp')),
      // The oracle adds the full access that every level has to each list by itself.
      resourceControlPolicies: (one.rcps ?? []).map((policies) => policies.slice(1)).map(level('rcp'))
    },
    {}
  )
  if (answer.resultType === 'error') return { error: answer.errors }
  const ignored = answer.result?.ignoredContextKeys ?? answer.results?.flatMap((part) => part.ignoredContextKeys) ?? []
  if (ignored.length > 0) return { error: `the oracle ignores ${ignored}` }
  return { decision: answer.overallResult }
}
