// Chance that can be repeated: the same seed makes the same cases on every machine.

/** A generator of chance from a seed (xorshift over 32 bits, well mixed at the start). */
export function chance(seed) {
  let state = (Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ (seed >>> 13)) >>> 0 || 1
  const next = () => {
    state ^= state << 13
    state >>>= 0
    state ^= state >>> 17
    state ^= state << 5
    state >>>= 0
    return state / 4294967296
  }
  for (let warm = 0; warm < 8; warm++) next()
  const below = (bound) => Math.floor(next() * bound)
  return {
    below,
    /** True in `share` of all calls. */
    often: (share) => next() < share,
    /** One of a list. */
    pick: (list) => list[below(list.length)],
    /** `least` to `most` different ones of a list, in any order. */
    some: (list, least, most) => {
      const left = [...list]
      const count = Math.min(left.length, least + below(most - least + 1))
      return Array.from({ length: count }, () => left.splice(below(left.length), 1)[0])
    }
  }
}
